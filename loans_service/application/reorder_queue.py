"""Put the queue for a book into another order."""

from collections.abc import Sequence
from uuid import UUID

from loans_service.application.hold_views import HoldView, QueueView
from loans_service.application.ports import UnitOfWork
from loans_service.domain.hold import Hold
from shared.kernel.errors import OutOfDate


async def reorder_queue(
    book_id: UUID, hold_ids: Sequence[UUID], *, expected_version: int | None, uow: UnitOfWork
) -> QueueView:
    """Reorder the queue for a book.

    - The order names exactly the holds that wait, each once; anything else is refused and changes nothing.
    - The present order sent again succeeds again.
    """
    async with uow:
        await uow.lock_out_others(book_id=book_id)
        queue = await uow.holds.queue_of(book_id)
        present = _shown(book_id, queue.holds)
        if tuple(hold_ids) == queue.hold_ids:
            return present
        if expected_version not in (None, present.version):
            raise OutOfDate("Somebody changed this queue meanwhile. Read it again and repeat the order.")
        queue.reorder(hold_ids)
        view = _shown(book_id, queue.holds)
        await uow.commit(answer=view)
    return view


def _shown(book_id: UUID, holds: Sequence[Hold]) -> QueueView:
    return QueueView(book_id, tuple(HoldView.of(hold, position=place) for place, hold in enumerate(holds, start=1)))
