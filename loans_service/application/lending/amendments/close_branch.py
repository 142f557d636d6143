"""Close a branch on short notice, and move what ends on the closed days."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from loans_service.application.lending.queries.due_items import DueItemQueries
from loans_service.application.lending.views import ClosingView, DueItem, MovedView
from loans_service.application.neighbours import Branches, branch_of
from loans_service.domain.lendable_copy import UnknownBranch
from loans_service.domain.rules.calendar import Calendar, ClosingPassed, NoOpenDay
from loans_service.domain.rules.calendar_document import BranchCalendar, HolidaysOf, read_calendar
from loans_service.domain.rules.due_date import after_closing
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.receipts import Receipt

MOST_LISTED = 100
_BATCH = 50
_OPEN_EVERY_DAY: Mapping[str, Any] = {"weekly": None, "country": None, "subdivision": None}


@dataclass(frozen=True, slots=True)
class Closing:
    """The days from `first` to `last`, both included. A `preview` changes nothing."""

    branch: str
    first: date
    last: date
    name: str
    preview: bool = False
    by: str = SYSTEM

    @property
    def document(self) -> dict[str, str]:
        """The closure as a calendar's document has it."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "name": self.name}


@dataclass(slots=True)
class _Moved:
    """The loans or holds that were moved: how many, and the first of them."""

    number: int = 0
    some: list[MovedView] = field(default_factory=list[MovedView])

    def note(self, item: DueItem, moved_to: datetime) -> None:
        self.number += 1
        if len(self.some) < MOST_LISTED:
            self.some.append(MovedView(item.id, item.at, moved_to))


@refuses(NoOpenDay, UnknownBranch, ClosingPassed, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class CloseBranch:
    """Close a branch and move what was to end on these days, or with `preview` say what would move.

    - The closure is added to the branch's calendar; a branch without one gets one that is open every other day, in the
      branch's zone.
    - Open loans that were made here and are due on these days are due when the branch is open again, or on the same
      weekday, or stay as they are, as `when_closed` of their rule says; none is due earlier. Each that moves is told as
      `loans.loan.due_date_changed`. Copies on the hold shelf wait as much longer. Overdue days are counted on the
      calendar, so none of these days costs anything.
    - It is done in parts. After an interruption the same request again does the rest.
    """

    unit_of_work: LoansWorkFactory
    due_items: DueItemQueries
    branches: Branches
    clock: Clock
    holidays_of: HolidaysOf

    async def __call__(self, command: Closing, receipt: Receipt | None = None) -> ClosingView:
        calendar, version = await self._close(command)
        loans, holds = _Moved(), _Moved()
        async for batch in _in_batches(self.due_items.of_loans, command, calendar):
            for item, moved_to in await self._move_loans(batch, command, calendar):
                loans.note(item, moved_to)
        async for batch in _in_batches(self.due_items.of_holds, command, calendar):
            for item, moved_to in await self._move_holds(batch, command, calendar):
                holds.note(item, moved_to)
        view = ClosingView(
            branch=command.branch.upper(),
            calendar_version=version,
            preview=command.preview,
            first=command.first,
            last=command.last,
            name=command.name,
            loans_moved=loans.number,
            loans=loans.some,
            holds_moved=holds.number,
            holds=holds.some,
        )
        async with self.unit_of_work(receipt) as uow:
            await uow.commit(answer=view)
        return view

    async def _close(self, command: Closing) -> tuple[Calendar, int]:
        """Return the calendar with the closure added, and its version; store it unless this is a preview."""
        beginning = await self._without_calendar(command.branch)
        async with self.unit_of_work() as uow:
            if not command.preview:
                await uow.rulebook.lock_to_change()
            present = await uow.rulebook.calendar(command.branch)
            version, document = (0, beginning) if present is None else (present.version, present.document)
            closed = list(document.get("closed") or ())
            is_new = command.document not in closed
            if is_new:
                document = {**document, "closed": [*closed, command.document]}
            calendar = read_calendar(document, holidays_of=self.holidays_of)
            if command.last < calendar.day_of(self.clock.now()):
                raise ClosingPassed
            calendar.next_open_day(command.first)
            if is_new and not command.preview:
                version += 1
                view = BranchCalendar(command.branch.upper(), version, document, self.clock.now())
                await uow.rulebook.keep_calendar(view)
                await uow.commit()
        return calendar, version

    async def _without_calendar(self, code: str) -> Mapping[str, Any]:
        """Return the first calendar of a branch without one, whose zone books is asked for. Raises UnknownBranch."""
        async with self.unit_of_work() as uow:
            if await uow.rulebook.calendar(code) is not None:
                return {}
        branch = branch_of(code, await self.branches.branches())
        return {"timezone": branch.timezone, **_OPEN_EVERY_DAY}

    async def _move_loans(
        self, batch: list[DueItem], command: Closing, calendar: Calendar
    ) -> list[tuple[DueItem, datetime]]:
        """Move the due dates of a batch of loans in one transaction; return what moved, or would."""
        moved: list[tuple[DueItem, datetime]] = []
        async with self.unit_of_work(by=command.by) as uow:
            later = await _later(batch, calendar, uow)
            if command.preview or not later:
                return later
            await uow.lock_books({item.book_id for item, _ in later})
            now = self.clock.now()
            for item, moved_to in later:
                loan = await uow.loans.get(item.id)
                if loan is None or loan.due_at != item.at or loan.refusals():
                    continue  # it has changed meanwhile, under the new calendar
                loan.change_due_date(moved_to, why=f"Closed: {command.name}", now=now)
                moved.append((item, moved_to))
            await uow.commit()
        return moved

    async def _move_holds(
        self, batch: list[DueItem], command: Closing, calendar: Calendar
    ) -> list[tuple[DueItem, datetime]]:
        """Move the pickup deadlines of a batch of holds in one transaction; return what moved, or would."""
        moved: list[tuple[DueItem, datetime]] = []
        async with self.unit_of_work(by=command.by) as uow:
            later = await _later(batch, calendar, uow)
            if command.preview or not later:
                return later
            await uow.lock_books({item.book_id for item, _ in later})
            now = self.clock.now()
            for item, moved_to in later:
                hold = await uow.holds.get(item.id)
                if hold is None or hold.pickup_until != item.at:
                    continue
                hold.keep_until(moved_to, now=now)
                moved.append((item, moved_to))
            await uow.commit()
        return moved


class _Find(Protocol):
    async def __call__(
        self, *, branch: str, after: datetime, until: datetime, beyond: UUID | None, limit: int
    ) -> list[DueItem]: ...


async def _in_batches(find: _Find, command: Closing, calendar: Calendar) -> AsyncIterator[list[DueItem]]:
    """Yield what ends on the closed days, batch by batch."""
    after, until = calendar.end_of_day(command.first - timedelta(days=1)), calendar.end_of_day(command.last)
    beyond: UUID | None = None
    while batch := await find(branch=command.branch, after=after, until=until, beyond=beyond, limit=_BATCH):
        yield batch
        beyond = batch[-1].id


async def _later(batch: list[DueItem], calendar: Calendar, uow: UnitOfWork) -> list[tuple[DueItem, datetime]]:
    """Return what ends later, by the rules that the loans were made under."""
    moved: list[tuple[DueItem, datetime]] = []
    for item in batch:
        rule = None
        if item.rule is not None and item.policy_version is not None:
            rule = (await uow.rulebook.policy(item.policy_version)).rule_named(item.rule)
        moved_to = after_closing(item.at, calendar=calendar, rule=rule, renewed=item.renewals > 0)
        if moved_to != item.at:
            moved.append((item, moved_to))
    return moved
