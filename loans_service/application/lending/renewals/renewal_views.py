"""Waiting holds, as far as renewals depend on them."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.domain.lending.loan import Loan


@dataclass(frozen=True, slots=True)
class QueuePart:
    """A kind of waiting hold that could be served now: its book, category, and `wanted_copy_id` or None for any copy.

    `served`: all of them have a target. `member_id` is set for a borrower among those looked up.
    """

    book_id: UUID
    wanted_copy_id: UUID | None
    category: str
    served: bool
    member_id: UUID | None = None

    def comes_before(self, loan: Loan) -> bool:
        """Return whether the copy of this loan would do for these holds, and they are not its borrower's."""
        would_do = self.book_id == loan.copy.book_id and self.wanted_copy_id in (None, loan.copy.copy_id)
        return would_do and self.member_id != loan.member_id


@dataclass(frozen=True, slots=True)
class QueueLength:
    """How many wait for a book; `member_id` is as in QueuePart."""

    book_id: UUID
    member_id: UUID | None
    number: int
