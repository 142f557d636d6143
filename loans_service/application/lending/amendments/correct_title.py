"""Take over a corrected title of a book."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.application.holds.join_queues import lock_with_bound
from loans_service.application.neighbours import Stock
from loans_service.domain.lendable_copy import BookNotFound
from loans_service.persistence.unit_of_work import LoansWorkFactory


@dataclass(frozen=True, slots=True)
class CorrectTitle:
    """Update the title of a book in loans, holds and circulation records.

    Books is asked for it, so that events may come late or twice. Raises NeighbourUnavailable.
    """

    unit_of_work: LoansWorkFactory
    stock: Stock

    async def __call__(self, book_id: UUID) -> None:
        try:
            title = (await self.stock.copies_of(book_id)).title
        except BookNotFound:
            return
        while not await self._correct(book_id, title):
            pass

    async def _correct(self, book_id: UUID, title: str) -> bool:
        """Return whether it is done, False if holds joined another queue meanwhile."""
        async with self.unit_of_work() as uow:
            if not await lock_with_bound(book_id, uow=uow):
                return False
            await uow.corrections.title(book_id, title)
            await uow.commit()
        return True
