"""Give a branch its calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loans_service.application.neighbours import Branches, branch_of
from loans_service.domain.lendable_copy import UnknownBranch
from loans_service.domain.rules.calendar_document import (
    BranchCalendar,
    HolidaysOf,
    InvalidCalendar,
    read_calendar,
    refuse_if_never_open,
)
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, OutOfDate, refuses

NONE_YET = 0


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """The whole calendar of a branch, and the version that it replaces.

    `in_place_of` is None for any version, NONE_YET for a branch without a calendar.
    """

    branch: str
    document: Mapping[str, Any]
    in_place_of: int | None


@refuses(InvalidCalendar, UnknownBranch, OutOfDate, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ChangeCalendar:
    """Give a branch another calendar, or its first.

    - It counts at once and for every desk: for loans from now on, and for the days by which a late copy is late.
    - Loans keep the due dates that they have. A closure that shall move them is an emergency closing.
    - Without `weekly` the branch is open every day; with it, a day that it leaves out is closed. `weeks` are times of
      the year with other hours. Public holidays of the `country`, and of its `subdivision` if one is named, are closed
      days. `open` are days on which the branch opens all the same; only a closure in `closed` counts before them.
    - A calendar by which the branch never opens is refused: nothing could fall due there.
    - The first calendar of a branch is for one that books knows.
    """

    unit_of_work: LoansWorkFactory
    branches: Branches
    clock: Clock
    holidays_of: HolidaysOf

    async def __call__(self, command: CalendarChange) -> BranchCalendar:
        read_calendar(command.document, holidays_of=self.holidays_of)
        refuse_if_never_open(command.document)
        if command.in_place_of in (None, NONE_YET):
            branch_of(command.branch, await self.branches.branches())
        async with self.unit_of_work() as uow:
            await uow.rulebook.lock_to_change()
            present = await uow.rulebook.calendar(command.branch)
            version = NONE_YET if present is None else present.version
            if command.in_place_of not in (None, version):
                raise OutOfDate("Somebody else changed this calendar meanwhile. Read it again and repeat the change.")
            calendar = BranchCalendar(command.branch.upper(), version + 1, command.document, self.clock.now())
            await uow.rulebook.keep_calendar(calendar)
            await uow.commit()
        return calendar
