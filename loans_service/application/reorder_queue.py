"""Put the queue for a book into another order."""

from collections.abc import Sequence
from uuid import UUID

from loans_service.application.hold_views import HoldView, QueueView, version_of
from loans_service.application.ports import UnitOfWork
from loans_service.domain.hold import Hold
from shared.kernel.errors import OutOfDate

MOST_REORDERED = 10_000


async def reorder_queue(
    book_id: UUID, hold_ids: Sequence[UUID], *, expected_version: int | None, limit: int, uow: UnitOfWork
) -> QueueView:
    """Reorder the queue for a book.

    - The order names exactly the holds that wait, each once; anything else is refused and changes nothing. Read all
      pages of the queue with one `ETag` before, and send that in `If-Match`.
    - The present order sent again succeeds again. The answer is the first page of the new order.
    - At most 10,000 holds are put into another order; a longer queue keeps the order in which they were placed.
    """
    async with uow:
        await uow.lock_out_others(book_id=book_id)
        queue = await uow.holds.queue_of(book_id)
        if tuple(hold_ids) == queue.hold_ids:
            return _shown(book_id, queue.holds, limit)
        if expected_version not in (None, version_of(queue.hold_ids)):
            raise OutOfDate("Somebody changed this queue meanwhile. Read it again and repeat the order.")
        queue.reorder(hold_ids)
        view = _shown(book_id, queue.holds, limit)
        await uow.commit(answer=view)
    return view


def _shown(book_id: UUID, holds: Sequence[Hold], limit: int) -> QueueView:
    shown = holds[:limit]
    return QueueView(
        book_id,
        tuple(HoldView.of(hold, position=place) for place, hold in enumerate(shown, start=1)),
        waiting=len(holds),
        version=version_of(hold.id for hold in holds),
        reached=(shown[-1].order, shown[-1].id) if len(holds) > limit else None,
    )
