"""Move the records of a copy that was entered under the wrong book."""

from datetime import datetime
from uuid import UUID

from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.domain.holds.joined_queues import JoinedQueues
from loans_service.domain.holds.placing import AlreadyHeldByMember, AlreadyOnLoanToMember
from loans_service.persistence.unit_of_work import UnitOfWork


async def move_copy(copy_id: UUID, *, into: UUID, uow: UnitOfWork, now: datetime) -> None:
    """Move the loans of a copy and the holds for it alone to the book `into`. All books involved must be locked.

    - The holds for it join the other queue by their dates. A hold ends if its member has another one there, or has this
      copy on loan.
    - A hold for the wrong book that was to get the copy waits again; the copy is free, or is to be cleared.
    """
    books = await uow.corrections.books_of_copy(copy_id) - {into}
    moving = [hold for book in books for hold in await uow.holds.queued(book) if hold.wanted_copy_id == copy_id]
    queues = JoinedQueues(await uow.holds.queued(into), moving)
    await uow.corrections.copy(copy_id, into=into)
    if moving:
        await uow.holds.reorder(queues.new_orders())
    await _part(copy_id, into=into, moved={hold.hold_id for hold in moving}, uow=uow, now=now)
    ended = dict.fromkeys(queues.held_twice(), AlreadyHeldByMember.code)
    ended |= dict.fromkeys(await uow.holds.of_reader(into, copy_id=copy_id), AlreadyOnLoanToMember.code)
    for hold in await uow.holds.of_ids(list(ended)):
        served_by = hold.copy_id
        hold.cancel(now=now, reason=ended[hold.id])
        if served_by is not None:
            await release_copy(served_by, uow=uow, now=now)
    for book in (*books, into):
        uow.retarget_requests.add(book, at=now)


async def _part(copy_id: UUID, *, into: UUID, moved: set[UUID], uow: UnitOfWork, now: datetime) -> None:
    """Take the copy from a hold for another book, if it is meant for one."""
    record = await uow.copies.away(copy_id)
    if record is None or record.hold_id is None or record.hold_id in moved:
        return
    hold = await uow.holds.get(record.hold_id)
    if hold is not None and hold.book_id != into:
        hold.lose_copy(now=now)
        record.release(None, shelf_until=now, now=now)
