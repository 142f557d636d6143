"""Close a branch for good, and move what belongs to it."""

from dataclasses import dataclass

from books_service.application.stock.views import BranchClosure
from books_service.domain.stock.branch import BranchClosed, BranchNotFound, InvalidSuccessor
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuses
from shared.kernel.receipts import Receipt

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Closing:
    """Which branch closes, and which one gets its copies. A `dry_run` changes nothing."""

    code: str
    copies_to: str
    dry_run: bool = False


@refuses(BranchNotFound, BranchClosed, InvalidSuccessor, OutOfDate)
@dataclass(frozen=True, slots=True)
class CloseBranch:
    """Close a branch for good, or with `dry_run` say what there is in it.

    - From then on it takes no copies, and lending neither lends nor takes holds there. It is not listed among the
      branches any more, and is shown where somebody asks for it.
    - Its copies are at home in `copies_to` within minutes, without their locations; those on loan, too, which come back
      there. The same request again says how many are left.
    - Lending lets holds be fetched there, and turns what is on its way. Loans go on: they are returned elsewhere.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: Closing, receipt: Receipt | None = None) -> BranchClosure:
        async with self.unit_of_work(receipt) as uow:
            await uow.branches.lock(command.code, command.copies_to)  # or two at once leave their copies to each other
            branch = await uow.branches.find(command.code)
            if branch is None:
                raise BranchNotFound
            branch.close(await uow.branches.find(command.copies_to), now=self.clock.now())
            view = BranchClosure(
                branch.code,
                branch.copies_to or "",
                command.dry_run,
                branch.closed_at,
                **await uow.branches.contents(branch.code),
            )
            if not command.dry_run:
                await uow.commit(answer=view)
        return view


@dataclass(frozen=True, slots=True)
class EmptyClosedBranches:
    """Move the copies of closed branches to those that have them now; lending is told as of any other move.

    It goes by what is left, in parts, each in its own transaction: an interruption only delays it.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self) -> None:
        more = True
        while more:
            async with self.unit_of_work() as uow:
                left = await uow.copies.of_closed_branches(most=_AT_ONCE)
                closed = [branch for branch in await uow.branches.all() if left and branch.copies_to is not None]
                for copy in left:
                    for branch in closed:
                        copy.leave(branch.code, into=branch.copies_to or "", now=self.clock.now())
                await uow.commit()
            more = len(left) == _AT_ONCE
