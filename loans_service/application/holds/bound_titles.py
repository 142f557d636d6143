"""Let holds for a title that is only bound with others wait for a copy that holds it, as long as they must."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.holds.try_editions import request_for_later
from loans_service.application.neighbours import Stock
from loans_service.domain.holds.bound_wait import BoundWait
from loans_service.domain.holds.joined_queues import JoinedQueues
from loans_service.domain.holds.placing import AlreadyHeldByMember
from loans_service.domain.lendable_copy import BookNotFound, BookWasMerged, StockOfBook
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock

MOST_AT_ONCE = 100
"""So many holds move in one transaction."""


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
        while await self._turn(book) == MOST_AT_ONCE:
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
            ][:MOST_AT_ONCE]
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


@dataclass(frozen=True, slots=True)
class TurnBack:
    """Move holds that need no longer wait for a copy in which their title is bound back to the queue of the title.

    There they are served by its own copies, turn to another copy that holds it, or end with the title. It is books that
    says now which copies hold it, and each move is done under the locks of both books, a hundred holds at once. A copy
    that is captured for one of them may still be fetched.
    """

    unit_of_work: LoansWorkFactory
    stock: Stock
    clock: Clock

    async def __call__(self, book_id: UUID) -> None:
        """Look at the holds in the queue of a book, and at those for the book in other queues.

        Raises NeighbourUnavailable.
        """
        async with self.unit_of_work() as uow:
            waits = await uow.corrections.waiting_for_bound(book_id)
            policy = (await uow.rulebook.in_force(branch="")).policy
        for title_id, of_title in groupby(waits, key=lambda wait: wait.title_id):
            try:
                title = await self.stock.copies_of(title_id)
            except BookWasMerged:  # the holds follow when that is told
                continue
            except BookNotFound:
                title = None
            for wait in of_title:
                if wait.is_over(title, keep_when_lost=policy.holds.keep_when_lost):
                    while await self._turn(wait) == MOST_AT_ONCE:
                        pass

    async def _turn(self, wait: BoundWait) -> int:
        async with self.unit_of_work() as uow:
            await uow.lock_books({wait.book_id, wait.title_id})
            turned = await turn_back(
                wait.copy_id, wait.title_id, queues={wait.book_id}, uow=uow, now=self.clock.now(), captured=False
            )
            await uow.commit()
        return turned


async def turn_back(
    copy_id: UUID, title_id: UUID, *, queues: Collection[UUID], uow: UnitOfWork, now: datetime, captured: bool = True
) -> int:
    """Let holds for a copy in which their title is bound wait for any copy of the title; return how many did.

    All books must be locked. At most `MOST_AT_ONCE` in these `queues` join that of the title by their dates; first the
    one for which the copy is captured, unless that is left out. The copy is free for others, or is to be cleared. A
    hold ends if its member has another one there.
    """
    waiting = [each for book_id in sorted(queues) for each in await uow.holds.queued(book_id)]
    of_copy = [each for each in waiting if each.wanted_copy_id == copy_id and (captured or not each.captured)]
    bound = {each.bound_book_id for each in of_copy if each.bound_book_id is not None}
    titles = {each for each in bound if await uow.corrections.book_that_stays(each) == title_id}
    mine = sorted((each for each in of_copy if each.bound_book_id in titles), key=lambda each: not each.captured)
    turning = {each.hold_id: each for each in mine[:MOST_AT_ONCE]}
    if not turning:
        return 0
    there = [each for each in await uow.holds.queued(title_id) if each.hold_id not in turning]
    as_asked = [replace(each, bound_book_id=None, wanted_copy_id=None) for each in turning.values()]
    queue = JoinedQueues(there, sorted(as_asked, key=lambda each: each.queue_order))
    orders = queue.new_orders()
    places = {hold_id: orders.pop(hold_id, each.queue_order) for hold_id, each in turning.items()}
    record = await uow.copies.away(copy_id)
    if record is not None and record.hold_id in places:
        record.release(None, shelf_until=now, now=now)
    await uow.holds.reorder(orders)
    for hold in await uow.holds.of_ids(list(places)):
        hold.lose_copy(now=now)
        hold.turn_back(title_id, order=places[hold.id])
        request_for_later(hold, uow=uow)
    for hold in await uow.holds.of_ids(queue.held_twice()):
        had = hold.copy_id
        hold.cancel(now=now, reason=AlreadyHeldByMember.code)
        if had is not None:
            await release_copy(had, uow=uow, now=now)
    for book_id in {*queues, title_id}:
        uow.retarget_requests.add(book_id, at=now)
    return len(turning)
