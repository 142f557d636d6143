"""What signing in needs from outside."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from members_service.domain.identity.attempts import Attempt, Bucket, SignInSource
from members_service.domain.identity.authorization_code import AuthorizationCode


class Codes(Protocol):
    """The authorization codes that were given."""

    def add(self, code: AuthorizationCode) -> None: ...

    async def owner(self, code: bytes) -> UUID | None:
        """Return the account that signed in for the code with this digest."""
        ...

    async def find(self, code: bytes) -> AuthorizationCode | None:
        """Return the code with this digest, as it is now."""
        ...


class Attempts(Protocol):
    """Counts who tries to sign in how often."""

    async def forget(self, name: str) -> None:
        """Drop every trace of tries with this user name: an address, or the number of a card."""
        ...

    async def forget_pins(self, owner: UUID) -> None:
        """Drop every trace of PINs that were typed for the cards of this member."""
        ...

    async def give_all_back(self, buckets: Collection[Bucket]) -> None:
        """Give back every try that was counted in `buckets`, or in one of the origins familiar to their owners."""
        ...

    async def give_back(self, attempt: Attempt, *, now: datetime) -> None:
        """Give the last try back: nothing about it was wrong."""
        ...

    async def forgive(self, source: SignInSource, *, now: datetime) -> None:
        """Give the last try back, because it was right, and remember where it came from."""
        ...

    async def welcome(self, source: SignInSource, *, now: datetime) -> None:
        """Remember network and device as familiar to the account."""
        ...


class SignInThrottle(Protocol):
    """Lets those in who may still try."""

    async def admit(self, attempt: Attempt, *, now: datetime) -> None:
        """Count one try, in a transaction of its own. Raises TooManyAttempts, and then counts nothing."""
        ...

    async def admit_email_change(self, member_id: UUID, *, now: datetime) -> None:
        """Count one address that a member asks for, likewise."""
        ...


class Cards(Protocol):
    """Knows whose card a number is, and the hash of the PIN beside it."""

    async def pin_of(self, card_number: str) -> tuple[UUID, str | None] | None:
        """Return the member whose card works, and the hash of the PIN if there is one; None for no such card."""
        ...


class Assertions(Protocol):
    """Knows the public keys of clients that sign for themselves."""

    async def client_of(self, assertion: str, *, audiences: Collection[str]) -> str | None:
        """Return the client that signed this for one of `audiences`; None for any other, and for one used before."""
        ...
