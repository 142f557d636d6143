"""Put the queue for a book into another order."""

from collections.abc import Sequence
from uuid import UUID

from loans_service.application.holds.hold_views import HoldView, QueueView, version_of
from loans_service.application.ports import UnitOfWork
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
        await uow.lock(book_id=book_id)
        order = await uow.holds.order_of_queue(book_id)
        if tuple(hold_ids) != order.hold_ids and expected_version not in (None, version_of(order.hold_ids)):
            raise OutOfDate("Somebody changed this queue meanwhile. Read it again and repeat the order.")
        moved = order.reordered(hold_ids)
        if tuple(hold_ids) != order.hold_ids:
            await uow.holds.reorder(moved)
        shown = await uow.holds.of_ids(hold_ids[:limit])
        view = QueueView(
            book_id,
            tuple(HoldView.of(hold, position=place) for place, hold in enumerate(shown, start=1)),
            waiting=len(hold_ids),
            version=version_of(hold_ids),
            reached=(shown[-1].order, shown[-1].id) if len(hold_ids) > limit else None,
        )
        await uow.commit(answer=view)
    return view
