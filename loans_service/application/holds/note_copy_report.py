"""Books tells of a copy: which label it bears, where it is at home, and whether it is lent."""

from dataclasses import dataclass

from loans_service.application.holds.ports import CopyReport
from loans_service.application.ports import OpensWork
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class NoteCopyReport:
    """Keep what books told of a copy, and look again at those who wait for its book.

    Loans and holds of it show the barcode that it bears now, and a scan of that finds it. A copy that was paid for as
    lost, or missed, and that somebody puts into service is free again. A report that came before, or after a later one,
    changes nothing.
    """

    unit_of_work: OpensWork
    clock: Clock

    async def __call__(self, report: CopyReport, *, listener: str, message_id: str) -> None:
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=message_id):
                return
            old = await uow.corrections.books_under_old_label(report.copy_id, report.barcode)
            mine = [report.book_id] if report.may_end_a_search else []
            await uow.lock_books({*old, *mine})  # before the row of the copy, as at the desk
            was_gone = report.may_end_a_search and await uow.copies.is_gone(report.copy_id)
            if await uow.copies.keep_report(report):
                if was_gone:
                    await uow.copies.republish_state(report.copy_id, book_id=report.book_id, now=self.clock.now())
                if old:
                    await uow.corrections.barcode(report.copy_id, report.barcode)
                uow.targets.look_again(report.book_id, at=self.clock.now())
            await uow.commit()
