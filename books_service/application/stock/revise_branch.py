"""Give a branch another name, time zone, other locations or contacts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from books_service.application.stock.views import BranchView
from books_service.domain.stock.branch import (
    BranchNotFound,
    Contacts,
    InvalidBranchCode,
    InvalidTimezone,
    Location,
    LocationInUse,
    TooManyLocations,
)
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class BranchRevision:
    """None leaves a thing as it is; of the contacts, only those that are given change.

    `version` is the one that the caller has seen; None: any version.
    """

    code: str
    version: int | None
    name: str | None = None
    timezone: str | None = None
    locations: Sequence[tuple[str, str]] | None = None
    contacts: Contacts = field(default_factory=dict)


@refuses(BranchNotFound, InvalidTimezone, InvalidBranchCode, TooManyLocations, LocationInUse, OutOfDate)
@dataclass(frozen=True, slots=True)
class ReviseBranch:
    """Change a branch. Its code stays: copies, loans and signs name it.

    - `locations` replaces the whole list; a location where copies stand is not taken away.
    """

    unit_of_work: BooksWorkFactory

    async def __call__(self, command: BranchRevision) -> BranchView:
        locations = None if command.locations is None else [Location.of(*each) for each in command.locations]
        async with self.unit_of_work() as uow:
            branch = await uow.branches.find(command.code)
            if branch is None:
                raise BranchNotFound
            refuse_if_stale(command.version, branch.version, thing="branch")
            in_use = await uow.branches.locations_in_use(branch.code) if locations is not None else frozenset[str]()
            branch.revise(
                name=command.name,
                timezone=command.timezone,
                locations=locations,
                contacts=command.contacts,
                in_use=in_use,
            )
            view = BranchView.of(branch)
            await uow.commit()
        return view
