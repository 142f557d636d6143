"""How often somebody may try to sign in, or may try something else that could be guessed.

Tries are counted before the password is looked at and given back when it was right. What has been tried comes back with
time, so that nobody is ever locked out for good. Strangers share one limit for an account. Where this account has
signed in before there is another, which strangers cannot use up: one for each network, and one for each device, which
is known by a secret of its own. So the owner gets in under attack: with a device that is known, wherever it is, even in
the attacker's own network; with an unknown device, from a network that is known.

A try to sign in is counted in these buckets, all at once, and refused when one of them is used up:

| bucket  | key              | limit            | counted when                                                     |
|---------|------------------|------------------|------------------------------------------------------------------|
| device  | account, device  | FAMILIAR_DEVICE  | the device is familiar                                           |
| owner   | account, network | FAMILIAR_NETWORK | the network is familiar, and the device is not                   |
| account | account          | STRANGERS        | neither is familiar                                              |
| network | network          | NETWORK          | the device is not familiar: the attacker may sit in the same one |

Whatever name somebody types, tries are counted for the account that it finds: it has one name, not two, however many
lead to it. A name that finds none is counted for itself.

Whoever applies for a membership guesses nothing, but has a mail written: that is an `ApplicationTry`.

The secret of a client, a one-time token, a card to recover and another e-mail address for oneself are each a
`GuessableSecret`: it is counted in one bucket alone, and before it is looked at, so that a right one is refused, too,
while there are no tries left. A PIN is a `PinTry`: it is counted for its owner before it is looked at, and once more,
when it was wrong, for the end user who typed it, if the client says from where, and for the client.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from members_service.domain.identity.user_name import user_name_key
from members_service.domain.networks import host_of, network_of


@dataclass(frozen=True, slots=True)
class Limit:
    """`tries` are free at once; each comes back after `every`, one after the other."""

    tries: int
    every: timedelta


@dataclass(frozen=True, slots=True)
class Bucket:
    """What tries are counted in: `key` is the digest by which it is found, `limit` how many it takes."""

    key: bytes
    limit: Limit


STRANGERS = Limit(5, timedelta(minutes=2))
FAMILIAR_NETWORK = STRANGERS
"""The same as for strangers, or the number of tries would reveal to a guesser in that network whose accounts there are.

