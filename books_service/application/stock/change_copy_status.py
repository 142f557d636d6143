"""Change the status of a copy, or of many: in service, for reference, in repair, missing, withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from books_service.application.stock.views import BulkLine, BulkResult, CopyView
from books_service.domain.rights import COPIES, WITHDRAW
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_refusals import CopyNotFound, CopyOnLoan, CopyWithdrawn
from books_service.domain.stock.copy_status import CopyStatus
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, OutOfDate, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The value of a CopyStatus for a copy, and why."""

    copy_id: UUID
    status: str
    reason: str | None = None
    by_admin: bool = False
    by: str | None = None


@refuses(CopyNotFound, CopyOnLoan, CopyWithdrawn, OutOfDate)
@dataclass(frozen=True, slots=True)
class ChangeCopyStatus:
    """Change the status of a copy.

    - Only a copy that is `in_service` may be lent; where it is at present makes no difference.
    - `withdrawn` is final: only an admin can take such a copy back into stock.
    - A copy that is on loan is not withdrawn; the refusal says when it is due.
    - The status that the copy has already changes nothing.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: StatusChange, receipt: Receipt | None = None) -> CopyView:
        async with self.unit_of_work(receipt) as uow:
            copy = await uow.copies.get(command.copy_id)
            titles = await uow.copies.bound_titles([copy])
            view = _changed(copy, command, await uow.circulation.of(copy.id), titles, self.clock)
            await uow.commit(answer=view)
        return view


@dataclass(frozen=True, slots=True)
class StatusChanges:
    """One status for many copies, by their barcodes."""

    barcodes: Sequence[str]
    status: str
    reason: str | None = None
    by_admin: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeCopyStatuses:
    """Change the status of up to 500 copies at once, and say for each line what became of it.

    - What is refused for one copy does not stop the others.
    - All changes are kept together, or none of them.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: StatusChanges, receipt: Receipt | None = None) -> BulkResult:
        async with self.unit_of_work(receipt) as uow:
            found = {copy.barcode_key: copy for copy in await uow.copies.with_barcodes(command.barcodes)}
            circulation = await uow.circulation.of_many({copy.id for copy in found.values()})
            titles = await uow.copies.bound_titles(found.values())
            lines = [
                self._line(each, found.get(barcode_key(each)), command, circulation, titles)
                for each in command.barcodes
            ]
            failed = sum(line.problem is not None for line in lines)
            result = BulkResult(len(lines) - failed, failed, tuple(lines))
            await uow.commit(answer=result)
        return result

    def _line(
        self,
        barcode: str,
        copy: Copy | None,
        command: StatusChanges,
        circulation: Mapping[UUID, CopyAvailability],
        titles: Mapping[UUID, str],
    ) -> BulkLine:
        try:
            if copy is None:
                raise CopyNotFound
            change = StatusChange(copy.id, command.status, command.reason, command.by_admin, command.by)
            return BulkLine(barcode, _changed(copy, change, circulation.get(copy.id), titles, self.clock), None)
        except LibraryError as refusal:
            return BulkLine(barcode, None, {**refusal.figures, "code": refusal.code, "detail": refusal.detail})


def _changed(
    copy: Copy, command: StatusChange, circulation: CopyAvailability | None, titles: Mapping[UUID, str], clock: Clock
) -> CopyView:
    status = CopyStatus(command.status)
    authorise(WITHDRAW if status.final else COPIES, copy.branch)
    copy.change_status(
        status,
        reason=command.reason,
        by_admin=command.by_admin,
        now=clock.now(),
        circulation=circulation,
        by=command.by,
    )
    return CopyView.of(copy, circulation, titles)
