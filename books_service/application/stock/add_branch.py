"""Open a branch."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from books_service.application.stock.views import BranchView
from books_service.domain.stock.branch import (
    Branch,
    BranchCodeTaken,
    Contacts,
    InvalidBranchCode,
    InvalidTimezone,
    Location,
    TooManyLocations,
)
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class NewBranch:
    """A new branch. Without a time zone it has the library's. Locations are codes and names."""

    code: str
    name: str
    timezone: str | None = None
    locations: Sequence[tuple[str, str]] = ()
    contacts: Contacts = field(default_factory=dict)


@refuses(BranchCodeTaken, InvalidBranchCode, InvalidTimezone, TooManyLocations)
@dataclass(frozen=True, slots=True)
class AddBranch:
    """Add a branch. Its code must be new; capitals and small letters count as the same."""

    unit_of_work: BooksWorkFactory
    clock: Clock
    timezone: str

    async def __call__(self, command: NewBranch, receipt: Receipt | None = None) -> BranchView:
        branch = Branch.open(
            code=command.code,
            name=command.name,
            timezone=command.timezone or self.timezone,
            locations=[Location.of(*each) for each in command.locations],
            contacts=command.contacts,
            now=self.clock.now(),
        )
        async with self.unit_of_work(receipt) as uow:
            if await uow.branches.find(branch.code) is not None:
                raise BranchCodeTaken
            uow.branches.add(branch)
            view = BranchView.of(branch)
            await uow.commit(answer=view)
        return view
