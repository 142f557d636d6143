"""Let holds for a title that is only bound with others wait for a copy that holds it."""

from dataclasses import dataclass

from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.holds.try_editions import request_for_later
from loans_service.domain.lendable_copy import StockOfBook
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock

_MOST = 100


@dataclass(frozen=True, slots=True)
class TurnToBound:
    """Move the holds for any copy of a book to the queue of the book with which it is bound, for that copy alone.

    One copy has one queue, that of the book under which it is catalogued, whichever of its titles it is wanted for; so
    no two queues capture it. The holds move under the locks of both books, behind those that wait there, a hundred at
    once. Who waits for that copy already gets no second hold.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, book: StockOfBook) -> None:
        while await self._turn(book) == _MOST:
            pass

    async def _turn(self, book: StockOfBook) -> int:
        """Move the next holds; return how many these are."""
        copy = book.bound[0]
        async with self.unit_of_work() as uow:
            await uow.lock_books({book.book_id, copy.book_id})
            now = self.clock.now()
            queue = await uow.holds.queued(copy.book_id)
            last = max((each.queue_order for each in queue), default=0)
            there = {each.member_id for each in queue if each.wanted_copy_id == copy.copy_id}
            turning = [
                each.hold_id
                for each in await uow.holds.queued(book.book_id)
                if each.wanted is None and not each.captured and each.member_id not in there
            ][:_MOST]
            for place, hold in enumerate(await uow.holds.of_ids(turning) if turning else (), start=last + 1):
                had = hold.copy_id
                if had is not None:
                    hold.lose_copy(now=now)
                    await release_copy(had, uow=uow, now=now)
                hold.turn_to_bound(copy, order=place)
                request_for_later(hold, uow=uow)
                uow.retarget_requests.add(copy.book_id, at=now)
            await uow.commit()
        return len(turning)
