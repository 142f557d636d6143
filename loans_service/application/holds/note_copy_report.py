"""Store a report of books on a copy: its barcode, home branch and status."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.domain.holds.joined_queues import JoinedQueues
from loans_service.domain.holds.placing import AlreadyHeldByMember, AlreadyOnLoanToMember
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class NoteCopyReport:
    """Store a report of books on a copy, and retarget its book.

    Loans and holds of the copy show its present barcode, by which it is found. A copy that was settled as lost or
    missing is free again once books puts it into service, until it is called lost once more. A copy that came back to
    its old home before the new one was known has floated there. If the copy was entered under another book, its records
    move to the right one. If a book is no longer bound in it, holds for that wait for any copy of it. Repeated reports,
    and reports older than the last, change nothing.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, report: CopyReport, *, listener: str, message_id: str) -> None:
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=message_id):
                return
            old = await uow.corrections.books_under_old_label(report.copy_id, report.barcode)
            returned_since = await uow.copies.was_scanned_since_it_moved(report)
            mine = [report.book_id] if report.is_of_status or returned_since else []
            parted = frozenset[UUID]()
            if report.was_entered_wrongly:
                parted = await uow.corrections.books_of_copy(report.copy_id) | {report.book_id}
            unbound = None if report.unbound is None else await uow.corrections.book_that_stays(report.unbound)
            if unbound is not None:
                parted |= await uow.corrections.books_of_copy(report.copy_id) | {unbound}
            await uow.lock_books({*old, *mine, *parted})  # before the row of the copy, as at the desk
            was_gone = report.is_of_status and await uow.copies.gone_with(report.copy_id)
            put_back = await uow.copies.on_shelf_of_old_home(report.copy_id) if returned_since else None
            is_new = await uow.copies.keep_report(report)
            if report.was_entered_wrongly:
                into = report.book_id if is_new else await uow.corrections.reported_book(report.copy_id)
                await move_copy(report.copy_id, into=into, uow=uow, now=self.clock.now())
            if unbound is not None:
                await turn_back(report.copy_id, unbound, uow=uow, now=self.clock.now())
            if is_new:
                if report.is_of_status and was_gone != await uow.copies.gone_with(report.copy_id):
                    await uow.copies.republish_state(report.copy_id, book_id=report.book_id, now=self.clock.now())
                if put_back is not None:
                    put_back.float_from(report.branch, now=self.clock.now())
                if old:
                    await uow.corrections.barcode(report.copy_id, report.barcode)
                uow.retarget_requests.add(report.book_id, at=self.clock.now())
            await uow.commit()


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


async def turn_back(copy_id: UUID, book_id: UUID, *, uow: UnitOfWork, now: datetime) -> None:
    """Let holds for a copy that were placed for a book bound in it wait for any copy of that. All must be locked.

    They join the queue of that book by their dates; the copy is free for others, or is to be cleared.
    """
    books = await uow.corrections.books_of_copy(copy_id)
    stays = uow.corrections.book_that_stays
    mine = [
        each
        for book in books
        for each in await uow.holds.queued(book)
        if each.wanted_copy_id == copy_id
        and each.bound_book_id is not None
        and await stays(each.bound_book_id) == book_id
    ]
    if not mine:
        return
    orders = JoinedQueues(await uow.holds.queued(book_id), mine).new_orders()
    places = {each.hold_id: orders.pop(each.hold_id, each.queue_order) for each in mine}
    record = await uow.copies.away(copy_id)
    if record is not None and record.hold_id in places:
        record.release(None, shelf_until=now, now=now)
    await uow.holds.reorder(orders)
    for hold in await uow.holds.of_ids(list(places)):
        hold.lose_copy(now=now)
        hold.turn_back(book_id, order=places[hold.id])
    for book in {*(each.book_id for each in mine), book_id}:
        uow.retarget_requests.add(book, at=now)
