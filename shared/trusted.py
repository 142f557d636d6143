"""What the operator configures about the network: trusted proxies, and our own host names."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

_MOST_HOPS = 9

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Caller:
    """The address of a caller, and the number of trusted proxies that its request passed."""

    address: str | None
    proxies: int


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The trusted proxies, by number or by networks; with neither, none is trusted."""

    hops: int = 0
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Parse a number, or addresses and networks separated by commas. Raises ValueError with a sentence."""
        entries = _split(text)
        if len(entries) != 1 or not re.fullmatch(r"\d+", entries[0], re.ASCII):
            return cls(networks=tuple(map(_network, entries)))
        if len(entries[0]) > 1 or int(entries[0]) > _MOST_HOPS:
            raise ValueError(f"the number of proxies in front can be {_MOST_HOPS} at most")
        return cls(hops=int(entries[0]))

    def __bool__(self) -> bool:
        return bool(self.hops or self.networks)

    def caller(self, peer: str | None, forwarded: Sequence[bytes]) -> Caller:
        """Return who calls. `forwarded` are the values of all X-Forwarded-For headers in their order.

        Each proxy appends the address of its client: the rightmost entries are by our own proxies, those further left
        may be forged. At an entry that is not an address, the last known address is the caller's.
        """
        hops = [part.strip() for value in forwarded for part in value.split(b",")]
        if self.hops:
            named = _address(hops[-self.hops]) if len(hops) >= self.hops else None
            return Caller(peer, 0) if named is None else Caller(str(named), self.hops)
        nearest = _address(peer.encode()) if peer else None
        passed = 0
        while nearest is not None and passed < _MOST_HOPS and any(nearest in network for network in self.networks):
            passed += 1
            named = _address(hops[-passed]) if passed <= len(hops) else None
            if named is None:
                break
            nearest = named
        return Caller(str(nearest) if passed else peer, passed)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _network(text: str) -> Network:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            "it must be the number of proxies in front, or their addresses and networks, such as 10.0.0.7 or "
            "10.1.0.0/24, with commas"
        ) from None
    if network.prefixlen == 0:
        raise ValueError(f"{text} would be everybody: name the proxies alone")
    return network


def _address(text: bytes) -> Address | None:
    """Return the address in `10.0.0.7`, `10.0.0.7:1234`, `2001:db8::7` or `[2001:db8::7]:1234`; else None."""
    found = re.fullmatch(
        rb"\[([0-9a-fA-F:.]{2,45})\](?::\d{1,5})?|([\d.]{7,15})(?::\d{1,5})?|([0-9a-fA-F:.]{2,45})", text
    )
    if found is None:
        return None
    try:
        address = ipaddress.ip_address(next(part for part in found.groups() if part).decode())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Our host names. Without any, every name is accepted."""

    names: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Parse names separated by commas: `*.example.org` is all below it, a URL its host. Raises ValueError."""
        names, domains = set[str](), []
        for entry in _split(text):
            bare = re.sub(r"^https?://|/$", "", entry)
            below = bare.startswith("*.")
            name = _host(bare.removeprefix("*.")) or _host(f"[{bare}]")
            if name is None:
                raise ValueError(
                    f"{entry!r} is no host name: they look like library.example, *.library.example or [::1]"
                )
            if below:
                domains.append(f".{name}")
            else:
                names.add(name)
        return cls(frozenset(names), tuple(domains))

    def __bool__(self) -> bool:
        return bool(self.names or self.domains)

    @staticmethod
    def is_host(host: bytes) -> bool:
        """Return whether this is a valid Host header: a name or an address, perhaps with a port."""
        return _host(host.decode("latin-1")) is not None

    def admit(self, host: bytes) -> bool:
        """Return whether this Host header names one of our hosts; ports do not matter."""
        if not self:
            return True
        name = _host(host.decode("latin-1"))
        return name is not None and (name in self.names or name.endswith(self.domains))


def _host(text: str) -> str | None:
    """Return the name in `name` or `name:port`, in lower case; else None."""
    found = re.fullmatch(
        r"(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?)\.?)(?::\d{0,5})?", text.lower()
    )
    if found is None:
        return None
    if found[1] is None:
        return found[2]
    try:
        return str(ipaddress.ip_address(found[1]))
    except ValueError:
        return None
