"""Store a report of books on a copy: its barcode, home branch and status."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.application.holds.move_copy import move_copy
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.persistence.unit_of_work import UnitOfWorkFactory
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class NoteCopyReport:
    """Store a report of books on a copy, and retarget its book.

    Loans and holds of the copy show its present barcode, by which it is found. A copy that was settled as lost or
    missing is free again once books puts it into service, until it is called lost once more. A copy that came back to
    its old home before the new one was known has floated there. If the copy was entered under another book, its records
    move to the right one. Repeated reports, and reports older than the last, change nothing.
    """

    unit_of_work: UnitOfWorkFactory
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
            await uow.lock_books({*old, *mine, *parted})  # before the row of the copy, as at the desk
            was_gone = report.is_of_status and await uow.copies.is_gone(report.copy_id)
            put_back = await uow.copies.on_shelf_of_old_home(report.copy_id) if returned_since else None
            is_new = await uow.copies.keep_report(report)
            if report.was_entered_wrongly:
                into = report.book_id if is_new else await uow.corrections.reported_book(report.copy_id)
                await move_copy(report.copy_id, into=into, uow=uow, now=self.clock.now())
            if is_new:
                if report.is_of_status and was_gone != await uow.copies.is_gone(report.copy_id):
                    await uow.copies.republish_state(report.copy_id, book_id=report.book_id, now=self.clock.now())
                if put_back is not None:
                    put_back.float_from(report.branch, now=self.clock.now())
                if old:
                    await uow.corrections.barcode(report.copy_id, report.barcode)
                uow.retarget_requests.add(report.book_id, at=self.clock.now())
            await uow.commit()
