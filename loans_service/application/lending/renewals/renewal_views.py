"""Who waits for what somebody may want to renew."""

from dataclasses import dataclass
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
