"""Addresses of others that somebody here types in, and that we are to ask."""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit


def may_be_asked(url: str, allowed: Callable[[str], bool]) -> bool:
    """Return whether an address is https and public, and has no user, query or fragment.

    A host that is `allowed` may do without https, and be our own. Which address a name leads to is seen when it is
    asked.
    """
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None or set(url) & {"?", "#"}:
        return False
    return allowed(host) or (parts.scheme == "https" and _may_be_public(host))


def _may_be_public(host: str) -> bool:
    """Whether it is a name with dots, or a public address."""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.endswith((".local", ".internal", ".localhost"))
