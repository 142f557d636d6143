"""What membership and identity both do with what people keep secret: passwords and PINs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from members_service.domain.pin import TypedPin


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password, or a PIN, is right. `better_hash` is to be kept instead of the old one, if given."""

    is_right: bool
    better_hash: str | None = None


class Passwords(Protocol):
    """Hashes passwords or PINs, slowly on purpose. Raises Unavailable when too many wait already."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password: str, password_hash: str | None) -> Verdict:
        """Compare. Without a hash the answer is no, and takes as long as with one."""
        ...


class PinThrottle(Protocol):
    """Lets those try a PIN who have not tried too often; each step is a transaction of its own."""

    async def admit_pin(self, typed: TypedPin, *, now: datetime) -> None:
        """Count a try for the owner of the card.

        Raises PinLocked when there are none left, and TooManyAttempts when too many PINs were wrong that this end user
        typed, or that were typed at this client, of which one for this owner.
        """
        ...

    async def note_right_pin(self, typed: TypedPin, *, now: datetime) -> None:
        """Give the last try back, and remember from where it came."""
        ...

    async def note_wrong_pin(self, typed: TypedPin, *, now: datetime) -> None:
        """Count it for the end user and for the client, too."""
        ...
