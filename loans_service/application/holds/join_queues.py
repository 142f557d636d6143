"""Join the queues of two books that books has merged."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.domain.holds.joined_queues import JoinedQueues
from loans_service.domain.holds.placing import AlreadyHeldByMember, AlreadyOnLoanToMember
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock

LATECOMERS_UNTIL = timedelta(minutes=1)
"""So long a hold may be on its way that was being placed while the catalogue changed."""


@dataclass(frozen=True, slots=True)
class MergedBooksNews:
    """The book `book_id` no longer exists; its copies belong to `into`."""

    message_id: str
    book_id: UUID
    into: UUID


async def lock_with_bound(*book_ids: UUID, uow: UnitOfWork) -> bool:
    """Lock books, and those in whose queues holds for the first of them stand as it is bound in their copies.

    Return False if such a hold stands in one more queue by then: that must be locked from the beginning.
    """
    found = await uow.corrections.queues_of_bound(book_ids[0])
    await uow.lock_books({*book_ids, *found})
    return await uow.corrections.queues_of_bound(book_ids[0]) <= {*book_ids, *found}


async def join_queues(book_id: UUID, *, into: UUID, uow: UnitOfWork, now: datetime) -> None:
    """Move all records of a book to another one, and join the queues of both. See `lock_with_bound`."""
    at_home = [*await uow.holds.of_readers(book_id, of=into), *await uow.holds.of_readers(into, of=book_id)]
    both = [[each.as_asked({book_id, into}) for each in await uow.holds.queued(book)] for book in (into, book_id)]
    queues = JoinedQueues(*both)
    await uow.corrections.book(book_id, into=into)
    await uow.holds.reorder(queues.new_orders())
    ended = dict.fromkeys(queues.held_twice(), AlreadyHeldByMember.code)
    ended |= dict.fromkeys(at_home, AlreadyOnLoanToMember.code)
    for hold in await uow.holds.of_ids(list(ended)):
        copy_id = hold.copy_id
        hold.cancel(now=now, reason=ended[hold.id])
        if copy_id is not None:
            await release_copy(copy_id, uow=uow, now=now)
    uow.retarget_requests.add(into, at=now)


@dataclass(frozen=True, slots=True)
class JoinQueues:
    """Move the holds, loans and circulation records of a merged book to the remaining one.

    - Its holds join the other queue by their dates; targets are chosen anew moments later.
    - Of two holds of one member the one with a captured copy stays, else the older one. The other is cancelled as
      `already-held-by-member`, and its copy passes on.
    - A hold for any copy ends as `already-on-loan-to-member` if its member has a copy of the other book on loan.
    - If the remaining book has itself been merged, and that event came first, all goes to the book that remains last.
    - A hold or loan that still comes in for the old book, because books was asked before, follows in a minute.
    - An event that comes twice changes nothing, and copies may be reported before or afterwards.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, news: MergedBooksNews, *, listener: str) -> UUID:
        """Return the remaining book."""
        into = news.into
        while (stays := await self._join(news, into, listener)) != into:
            into = stays or into
        return into

    async def _join(self, news: MergedBooksNews, into: UUID, listener: str) -> UUID | None:
        """Join the queues, or return the remaining book if `into` was merged, too: then that must be locked first.

        None if one more queue is to be locked.
        """
        async with self.unit_of_work() as uow:
            if not await lock_with_bound(news.book_id, into, uow=uow):
                return None
            stays = await uow.corrections.book_that_stays(into)
            if stays not in {into, news.book_id}:  # else a restore of books undid a merge
                return stays
            if await uow.first_time(listener=listener, message_id=news.message_id):
                now = self.clock.now()
                await join_queues(news.book_id, into=into, uow=uow, now=now)
                uow.retarget_requests.add(news.book_id, at=now + LATECOMERS_UNTIL)
                await uow.commit()
        return into
