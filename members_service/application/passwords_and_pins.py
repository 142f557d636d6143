"""What membership and identity both do with what people keep secret: passwords and PINs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


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
    """Lets those try a PIN who have not tried too often."""

    async def admit_pin(self, card_number: str, *, client: str | None, now: datetime) -> None:
        """Count a try for the card, in a transaction of its own.

        Raises TooManyAttempts when the card has no tries left, or too many PINs were wrong at this client.
        """
        ...

    async def give_pin_back(self, card_number: str, *, now: datetime) -> None:
        """Give the last try back: it was right."""
        ...

    async def note_wrong_pin(self, *, client: str, now: datetime) -> None:
        """Count a wrong PIN for the client at which it was typed."""
        ...
