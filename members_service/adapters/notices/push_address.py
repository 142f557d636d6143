"""Which address a gateway for short messages may have."""

import ipaddress
from urllib.parse import urlsplit


def expect_safe(url: str) -> str:
    """Return the address of a gateway. Raises ValueError unless it is HTTPS, or on this machine."""
    parts = urlsplit(url)
    if (parts.scheme == "https" and parts.hostname) or (parts.scheme == "http" and _is_loopback(parts.hostname)):
        return url
    raise ValueError("it must be an https:// address; http:// is for this machine alone")


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
