"""Give a branch another name or time zone."""

from dataclasses import dataclass

from books_service.application.catalogue.views import BranchView
from books_service.application.ports import UnitOfWork
from books_service.domain.stock.branch import BranchNotFound, InvalidTimezone
from shared.kernel.errors import OutOfDate, refuse_if_stale

REFUSALS = (BranchNotFound, InvalidTimezone, OutOfDate)


@dataclass(frozen=True, slots=True)
class ReviseBranch:
    """None leaves a thing as it is. `version` is the one that the caller has seen; None changes whichever is there."""

    code: str
    version: int | None
    name: str | None = None
    timezone: str | None = None


async def revise_branch(command: ReviseBranch, *, uow: UnitOfWork) -> BranchView:
    """Change a branch. Its code stays: copies, loans and signs name it."""
    async with uow:
        branch = await uow.branches.find(command.code)
        if branch is None:
            raise BranchNotFound
        refuse_if_stale(command.version, branch.version, thing="branch")
        branch.revise(name=command.name, timezone=command.timezone)
        view = BranchView.of(branch)
        await uow.commit()
    return view
