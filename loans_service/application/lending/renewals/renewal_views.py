"""What is looked up to foresee renewals, for many loans at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.domain.lending.loan import Loan


@dataclass(frozen=True, slots=True)
class QueuePart:
    """That somebody of a category waits for a book and could be served now, by any copy or `wanted_copy_id` alone.

    `served`: a copy is to be pulled for each of them. `member_id` is set where that is a borrower who was asked about.
    """

    book_id: UUID
    wanted_copy_id: UUID | None
    category: str
    served: bool
    member_id: UUID | None = None

    def comes_before(self, loan: Loan) -> bool:
        """Tell whether that is somebody else for whom the copy of this loan would do."""
        would_do = self.book_id == loan.copy.book_id and self.wanted_copy_id in (None, loan.copy.copy_id)
        return would_do and self.member_id != loan.member_id


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait for a book; `member_id` as in a part of a queue."""

    book_id: UUID
    member_id: UUID | None
    number: int


class RenewalViews(Protocol):
    """Looks up what stands in the way of renewals: one statement a question, however many loans and holds."""

    async def loans_of_ids(self, loan_ids: Collection[UUID]) -> list[Loan]:
        """Return these loans as the rules see them."""
        ...

    async def waiting(self, book_ids: Collection[UUID], borrowers: Collection[UUID]) -> Sequence[Waiting]:
        """Return how many wait for these books, these borrowers apart from all others."""
        ...

    async def queue_parts(
        self, book_ids: Collection[UUID], borrowers: Collection[UUID], *, now: datetime
    ) -> Sequence[QueuePart]:
        """Return who waits for these books, each kind of them once, and these borrowers by themselves."""
        ...

    async def recalled(self, loan_ids: Collection[UUID], *, now: datetime) -> frozenset[UUID]:
        """Return those of these loans that are asked back for somebody else who could be served now."""
        ...
