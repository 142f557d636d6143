"""What circulation asks its neighbours, and how it names what it asks about."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from loans_service.domain.borrower import Standing
from loans_service.domain.lendable_copy import LendableBook, LendableCopy


@dataclass(frozen=True, slots=True)
class CopyKey:
    """How somebody at the desk names a copy: exactly one of the two."""

    copy_id: UUID | None = None
    barcode: str | None = None


@dataclass(frozen=True, slots=True)
class MemberKey:
    """How somebody at the desk names a member: exactly one of the two."""

    member_id: UUID | None = None
    card_number: str | None = None


class Catalogue(Protocol):
    """Books, asked what may be lent."""

    async def lendable_copy(self, key: CopyKey, *, desk: str | None = None) -> LendableCopy:
        """Tell whether this copy may be lent, and which branch has the code `desk`, in capitals or small letters.

        Raises CopyNotFound, or NeighbourUnavailable when nobody answers.
        """
        ...

    async def lendable_book(self, book_id: UUID) -> LendableBook:
        """How many copies of this book may be lent? Raises BookNotFound, or NeighbourUnavailable."""
        ...

    async def branch(self, code: str) -> str:
        """Which branch has this code, in capitals or small letters? Returns the code as the library writes it.

        Raises UnknownBranch, or NeighbourUnavailable.
        """
        ...


class MemberDirectory(Protocol):
    """Members, asked one question."""

    async def standing(self, key: MemberKey) -> Standing:
        """May this member borrow? Raises MemberNotFound, or NeighbourUnavailable when nobody answers."""
        ...