Together: 20 guesses in ten minutes at most, even from there.
"""

FAMILIAR_DEVICE = Limit(10, timedelta(minutes=1))
NETWORK = Limit(60, timedelta(seconds=10))
"""For all accounts together, so that nobody tries one password with many names."""

FAMILIAR_FOR = timedelta(days=90)

CLIENT_SECRETS = Limit(30, timedelta(seconds=10))
"""For one client from one address, so that whoever guesses elsewhere locks no service out. Right ones are given back;
so many can be on their way at once, from kiosks behind one address.
"""

ONE_TIME_TOKENS = Limit(20, timedelta(seconds=30))
"""From one address, for all tokens together. Right ones are given back."""

RECOVERIES = Limit(5, timedelta(minutes=30))
"""For one card: as many tokens as somebody may lose, and no flood of mail."""

EMAIL_CHANGES = Limit(5, timedelta(minutes=12))
"""By one member: ten in an hour at most. Each reveals whether another account has the address."""


PINS = Limit(5, timedelta(minutes=5))
"""For one owner, whatever the card, at all machines together: of ten thousand PINs 300 can be tried in a day. From an
address from which the right one came within 90 days there are as many apart.
"""

WRONG_PINS_OF_END_USER = Limit(20, timedelta(seconds=30))
"""From one address that a client names, so that nobody tries one PIN with many cards. Who has typed the right one from
there before is not held up by others who guess there.
"""

WRONG_PINS_AT_CLIENT = Limit(60, timedelta(seconds=5))
"""For one client, which may be fifty machines, or a catalogue with all its visitors: beyond that, those cards wait for
which a wrong PIN was typed lately, and nobody else.
"""


APPLICATIONS = Limit(10, timedelta(minutes=6))
"""To join, from one network: a class that comes along, and no script that has strangers written to without end."""

APPLICATIONS_OF_CLIENT = Limit(60, timedelta(minutes=1))
"""Through a website that does not say who its visitors are, for all of them together."""

APPLICATIONS_WITH_ADDRESS = Limit(3, timedelta(hours=4))
"""With one e-mail address: whoever has it may never have asked for any of the mails."""


class Attempt(Protocol):
    """Something that is tried: `name` says what, and `origins` become familiar when it is right."""

    @property
    def name(self) -> str: ...

    @property
    def origins(self) -> tuple[bytes, ...]: ...

    def buckets(self, familiar: Collection[bytes]) -> list[Bucket]:
        """Return the buckets it is counted in, always in one order; `familiar` are the familiar ones of `origins`."""
        ...


@dataclass(frozen=True, slots=True)
class GuessableSecret:
    """A secret other than a password, which could be guessed; no origin of it becomes familiar."""

    name: str
    bucket: Bucket

    @classmethod
    def of_client_secret(cls, client_id: str, *, address: str | None) -> "GuessableSecret":
        """Count the secrets that one address presents for one client."""
        key = _key("client", client_id, host_of(address))
        return cls(f"client {client_id}", Bucket(key, CLIENT_SECRETS))

    @classmethod
    def from_network(cls, address: str | None) -> "GuessableSecret":
        """Count what turned out wrong together with the wrong sign-ins of the network."""
        source = SignInSource.at(address, name="")
        return cls(f"network {source.network}", source.network_bucket)

    @classmethod
    def of_one_time_token(cls, *, address: str | None) -> "GuessableSecret":
        """Count the one-time tokens that one address presents."""
        return cls("one-time token", Bucket(_key("one-time token", host_of(address)), ONE_TIME_TOKENS))

    @classmethod
    def of_recovery(cls, card_number: str) -> "GuessableSecret":
        """Count how often somebody asks for another password for one card."""
        card = _same_card(card_number)
        return cls(f"recovery {card}", Bucket(_key("recovery", card), RECOVERIES))

    @classmethod
    def of_email(cls, member_id: UUID) -> "GuessableSecret":
        """Count the addresses that one member asks for."""
        return cls("e-mail address", Bucket(_key("e-mail address", member_id.hex), EMAIL_CHANGES))

    @property
    def origins(self) -> tuple[bytes, ...]:
        """Return no origins."""
        return ()

    def buckets(self, familiar: Collection[bytes]) -> list[Bucket]:  # noqa: ARG002 - as `Attempt` has it
        """Return the one that it is counted in."""
        return [self.bucket]


@dataclass(frozen=True, slots=True)
class ApplicationTry:
    """Somebody who applies for a membership, so that a mail goes to `email`, which may be anybody's.

    `client` is the address of the website where they do so, and `end_user` theirs, if it says so.
    """

    email: str
    client: str | None = None
    end_user: str | None = None

    @property
    def name(self) -> str:
        """What is tried."""
        return "application"

    @property
    def origins(self) -> tuple[bytes, ...]:
        """Return no origins."""
        return ()

    def buckets(self, familiar: Collection[bytes]) -> list[Bucket]:  # noqa: ARG002 - as `Attempt` has it
        """Return those for the address that is written to, and for where it comes from, always in one order."""
        written_to = Bucket(_key("application with", self.email.casefold()), APPLICATIONS_WITH_ADDRESS)
        if self.end_user is None:
            source = Bucket(_key("application through", host_of(self.client)), APPLICATIONS_OF_CLIENT)
        else:
            source = Bucket(_key("application from", network_of(self.end_user)), APPLICATIONS)
        return sorted((written_to, source), key=lambda bucket: bucket.key)


@dataclass(frozen=True, slots=True)
class SignInSource:
    """Somebody who tries to sign in: the name that is tried, in the form by which names are compared, and from where.

    `device` is the secret that a device keeps, or empty. Names, addresses and secrets are stored only
    as the digests of this class.
    """

    name: str
    network: str
    device: str = ""

    @classmethod
    def at(cls, address: str | None, *, name: str, device: str = "") -> "SignInSource":
        """Count everybody in the neighbourhood of `address` as one: who has one address there often has them all."""
        return cls(name, network_of(address), device)

    @property
    def account_bucket(self) -> Bucket:
        """For the tries of strangers on this account."""
        return Bucket(_key("account", self.name), STRANGERS)

    @property
    def owner_bucket(self) -> Bucket:
        """For the tries on this account from this network once it is familiar."""
        return Bucket(_key("owner", self.name, self.network), FAMILIAR_NETWORK)

    @property
    def device_bucket(self) -> Bucket:
        """For the tries on this account with this device once it is familiar."""
        return Bucket(_key("device", self.name, self.device), FAMILIAR_DEVICE)

    @property
    def network_bucket(self) -> Bucket:
        """For all tries from this network."""
        return Bucket(_key("network", self.network), NETWORK)

    @property
    def origins(self) -> tuple[bytes, ...]:
        """What becomes familiar when somebody signs in from here: the keys of network and device."""
        return (self.owner_bucket.key, self.device_bucket.key) if self.device else (self.owner_bucket.key,)

    def buckets(self, familiar: Collection[bytes]) -> list[Bucket]:
        """Return what a try is counted in, always in one order, so that two at once never wait for each other.

        `familiar` are those of `origins` from which this account has signed in before.
        """
        network = self.owner_bucket.key in familiar
        device = bool(self.device) and self.device_bucket.key in familiar
        table = (
            (self.device_bucket, device),
            (self.owner_bucket, network and not device),
            (self.account_bucket, not network and not device),
            (self.network_bucket, not device),
        )
        return sorted((bucket for bucket, counts in table if counts), key=lambda bucket: bucket.key)


@dataclass(frozen=True, slots=True)
class PinTry:
    """A PIN that is typed for somebody's card: `whose` is its owner, or the number of an unknown card.

    `client` is the software where it is typed, if that is not the library's own page, and `end_user` the address of who
    types it there, if it says so.
    """

    whose: str
    client: str | None = None
    end_user: str | None = None

    @classmethod
    def of(cls, owner: UUID | None, card_number: str, *, client: str | None, end_user: str | None) -> "PinTry":
        """Count all cards of one owner as one, and all spellings of a number as well."""
        return cls(_same_card(card_number) if owner is None else owner.hex, client, end_user)

    @property
    def name(self) -> str:
        """What is tried."""
        return f"pin {self.whose}"

    @property
    def bucket(self) -> Bucket:
        """For the tries from where the right PIN never came."""
        return Bucket(_key("pin", self.whose), PINS)

    @property
    def familiar_bucket(self) -> Bucket:
        """For the tries from this end user's network once the right PIN has come from there."""
        return Bucket(_key("pin from", self.whose, network_of(self.end_user)), PINS)

    @property
    def origins(self) -> tuple[bytes, ...]:
        """What becomes familiar when the PIN is right: the end user's network."""
        return () if self.end_user is None else (self.familiar_bucket.key,)

    def buckets(self, familiar: Collection[bytes]) -> list[Bucket]:
        """Return the one that it is counted in before it is looked at."""
        return [self.familiar_bucket if self.familiar_bucket.key in familiar else self.bucket]

    def heeded(self, familiar: Collection[bytes]) -> list[Bucket]:
        """Return the buckets that delay it once they are used up, whatever is typed."""
        if self.end_user is None or self.familiar_bucket.key in familiar:
            return []
        return [self._end_user_bucket(self.end_user)]

    @property
    def client_bucket(self) -> Bucket | None:
        """The one that holds it up when it is used up, if a wrong PIN was typed for this owner lately."""
        return None if self.client is None else Bucket(_key("pin at machine", self.client), WRONG_PINS_AT_CLIENT)

    @property
    def when_wrong(self) -> list[Bucket]:
        """What a wrong one is counted in besides, afterwards, always in one order."""
        found = [] if self.client_bucket is None else [self.client_bucket]
        if self.end_user is not None:
            found.append(self._end_user_bucket(self.end_user))
        return sorted(found, key=lambda bucket: bucket.key)

    def _end_user_bucket(self, end_user: str) -> Bucket:
        return Bucket(_key("pin of end_user", host_of(end_user)), WRONG_PINS_OF_END_USER)


def buckets_of(name: str, *, owner: UUID | None = None, address: str | None = None) -> tuple[Bucket, ...]:
    """Return those in which strangers' tries of a user name are counted, and of a PIN of its owner.

    With an `address` that of its network, too.
    """
    source = SignInSource.at(address, name=user_name_key(name))
    own = source.account_bucket, PinTry.of(owner, name, client=None, end_user=None).bucket
    return own if address is None else (*own, source.network_bucket)


def _same_card(number: str) -> str:
    """Return one spelling for all ways in which a card number is typed, cut to a length that can be one.

    The blanks go first: before a cut they would push digits out, and each such spelling would have tries of its own.
    """
    return "".join(number.split())[:200].casefold()


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).digest()
