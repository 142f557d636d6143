"""Change a hold: cancel, expire, suspend, resume or revise it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from loans_service.application.holds.commands import HoldSuspension, OfHold
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.holds.show_holds import show_hold
from loans_service.application.neighbours import Catalogue, Stock
from loans_service.domain.holds.hold import Hold, HoldChange
from loans_service.domain.holds.hold_refusals import HoldNotActive, HoldNotFound, HoldNotWaiting
from loans_service.domain.holds.placing import (
    HoldNotAllowedByPolicy,
    InvalidHoldExpiry,
    InvalidHoldStart,
    against_days,
    against_fetching,
)
from loans_service.domain.lendable_copy import BookNotFound, BookWasMerged, UnknownBranch
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import (
    LibraryError,
    NeighbourUnavailable,
    OutOfDate,
    refusals_of,
    refuse_if_any,
    refuse_if_stale,
    refuses,
)
from shared.kernel.receipts import Receipt

_DAYS = ("not_before", "expires_on")


@asynccontextmanager
async def locked_hold(
    command: OfHold, unit_of_work: LoansWorkFactory, queries: HoldQueries, receipt: Receipt | None = None
) -> AsyncIterator[tuple[Hold, UnitOfWork]]:
    """Yield the hold under the lock of its book, and the transaction. Raises HoldNotFound and OutOfDate."""
    while True:
        view = await show_hold(command.hold_id, only_of=command.only_of, queries=queries)
        async with unit_of_work(receipt, by=command.by) as uow:
            await uow.lock(book_id=view.book_id)
            hold = await uow.holds.get(command.hold_id)
            if hold is None:
                raise HoldNotFound
            if hold.book_id != view.book_id:  # merged meanwhile: another book is to be locked
                continue
            refuse_if_stale(command.version, hold.version, thing="hold")
            yield hold, uow
            return


@refuses(HoldNotFound, HoldNotActive, OutOfDate)
@dataclass(frozen=True, slots=True)
class CancelHold:
    """Cancel a hold, by the member or by staff, or by the library itself for a `reason`.

    - Those behind move up. Cancelling once more changes nothing.
    - A copy that was to be pulled stays on its shelf, for the next whom it can serve. One that was captured passes at
      once to the next hold that is fetched where it lies or goes; for any other it waits on the list of copies to clear
      until somebody scans it, and is not shown as held; one on its way goes home.
    """

    unit_of_work: LoansWorkFactory
    queries: HoldQueries
    clock: Clock

    async def __call__(self, command: OfHold, receipt: Receipt | None = None, *, reason: str | None = None) -> HoldView:
        async with locked_hold(command, self.unit_of_work, self.queries, receipt) as (hold, uow):
            now, copy_id = self.clock.now(), hold.copy_id if hold.is_active else None
            hold.cancel(now=now, reason=reason)
            if copy_id is not None:
                await release_copy(copy_id, uow=uow, now=now)
            view = HoldView.of(hold, now=now)
            await uow.commit(answer=view)
        return view


async def expire_hold(command: OfHold, *, unit_of_work: LoansWorkFactory, queries: HoldQueries, clock: Clock) -> bool:
    """Expire a hold whose copy was not fetched in time, or whose last day has passed; return whether it was so."""
    async with locked_hold(command, unit_of_work, queries) as (hold, uow):
        now, copy_id = clock.now(), hold.copy_id
        if not hold.has_passed(now):
            return False
        hold.expire(now=now)
        if copy_id is not None:
            await release_copy(copy_id, uow=uow, now=now)
        await uow.commit()
    return True


@refuses(HoldNotFound, HoldNotActive, HoldNotWaiting, OutOfDate)
@dataclass(frozen=True, slots=True)
class SuspendHold:
    """Suspend a hold until a moment, or until it is resumed.

    - It keeps its place in the queue, but copies pass it by. Suspending once more sets the new end.
    - A hold for which a copy is captured cannot be suspended; one that is only to be pulled stays on its shelf. A loan
      that was recalled for it keeps its due date, and is recalled for somebody else who recalls the book.
    """

    unit_of_work: LoansWorkFactory
    queries: HoldQueries
    clock: Clock

    async def __call__(self, command: HoldSuspension, receipt: Receipt | None = None) -> HoldView:
        async with locked_hold(command.hold, self.unit_of_work, self.queries, receipt) as (hold, uow):
            now, copy_id, recalled = self.clock.now(), hold.copy_id, hold.recalled_loan_id
            hold.suspend(until=command.until)
            if recalled != hold.recalled_loan_id:
                uow.retarget_requests.add(hold.book_id, at=now)
            if copy_id is not None and hold.is_suspended(now):
                hold.lose_copy(now=now)
                await release_copy(copy_id, uow=uow, now=now)
            if command.until is not None:
                uow.retarget_requests.add(hold.book_id, at=command.until)
            view = HoldView.of(hold, now=now, position=await uow.holds.position_of(hold))
            await uow.commit(answer=view)
        return view


@refuses(*refusals_of(SuspendHold))
@dataclass(frozen=True, slots=True)
class ResumeHold:
    """Resume a suspended hold. Resuming one that is not suspended changes nothing."""

    unit_of_work: LoansWorkFactory
    queries: HoldQueries
    clock: Clock

    async def __call__(self, command: OfHold, receipt: Receipt | None = None) -> HoldView:
        async with locked_hold(command, self.unit_of_work, self.queries, receipt) as (hold, uow):
            now = self.clock.now()
            hold.resume()
            uow.retarget_requests.add(hold.book_id, at=now)
            view = HoldView.of(hold, now=now, position=await uow.holds.position_of(hold))
            await uow.commit(answer=view)
        return view


@dataclass(frozen=True, slots=True)
class Revise:
    """What changes in a hold, by field names, and the version that is changed; None: any version."""

    hold: OfHold
    version: int | None
    fields: dict[str, Any] = field(default_factory=dict)


@refuses(
    HoldNotFound,
    HoldNotActive,
    HoldNotWaiting,
    BookNotFound,
    BookWasMerged,
    HoldNotAllowedByPolicy,
    UnknownBranch,
    InvalidHoldExpiry,
    InvalidHoldStart,
    OutOfDate,
    NeighbourUnavailable,
)
@dataclass(frozen=True, slots=True)
class ReviseHold:
    """Change where and when a hold is to be served, without losing its place.

    - The pickup branch and the days can be changed while the member waits; the comment until the hold ends. null takes
      a day, a comment or the branch away: then the copy is fetched where it is at home.
    - In a branch where the policy takes no holds for this, it cannot be fetched.
    - What is to be pulled is chosen anew.
    """

    unit_of_work: LoansWorkFactory
    queries: HoldQueries
    catalogue: Catalogue
    stock: Stock
    clock: Clock

    async def __call__(self, command: Revise) -> HoldView:
        fields, item_types = dict(command.fields), None
        if fields.get("pickup_branch") is not None:
            fields["pickup_branch"] = await self.catalogue.branch(fields["pickup_branch"])
            present = await show_hold(command.hold.hold_id, only_of=command.hold.only_of, queries=self.queries)
            item_types = (await self.stock.copies_of(present.book_id, volume=present.volume)).item_types
        async with locked_hold(command.hold, self.unit_of_work, self.queries) as (hold, uow):
            refuse_if_stale(command.version, hold.version, thing="hold")
            now, had, was = self.clock.now(), hold.copy_id, hold.version
            before = {name: getattr(hold, name) for name in HoldChange.__dataclass_fields__}
            change = HoldChange(**(before | fields))
            rules = await uow.rulebook.in_force(branch=change.pickup_branch or hold.target_branch or "")
            refusals: list[LibraryError] = []
            if fields.keys() & _DAYS:
                days = {name: getattr(change, name) for name in _DAYS}
                refusals += against_days(**days, today=rules.calendar.day_of(now))
            if item_types is not None:
                refusals += against_fetching(rules.policy, hold.category, item_types, branch=fields["pickup_branch"])
            refuse_if_any(refusals)
            hold.revise(change, calendar=rules.calendar)
            if hold.version != was and hold.has_target and had is not None:
                hold.lose_copy(now=now)
                await release_copy(had, uow=uow, now=now)
            if hold.recalled_loan_id is not None and hold.starts_at is not None and hold.starts_at > now:
                hold.release_loan()  # a hold that begins later recalls nothing now
            for moment in (now, hold.starts_at, hold.expires_at):
                if moment is not None and hold.version != was:
                    uow.retarget_requests.add(hold.book_id, at=moment)
            view = HoldView.of(hold, now=now, position=await uow.holds.position_of(hold))
            await uow.commit(answer=view)
        return view
