"""Books merges two books: all that is on record of the one belongs to the other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.domain.holds.joined_queues import JoinedQueues
from loans_service.domain.holds.placing import AlreadyHeldByMember, AlreadyOnLoanToMember
from loans_service.persistence.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shared.kernel.clock import Clock

_LATECOMERS_UNTIL = timedelta(minutes=1)  # whose hold was on its way here while the books were merged


@dataclass(frozen=True, slots=True)
class MergedNews:
    """The book `book_id` is no more; its copies belong to `into`."""

    message_id: str
    book_id: UUID
    into: UUID


async def join_queues(book_id: UUID, *, into: UUID, uow: UnitOfWork, now: datetime) -> None:
    """Let all that is on record of a book belong to another one, and the holds of both wait in one queue.

    Lock others out of both before.
    """
    at_home = [*await uow.holds.of_readers(book_id, of=into), *await uow.holds.of_readers(into, of=book_id)]
    queues = JoinedQueues(await uow.holds.queued(into), await uow.holds.queued(book_id))
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
    """Hand holds, loans and copies on their way of a book over to the one into which it was merged.

    - Its holds join the other queue where their dates belong; what is to be pulled is chosen anew moments later.
    - Of two holds of one member one stays: that for which a copy is kept, else the older one. The other is cancelled as
      `already-held-by-member`, and its copy passes on.
    - A hold for any copy ends as `already-on-loan-to-member` where its member has a copy of the other book at home.
    - That one may have been merged, too, and the news of it have been faster: then all goes to the book that stays.
    - A hold or loan of the old book that comes in all the same, because books was asked before, follows in a minute.
    - News that comes twice changes nothing. Whether the copies were told of before or afterwards makes no difference.
    """

    unit_of_work: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, news: MergedNews, *, listener: str) -> UUID:
        """Return the book that stays."""
        into = news.into
        while (stays := await self._join(news, into, listener)) != into:
            into = stays
        return into

    async def _join(self, news: MergedNews, into: UUID, listener: str) -> UUID:
        """Join the queues of both, or return the book that stays if `into` is none: then that is to be locked first."""
        async with self.unit_of_work() as uow:
            await uow.lock_books({news.book_id, into})
            stays = await uow.corrections.book_that_stays(into)
            if stays not in {into, news.book_id}:  # merged into this very one it was before books went back to a backup
                return stays
            if await uow.first_time(listener=listener, message_id=news.message_id):
                now = self.clock.now()
                await join_queues(news.book_id, into=into, uow=uow, now=now)
                uow.retarget_requests.add(news.book_id, at=now + _LATECOMERS_UNTIL)
                await uow.commit()
        return into
