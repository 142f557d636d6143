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

    `served`: a copy is to be pulled for each of them.
    """

    book_id: UUID
    wanted_copy_id: UUID | None
    category: str
    served: bool

    def could_have(self, copy_id: UUID) -> bool:
        """Tell whether this copy would do."""
        return self.wanted_copy_id in (None, copy_id)


class RenewalViews(Protocol):
    """Looks up what stands in the way of renewals: one statement a question, however many loans and holds."""

    async def loans_of_ids(self, loan_ids: Collection[UUID]) -> list[Loan]:
        """Return these loans as the rules see them."""
        ...

    async def queue_parts(self, book_ids: Collection[UUID], *, now: datetime) -> Sequence[QueuePart]:
        """Return who waits for these books, each kind of them once."""
        ...

    async def recalled(self, loan_ids: Collection[UUID], *, now: datetime) -> frozenset[UUID]:
        """Return those of these loans that are asked back for somebody who could be served now."""
        ...
