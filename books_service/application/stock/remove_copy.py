"""Take a copy off the record that was entered by mistake."""

from dataclasses import dataclass
from uuid import UUID

from books_service.domain.rights import WITHDRAW
from books_service.domain.stock.copy_refusals import CopyHasPast, CopyNotFound
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class CopyRemoval:
    """`version` is the one that the caller has seen; None: any version."""

    copy_id: UUID
    version: int | None = None
    by: str | None = None


@refuses(CopyNotFound, CopyHasPast, OutOfDate)
@dataclass(frozen=True, slots=True)
class RemoveCopy:
    """Remove a copy that was entered by mistake.

    - A copy that was ever lent, kept for somebody or moved between branches stays: withdraw it instead.
    - Its history stays readable.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: CopyRemoval) -> None:
        async with self.unit_of_work() as uow:
            copy = await uow.copies.get(command.copy_id)
            authorise(WITHDRAW, copy.branch)
            refuse_if_stale(command.version, copy.version, thing="copy")
            copy.remove(circulation=await uow.circulation.of(copy.id), now=self.clock.now(), by=command.by)
            await uow.copies.remove(copy)
            await uow.commit()
