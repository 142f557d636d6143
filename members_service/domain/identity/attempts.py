"""How often somebody may try to sign in, or may try something else that could be guessed.

Tries are counted before the password is looked at and given back when it was right. What has been tried comes back with
time, so that nobody is ever locked out for good. Strangers share one allowance for an account. Where this account has
signed in before there is another, which strangers cannot use up: one for each network, and one for each device, which
is known by a secret of its own. So the owner gets in under attack: with a device that is known, wherever it is, even in
the attacker's own network; with an unknown device, from a network that is known.

The secret of a client, a one-time token and another e-mail address for oneself are `Guess`es: each is counted under one
thing alone, and before it is looked at, so that a right one is refused, too, while there are no tries left.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Protocol
from uuid import UUID

from shared.kernel.errors import TooManyRequests


class TooManyAttempts(TooManyRequests):
    """Too many tries, for this account or client or from this address. Whether there is such a one plays no part."""

    code = "too-many-attempts"
    detail = "Too many attempts. Wait a little before the next one."


@dataclass(frozen=True, slots=True)
class Allowance:
    """`tries` are free at once; each comes back after `every`, one after the other."""

    tries: int
    every: timedelta


STRANGERS = Allowance(5, timedelta(minutes=2))
FAMILIAR_NETWORK = STRANGERS
"""Alike, or a guesser in the owner's network could tell by the number of tries whose accounts there are.

Together: 20 guesses in ten minutes at most, even from there.
"""

FAMILIAR_DEVICE = Allowance(10, timedelta(minutes=1))
NETWORK = Allowance(60, timedelta(seconds=10))
"""For all accounts together, so that nobody tries one password with many names."""

FAMILIAR_FOR = timedelta(days=90)

CLIENT_SECRETS = Allowance(30, timedelta(seconds=10))
"""For one client from one address, so that whoever guesses elsewhere locks no service out. Right ones are given back;
so many can be on their way at once, from kiosks behind one address.
"""

ONE_TIME_TOKENS = Allowance(20, timedelta(seconds=30))
"""From one address, for all tokens together. Right ones are given back."""

EMAIL_CHANGES = Allowance(5, timedelta(minutes=12))
"""By one member: ten in an hour at most. Each of them tells whether somebody else has the address."""


class Tried(Protocol):
    """What is tried. `name` says what, and `places` are what becomes familiar when it is right."""

    @property
    def name(self) -> str: ...

    @property
    def places(self) -> tuple[bytes, ...]: ...

    def counted(self, familiar: Collection[bytes]) -> list[tuple[bytes, Allowance]]:
        """Return what a try is counted under, always in one order; `familiar` are those of `places` that are."""
        ...


@dataclass(frozen=True, slots=True)
class Guess:
    """Something else than a password that could be guessed; nothing of it becomes familiar."""

    name: str
    slot: bytes
    allowance: Allowance

    @classmethod
    def of_client_secret(cls, client_id: str, *, address: str | None) -> "Guess":
        """Count the secrets that one address presents for one client."""
        return cls(f"client {client_id}", _slot("client", client_id, _host_of(address)), CLIENT_SECRETS)

    @classmethod
    def from_network(cls, address: str | None) -> "Guess":
        """Count what turned out wrong together with the wrong sign-ins of the network."""
        source = SignInSource.at(address, name="")
        return cls(f"network {source.network}", source.network_slot, NETWORK)

    @classmethod
    def of_one_time_token(cls, *, address: str | None) -> "Guess":
        """Count the one-time tokens that one address presents."""
        return cls("one-time token", _slot("one-time token", _host_of(address)), ONE_TIME_TOKENS)

    @classmethod
    def of_email(cls, member_id: UUID) -> "Guess":
        """Count the addresses that one member would like to have."""
        return cls("e-mail address", _slot("e-mail address", member_id.hex), EMAIL_CHANGES)

    @property
    def places(self) -> tuple[bytes, ...]:
        """Return nothing."""
        return ()

    def counted(self, familiar: Collection[bytes]) -> list[tuple[bytes, Allowance]]:  # noqa: ARG002 - as `Tried` has it
        """Return the one thing that it is counted under."""
        return [(self.slot, self.allowance)]


@dataclass(frozen=True, slots=True)
class SignInSource:
    """Somebody who tries to sign in: the name that is tried, in the form by which names are compared, and from where.

    `device` is the secret that a device keeps, or empty. Names, addresses and secrets are only kept as the digests of
    this class: they are nobody's to read.
    """

    name: str
    network: str
    device: str = ""

    @classmethod
    def at(cls, address: str | None, *, name: str, device: str = "") -> "SignInSource":
        """Count everybody in the neighbourhood of `address` as one: who has one address there often has them all."""
        return cls(name, network_of(address), device)

    @property
    def account_slot(self) -> bytes:
        """What the tries of strangers on this account are counted under."""
        return _slot("account", self.name)

    @property
    def owner_slot(self) -> bytes:
        """What the tries on this account from this network are counted under once it is familiar."""
        return _slot("owner", self.name, self.network)

    @property
    def device_slot(self) -> bytes:
        """What the tries on this account with this device are counted under once it is familiar."""
        return _slot("device", self.name, self.device)

    @property
    def network_slot(self) -> bytes:
        """What all tries from this network are counted under."""
        return _slot("network", self.network)

    @property
    def places(self) -> tuple[bytes, ...]:
        """What becomes familiar when this source signs in."""
        return (self.owner_slot, self.device_slot) if self.device else (self.owner_slot,)

    def counted(self, familiar: Collection[bytes]) -> list[tuple[bytes, Allowance]]:
        """Return what a try is counted under, always in one order, so that two at once never wait for each other.

        `familiar` are those of `places` from which this account has signed in before.
        """
        if self.device and self.device_slot in familiar:
            return [(self.device_slot, FAMILIAR_DEVICE)]  # not under the network: the attacker may sit in it
        account = (self.owner_slot, FAMILIAR_NETWORK) if self.owner_slot in familiar else (self.account_slot, STRANGERS)
        return sorted([account, (self.network_slot, NETWORK)], key=lambda slot: slot[0])


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


def _host_of(address: str | None) -> str:
    """Return one machine: the pods of a cluster are neighbours. Of version 6 it is the /64, which one machine has."""
    ip = _read(address)
    return "elsewhere" if ip is None else ip.packed[: 8 if isinstance(ip, IPv6Address) else 4].hex()


def _read(address: str | None) -> IPv4Address | IPv6Address | None:
    try:
        ip = ip_address(address or "")
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


def _slot(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).digest()
