"""Let holds for any edition of a work wait for the edition that can serve them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loans_service.application.holds.pass_copy_on import release_copy, retarget_if_not_pulled
from loans_service.application.neighbours import Stock
from loans_service.domain.holds.allocation import HoldAllocation, lends_by
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.joined_queues import QueuedHold
from loans_service.domain.holds.placing import AlreadyOnLoanToMember
from loans_service.domain.lendable_copy import BookNotFound, StockOfBook
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock

_MOST = 100
_MINUTE = timedelta(minutes=1)


async def lent_edition(book: StockOfBook, stock: Stock) -> StockOfBook | None:
    """Return another edition that is lent, None if there is none. Raises NeighbourUnavailable."""
    for book_id in book.editions:
        edition = await _stock_of(book_id, stock)
        if edition is not None and edition.stands_in:
            return edition
    return None


async def _stock_of(book_id: UUID, stock: Stock) -> StockOfBook | None:
    try:
        return await stock.copies_of(book_id)
    except BookNotFound:
        return None


@dataclass(frozen=True, slots=True)
class TryEditions:
    """Move holds for any edition from the queue of one book to that of another.

    Such a hold is one hold and waits in one queue at a time, so that it never captures two copies. It moves under the
    locks of both books, which are taken in the order of all transactions. It takes only copies for which nobody else
    waits.
    """

    unit_of_work: LoansWorkFactory
    stock: Stock
    clock: Clock

    async def look_again(self, book: StockOfBook, *, uow: UnitOfWork, now: datetime) -> bool:
        """Return whether some hold is to be served by another edition, and request to look again in a minute.

        A hold whose member has borrowed another edition since ends; one that staff placed all the same waits on.
        """
        found = await uow.holds.unserved_for_any_edition(book.book_id, now=now) if book.editions else []
        waiting = [hold for hold in found if hold.can_be_served(now) and not hold.has_target]  # by this transaction
        if not waiting:
            return False
        for edition in book.editions:
            at_home = await uow.holds.of_readers(book.book_id, of=edition, since=True)
            for hold in waiting:
                if hold.id in at_home:
                    hold.cancel(now=now, reason=AlreadyOnLoanToMember.code)
        # On the full minute, so that many requests are one.
        uow.retarget_requests.add(book.book_id, at=now.replace(second=0, microsecond=0) + _MINUTE)
        return True

    async def serve(self, book: StockOfBook) -> None:
        """Serve the holds that no copy of the book serves by copies of other editions that are free."""
        for book_id in book.editions:
            edition = await _stock_of(book_id, self.stock)
            if edition is None or not edition.stands_in:
                continue
            async with self.unit_of_work() as uow:
                await uow.lock_books({book.book_id, edition.book_id})
                now = self.clock.now()
                holds = await uow.holds.unserved_for_any_edition(book.book_id, now=now)
                if holds and not await uow.holds.anybody_unserved(edition.book_id, now=now):
                    await _serve(holds, edition, uow=uow, now=now)
                    await uow.commit()

    async def leave(self, book: StockOfBook) -> None:
        """Move the holds of a book that is no longer lent to an edition that is, where they wait behind all others."""
        edition, behind = await lent_edition(book, self.stock), -1
        while edition is not None:
            async with self.unit_of_work() as uow:
                await uow.lock_books({book.book_id, edition.book_id})
                now = self.clock.now()
                holds = await uow.holds.waiting_for_any_edition(book.book_id, behind=behind, most=_MOST)
                places = [hold.queue_order for hold in holds]  # before they move
                await _turn(holds, edition, uow=uow, now=now)
                await uow.commit()
            if len(places) < _MOST:
                break
            behind = places[-1]


async def _serve(holds: Iterable[Hold], edition: StockOfBook, *, uow: UnitOfWork, now: datetime) -> None:
    policy = (await uow.rulebook.in_force(branch="")).policy
    await uow.volumes.note(edition.copies, locations=policy.asks_for_location)
    records = await uow.copies.of_book(edition.book_id, edition.copies, now=now)
    lendable = {copy.copy_id for copy in edition.copies}
    allocation = HoldAllocation(
        records, lendable=lendable, lends=lends_by(policy, now=now), transport=policy.holds.transport, now=now
    )
    queue = _EndOfQueue(await uow.holds.queued(edition.book_id))
    for hold in holds:
        if queue.takes(hold) and allocation.serve(hold):
            queue.join(hold, edition)
            retarget_if_not_pulled(hold, policy, uow)
            request_for_later(hold, uow=uow)


async def _turn(holds: Iterable[Hold], edition: StockOfBook, *, uow: UnitOfWork, now: datetime) -> None:
    """Let the holds wait for the edition, except those of members who wait for it already."""
    queue = _EndOfQueue(await uow.holds.queued(edition.book_id))
    for hold in holds:
        if queue.takes(hold):
            copy_id = hold.copy_id
            hold.lose_copy(now=now)
            if copy_id is not None:
                await release_copy(copy_id, uow=uow, now=now)
            queue.join(hold, edition)
            request_for_later(hold, uow=uow)
    uow.retarget_requests.add(edition.book_id, at=now)


def request_for_later(hold: Hold, *, uow: UnitOfWork) -> None:
    """Request that the book is retargeted when the hold begins, expires or is resumed."""
    for moment in (hold.starts_at, hold.expires_at, hold.suspended_until):
        if moment is not None:
            uow.retarget_requests.add(hold.book_id, at=moment)


class _EndOfQueue:
    """The end of the queue of an edition, and who waits in it already."""

    def __init__(self, queued: Sequence[QueuedHold]) -> None:
        self._members = {hold.member_id for hold in queued}
        self._last = max((hold.queue_order for hold in queued), default=0)

    def takes(self, hold: Hold) -> bool:
        return hold.member_id not in self._members

    def join(self, hold: Hold, edition: StockOfBook) -> None:
        self._last += 1
        self._members.add(hold.member_id)
        hold.turn_to(edition, order=self._last)
