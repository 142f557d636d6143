"""What signing in needs from outside."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID


class Cards(Protocol):
    """Finds a member and the hash of the PIN by card number."""

    async def pin_of(self, card_number: str) -> tuple[UUID, str | None] | None:
        """Return the id of the member whose card works, and the hash of the PIN if there is one; None: unknown card."""
        ...


class Assertions(Protocol):
    """Knows the public keys of clients that sign for themselves."""

    async def client_of(self, assertion: str, *, audiences: Collection[str]) -> str | None:
        """Return the client that signed this for one of `audiences`; None for any other, and for one used before."""
        ...
