"""What lending needs from outside, of what it keeps itself."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.domain.lending.loan import Loan


class Loans(Protocol):
    """The loans on record."""

    def add(self, loan: Loan) -> None: ...

    async def get(self, loan_id: UUID) -> Loan | None:
        """Return a loan as it is now."""
        ...

    async def open_copies_of(self, member_id: UUID) -> tuple[tuple[UUID, UUID], ...]:
        """Return book and copy of each open loan of a member."""
        ...

    async def not_recalled(self, book_id: UUID) -> list[Loan]:
        """Return the loans of a book whose copies are with their borrowers, and asked back for nobody who waits."""
        ...

    async def open_of(self, copy_id: UUID) -> Loan | None:
        """Return the open loan of a copy as it is now, if it is out."""
        ...

    async def counted_from(self, loan_id: UUID) -> datetime | None:
        """Return since when it is counted how late a loan is, if that is not since it was due.

        That is when its copy was last found, or the loan was taken over from another system.
        """
        ...
