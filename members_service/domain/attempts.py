"""How often somebody may try to sign in.

Tries are counted before the password is looked at and given back when it was right. What has been tried comes back with
time, so that nobody is ever locked out for good. Strangers share one allowance for an account; the owner, at an
address from which this account has signed in before, has another, which strangers cannot use up.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from shared.kernel.errors import TooManyRequests


class TooManyAttempts(TooManyRequests):
    """Too many wrong tries, for this account or from this address. Whether the account exists plays no part."""

    code = "too-many-attempts"

    def __init__(self, *, retry_after: timedelta) -> None:
        super().__init__("Too many attempts to sign in. Wait a little before the next one.", retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class Allowance:
    """`tries` are free at once; each comes back after `every`, one after the other."""

    tries: int
    every: timedelta


STRANGERS = Allowance(10, timedelta(minutes=1))
OWNER = Allowance(20, timedelta(minutes=1))
NETWORK = Allowance(60, timedelta(seconds=10))

FAMILIAR_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who tries to sign in: the name that is tried, in the form by which names are compared, and from where.

    Names and addresses are only kept as the digests of this class: they are nobody's to read.
    """

    name: str
    network: str

    @classmethod
    def at(cls, address: str | None, *, name: str) -> "Visitor":
        """Count everybody in the neighbourhood of `address` as one: who has one address there often has them all."""
        return cls(name, network_of(address))

    @property
    def account_slot(self) -> bytes:
        """What the tries of strangers on this account are counted under."""
        return _slot("account", self.name)

    @property
    def owner_slot(self) -> bytes:
        """What the tries on this account from this network are counted under once it is familiar."""
        return _slot("owner", self.name, self.network)

    @property
    def network_slot(self) -> bytes:
        """What all tries from this network are counted under."""
        return _slot("network", self.network)


def network_of(address: str | None) -> str:
    """Return the neighbourhood of an IP address: /24, or /56 for version 6. Anything else is one place of its own."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return "elsewhere"
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.packed[: 7 if isinstance(ip, IPv6Address) else 3].hex()


def _slot(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).digest()
