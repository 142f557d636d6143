"""Store a report of books on a copy: its barcode, home branch and status."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.application.holds.bound_titles import turn_back
from loans_service.application.holds.join_queues import LATECOMERS_UNTIL
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
    move to the right one. If a book is no longer bound in it, holds for that wait for any copy of it; one that was
    being placed meanwhile follows in a minute. Repeated reports, and reports older than the last, change nothing.
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
                await self._take_out(report, unbound, queues=parted, uow=uow)
            if is_new:
                if report.is_of_status and was_gone != await uow.copies.gone_with(report.copy_id):
                    await uow.copies.republish_state(report.copy_id, book_id=report.book_id, now=self.clock.now())
                if put_back is not None:
                    put_back.float_from(report.branch, now=self.clock.now())
                if old:
                    await uow.corrections.barcode(report.copy_id, report.barcode)
                _request(uow, report, now=self.clock.now())
            await uow.commit()

    async def _take_out(self, report: CopyReport, unbound: UUID, *, queues: frozenset[UUID], uow: UnitOfWork) -> None:
        """Let the first holds for a book that is no longer bound in a copy wait for any copy, and the one on the shelf.

        The others turn back when the book is retargeted.
        """
        now = self.clock.now()
        uow.retarget_requests.add(report.book_id, at=now + LATECOMERS_UNTIL)
        await turn_back(report.copy_id, unbound, queues=queues, uow=uow, now=now)


def _request(uow: UnitOfWork, report: CopyReport, *, now: datetime) -> None:
    """Request that all books which the copy holds are retargeted."""
    for book_id in (report.book_id, *report.bound_with):
        uow.retarget_requests.add(book_id, at=now)


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
