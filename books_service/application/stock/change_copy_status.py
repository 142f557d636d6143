"""Say what the library says of a copy: lent, for reference, in repair, missing, withdrawn."""

from dataclasses import dataclass
from uuid import UUID

from books_service.application.catalogue.views import CopyView
from books_service.application.ports import UnitOfWork
from books_service.domain.stock.copy import CopyNotFound, CopyOnLoan, CopyWithdrawn
from books_service.domain.stock.copy_status import CopyStatus
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate

REFUSALS = (CopyNotFound, CopyOnLoan, CopyWithdrawn, OutOfDate)


@dataclass(frozen=True, slots=True)
class ChangeCopyStatus:
    """The value of a CopyStatus for a copy, and why."""

    copy_id: UUID
    status: str
    reason: str | None = None
    by_admin: bool = False
    by: str | None = None


async def change_copy_status(command: ChangeCopyStatus, *, uow: UnitOfWork, clock: Clock) -> CopyView:
    """Change the status of a copy.

    - Only a copy that is `in_service` may be lent; where it is at present makes no difference.
    - `withdrawn` is final: only an admin can take such a copy back into stock.
    - A copy that is on loan is not withdrawn; the refusal says when it is due.
    - The status that the copy has already changes nothing.
    """
    async with uow:
        copy = await uow.copies.get(command.copy_id)
        circulation = await uow.circulation.of(copy.id)
        copy.change_status(
            CopyStatus(command.status),
            reason=command.reason,
            by_admin=command.by_admin,
            now=clock.now(),
            circulation=circulation,
            by=command.by,
        )
        view = CopyView.of(copy, circulation)
        await uow.commit(answer=view)
    return view
