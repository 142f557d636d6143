"""Put the queue for a book into another order."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from loans_service.application.holds.hold_views import HoldView, QueueView, version_of
from loans_service.domain.four_eyes import FourEyes
from loans_service.domain.holds.hold_queue import HoldQueueDiffers, positions
from loans_service.domain.rights import MOVE_COPIES
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuses
from shared.kernel.rights import authorise

MOST_REORDERED = 10_000


@dataclass(frozen=True, slots=True)
class Reorder:
    """The order of the holds for a book. The answer shows the first `limit`; `version` is that of the order before.

    `by` is the account that asks, `by_member` the member id of that person.
    """

    book_id: UUID
    hold_ids: Sequence[UUID]
    version: int | None
    limit: int
    by: str = SYSTEM
    by_member: UUID | None = None


@refuses(HoldQueueDiffers, FourEyes)
@dataclass(frozen=True, slots=True)
class ReorderQueue:
    """Reorder the queue for a book.

    - The order names exactly the holds that wait, each once; anything else is refused and changes nothing. Read all
      pages of the queue with one `ETag` before, and send that in `If-Match`.
    - The present order sent again succeeds again. The answer is the first page of the new order.
    - Whoever comes first now is served first: what is to be pulled is chosen anew moments later.
    - It needs the right wherever a hold is fetched that comes earlier or later than before.
    - Nobody of the staff lets a hold of their own move up.
    - At most 10,000 holds are put into another order; a longer queue keeps the order in which they were placed.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, command: Reorder) -> QueueView:
        book_id, hold_ids, now = command.book_id, tuple(command.hold_ids), self.clock.now()
        async with self.unit_of_work(by=command.by) as uow:
            await uow.lock(book_id=book_id)
            order = await uow.holds.order_of_queue(book_id)
            if hold_ids != order.hold_ids and command.version not in (None, version_of(order.hold_ids)):
                raise OutOfDate("Somebody changed this queue meanwhile. Read it again and repeat the order.")
            moved = order.reordered(hold_ids)
            for branch in order.branches_that_wait_otherwise(hold_ids):
                authorise(MOVE_COPIES, branch)
            if command.by_member is not None:
                own = {hold.id for hold in await uow.holds.active_of(command.by_member)}
                if order.moves_up(own, hold_ids):
                    raise FourEyes
            if hold_ids != order.hold_ids:
                await uow.holds.reorder(moved)
                uow.retarget_requests.add(book_id, at=now)
            first = await uow.holds.of_ids(hold_ids[: command.limit])
            places = positions(hold.volume_key for hold in first)
            view = QueueView(
                book_id,
                tuple(HoldView.of(hold, now=now, position=place) for hold, place in zip(first, places, strict=True)),
                waiting=len(hold_ids),
                version=version_of(hold_ids),
                reached=(first[-1].queue_order, first[-1].id) if len(hold_ids) > command.limit else None,
            )
            await uow.commit(answer=view)
        return view
