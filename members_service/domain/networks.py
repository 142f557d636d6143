"""Where in the network a request comes from: its machine, and the neighbourhood of that."""

from ipaddress import IPv4Address, IPv6Address, ip_address


def network_of(address: str | None) -> str:
    """Return the neighbourhood of an IP address: /24, or /56 for version 6. Anything else is one place of its own.

    So is each address of this machine itself.
    """
    ip = _read(address)
    if ip is None:
        return "elsewhere"
    if ip.is_loopback:
        return ip.packed.hex()
    return ip.packed[: 7 if isinstance(ip, IPv6Address) else 3].hex()


def host_of(address: str | None) -> str:
    """Return one machine: the pods of a cluster are neighbours. Of version 6 it is the /64, which one machine has."""
    ip = _read(address)
    return "elsewhere" if ip is None else ip.packed[: 8 if isinstance(ip, IPv6Address) else 4].hex()


def _read(address: str | None) -> IPv4Address | IPv6Address | None:
    try:
        ip = ip_address(address or "")
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
