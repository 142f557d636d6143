"""Open a branch."""

from dataclasses import dataclass

from books_service.application.catalogue.views import BranchView
from books_service.application.ports import UnitOfWork
from books_service.domain.stock.branch import Branch, BranchCodeTaken, InvalidBranchCode, InvalidTimezone
from shared.kernel.clock import Clock

REFUSALS = (BranchCodeTaken, InvalidBranchCode, InvalidTimezone)


@dataclass(frozen=True, slots=True)
class AddBranch:
    """A new place. Without a time zone it keeps the library's."""

    code: str
    name: str
    timezone: str | None = None


async def add_branch(command: AddBranch, *, uow: UnitOfWork, clock: Clock, timezone: str) -> BranchView:
    """Add a branch. Its code must be new; capitals and small letters count as the same."""
    branch = Branch.open(code=command.code, name=command.name, timezone=command.timezone or timezone, now=clock.now())
    async with uow:
        if await uow.branches.find(branch.code) is not None:
            raise BranchCodeTaken
        uow.branches.add(branch)
        view = BranchView.of(branch)
        await uow.commit(answer=view)
    return view
