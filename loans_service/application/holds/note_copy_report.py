"""Books tells of a copy: which label it bears, where it is at home, and whether it is lent."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.application.holds.move_copy import move_copy
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.persistence.unit_of_work import UnitOfWorkFactory
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class NoteCopyReport:
    """Keep what books reported of a copy, and look again at those who wait for its book.

    Loans and holds of it show the barcode that it bears now, and a scan of that finds it. A copy that was paid for as
    lost, or missed, and that somebody puts into service is free again, until somebody calls it lost once more. One that
    came back to its old home before anybody here knew of the new one has floated there. Where it was entered under
    another book, what is on record of it goes to the right one. A report that came before, or after a later one,
    changes nothing.
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
