"""Books merges two books: all that is on record of the one belongs to the other."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.ports import OpensWork
from loans_service.domain.holds.joined_queues import JoinedQueues
from loans_service.domain.holds.placing import AlreadyHeldByMember
from shared.kernel.clock import Clock

_LATECOMERS_UNTIL = timedelta(minutes=1)  # whose hold was on its way here while the books were merged


@dataclass(frozen=True, slots=True)
class MergedNews:
    """The book `book_id` is no more; its copies belong to `into`."""

    message_id: str
    book_id: UUID
    into: UUID


@dataclass(frozen=True, slots=True)
class JoinQueues:
    """Hand holds, loans and copies on their way of a book over to the one into which it was merged.

    - Its holds join the other queue where their dates belong; what is to be pulled is chosen anew moments later.
    - Of two holds of one member one stays: that for which a copy is kept, else the older one. The other is cancelled as
      `already-held-by-member`, and its copy passes on.
    - A hold that comes in for the old book all the same, because books was asked before, is cancelled a minute later.
    - News that comes twice changes nothing. Whether the copies were told of before or afterwards makes no difference.
    """

    unit_of_work: OpensWork
    clock: Clock

    async def __call__(self, news: MergedNews, *, listener: str) -> None:
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=news.message_id):
                return
            await uow.lock_books({news.book_id, news.into})
            now = self.clock.now()
            queues = JoinedQueues(await uow.holds.queued(news.into), await uow.holds.queued(news.book_id))
            await uow.corrections.book(news.book_id, into=news.into)
            await uow.holds.reorder(queues.new_orders())
            for hold in await uow.holds.of_ids(queues.held_twice()):
                copy_id = hold.copy_id
                hold.cancel(now=now, reason=AlreadyHeldByMember.code)
                if copy_id is not None:
                    await release_copy(copy_id, uow=uow, now=now)
            uow.targets.look_again(news.into, at=now)
            uow.targets.look_again(news.book_id, at=now + _LATECOMERS_UNTIL)
            await uow.commit()
