"""Books tells of a copy: which label it bears, where it is at home, and whether it is lent."""

from dataclasses import dataclass

from loans_service.application.holds.ports import CopyReport
from loans_service.application.ports import OpensWork
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class NoteCopyReport:
    """Keep what books told of a copy, and look again at those who wait for its book.

    Loans and holds of it show the barcode that it bears now, and a scan of that finds it. A report that came before, or
    after a later one, changes nothing.
    """

    unit_of_work: OpensWork
    clock: Clock

    async def __call__(self, report: CopyReport, *, listener: str, message_id: str) -> None:
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=message_id):
                return
            old = await uow.corrections.books_under_old_label(report.copy_id, report.barcode)
            await uow.lock_books(old)  # before the row of the copy, as at the desk
            if await uow.copies.keep_report(report):
                if old:
                    await uow.corrections.barcode(report.copy_id, report.barcode)
                uow.targets.look_again(report.book_id, at=self.clock.now())
            await uow.commit()
