"""Close a branch for some days, on short notice: what ends on these days ends later."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from loans_service.application.lending.views import CalendarView, ClosingView, DueItem, DueItems, MovedView
from loans_service.application.ports import OpensWork, UnitOfWork
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.calendar_document import HolidaysOf, read_calendar
from loans_service.domain.rules.due_date import after_closing
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt

MOST_SHOWN = 100
_BATCH = 50
_OPEN_EVERY_DAY: Mapping[str, Any] = {"weekly": None, "country": None, "subdivision": None}


class Find(Protocol):
    """One of the questions of `views.DueItems`."""

    async def __call__(
        self, *, branch: str, after: datetime, until: datetime, beyond: UUID | None, limit: int
    ) -> list[DueItem]: ...


Change = Callable[[UnitOfWork, DueItem, datetime, str, datetime], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class CloseBranch:
    """The days from `first` to `last`, both included. A `preview` changes nothing. `by` says who closes."""

    branch: str
    first: date
    last: date
    name: str
    preview: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a branch needs from outside."""

    open_work: OpensWork
    due_items: DueItems
    clock: Clock
    zone: str
    holidays_of: HolidaysOf


async def close_branch(command: CloseBranch, *, ports: Closing, receipt: Receipt | None) -> ClosingView:
    """Close a branch and move what was to end on these days, or with `preview` say what would move.

    - The closure is added to the branch's calendar; a branch without one gets one that is open every other day.
    - Open loans that were made here and are due on these days are due when the branch is open again; each is told as
      an event. Copies on the hold shelf wait as much longer. Overdue days are counted on the calendar, so none of
      these days costs anything.
    - It is done in parts. After an interruption the same request again does the rest.
    """
    calendar, version = await _close(command, ports)
    loans, holds = _Moved(), _Moved()
    async for batch in _affected(command, calendar, ports.due_items.of_loans):
        await _move(batch, command, ports, loans, change=_change_loan, calendar=calendar)
    async for batch in _affected(command, calendar, ports.due_items.of_holds):
        await _move(batch, command, ports, holds, change=_change_hold, calendar=calendar)
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
    async with ports.open_work(receipt) as uow:
        await uow.commit(answer=view)
    return view


async def _close(command: CloseBranch, ports: Closing) -> tuple[Calendar, int]:
    """Return the calendar with the closure in it, and its version; keep it, unless this is a preview."""
    async with ports.open_work() as uow:
        if not command.preview:
            await uow.rulebook.lock_to_change()
        present = await uow.rulebook.calendar(command.branch)
        version, document = (0, _OPEN_EVERY_DAY) if present is None else (present.version, present.document)
        closed = list(document.get("closed") or ())
        closure = {"from": command.first.isoformat(), "to": command.last.isoformat(), "name": command.name}
        is_new = closure not in closed
        if is_new:
            document = {"timezone": ports.zone, **document, "closed": [*closed, closure]}
        calendar = read_calendar(document, holidays_of=ports.holidays_of)
        calendar.next_open_day(command.first)
        if is_new and not command.preview:
            version += 1
            await uow.rulebook.keep_calendar(CalendarView(command.branch.upper(), version, document, ports.clock.now()))
            await uow.commit()
    return calendar, version


async def _affected(command: CloseBranch, calendar: Calendar, find: Find) -> AsyncIterator[list[DueItem]]:
    """Yield, batch by batch, what ends on the closed days."""
    after, until = calendar.end_of_day(command.first - timedelta(days=1)), calendar.end_of_day(command.last)
    beyond: UUID | None = None
    while batch := await find(branch=command.branch, after=after, until=until, beyond=beyond, limit=_BATCH):
        yield batch
        beyond = batch[-1].id


async def _move(
    batch: list[DueItem], command: CloseBranch, ports: Closing, moved: "_Moved", *, change: Change, calendar: Calendar
) -> None:
    """Let a batch end later, in one transaction, and note it in `moved`."""
    later = {item: after_closing(item.at, calendar=calendar) for item in batch}
    later = {item: moved_to for item, moved_to in later.items() if moved_to != item.at}
    if not command.preview and later:
        async with ports.open_work(by=command.by) as uow:
            for book_id in sorted({item.book_id for item in later}):  # in one order: nobody waits in a circle
                await uow.lock(book_id=book_id)
            now = ports.clock.now()
            later = {
                item: moved_to
                for item, moved_to in later.items()
                if await change(uow, item, moved_to, f"Closed: {command.name}", now)
            }
            await uow.commit()
    moved.note(later)


async def _change_loan(uow: UnitOfWork, item: DueItem, moved_to: datetime, why: str, now: datetime) -> bool:
    loan = await uow.loans.get(item.id)
    if loan is None or loan.due_at != item.at or loan.refusals():
        return False  # something else has happened to it meanwhile, under the calendar that counts now
    loan.change_due_date(moved_to, why=why, now=now)
    return True


async def _change_hold(uow: UnitOfWork, item: DueItem, moved_to: datetime, _: str, now: datetime) -> bool:
    hold = await uow.holds.get(item.id)
    if hold is None or hold.pickup_until != item.at:
        return False
    hold.keep_until(moved_to, now=now)
    return True


class _Moved:
    """What was moved: how many, and the first of them."""

    def __init__(self) -> None:
        self.number = 0
        self.some: list[MovedView] = []

    def note(self, later: Mapping[DueItem, datetime]) -> None:
        self.number += len(later)
        for item, moved_to in list(later.items())[: MOST_SHOWN - len(self.some)]:
            self.some.append(MovedView(item.id, item.at, moved_to))
