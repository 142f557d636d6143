"""Books tells of a copy: where it is at home, and whether it is lent."""

from dataclasses import dataclass

from loans_service.application.holds.ports import CopyReport
from loans_service.application.ports import OpensWork
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class NoteCopyReport:
    """Keep what books told of a copy, and look again at those who wait for its book.

    A report that came before, or after a later one, changes nothing.
    """

    unit_of_work: OpensWork
    clock: Clock

    async def __call__(self, report: CopyReport, *, listener: str, message_id: str) -> None:
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=message_id):
                return
            if await uow.copies.keep_report(report):
                uow.targets.look_again(report.book_id, at=self.clock.now())
            await uow.commit()
