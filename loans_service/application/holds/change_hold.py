"""Change a hold: cancel, expire, suspend or resume it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from loans_service.application.holds.commands import HoldCancellation, HoldSuspension, OfHold
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.holds.show_holds import show_hold
from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.application.whose_things import acting_for
from loans_service.domain.borrower import CardReplaced, CardStopped, GuardianNotFound, MayNotActFor, MemberNotFound
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.hold_refusals import HoldNotActive, HoldNotFound, HoldNotWaiting
from loans_service.domain.holds.placing import MemberNotNamed
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.rights import PLACE_HOLDS
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, OutOfDate, refusals_of, refuse_if_stale, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@asynccontextmanager
async def locked_hold(
    command: OfHold,
    unit_of_work: LoansWorkFactory,
    queries: HoldQueries,
    receipt: Receipt | None = None,
    *,
    where_fetched: bool = True,
) -> AsyncIterator[tuple[Hold, UnitOfWork]]:
    """Yield the hold under the lock of its book, and the transaction. Raises HoldNotFound and OutOfDate.

    The right is asked for where the hold is fetched; otherwise whoever calls this asks for it elsewhere.
    """
    while True:
        view = await show_hold(command.hold_id, only_of=command.only_of, queries=queries)
        async with unit_of_work(receipt, by=command.by) as uow:
            await uow.lock(book_id=view.book_id)
            hold = await uow.holds.get(command.hold_id)
            if hold is None:
                raise HoldNotFound
            if hold.book_id != view.book_id:  # merged meanwhile: another book is to be locked
                continue
            if where_fetched:
                authorise(PLACE_HOLDS, await branch_of_hold(hold, uow), unless_own=hold.member_id)
            refuse_if_stale(command.version, hold.version, thing="hold")
            yield hold, uow
            return


async def branch_of_hold(hold: Hold, uow: UnitOfWork) -> str | None:
    """Return the branch where the hold is fetched: without a pickup branch that is where its copy is at home.

    For a copy that never moved that is what books last told. None where no copy is known yet: then it is fetched in
    whatever branch.
    """
    copy_id = hold.copy_id or hold.wanted_copy_id
    if hold.pickup_branch is not None or copy_id is None:
        return hold.pickup_branch
    record = await uow.copies.away(copy_id)
    return await uow.copies.reported_branch(copy_id) if record is None else record.copy.home_branch


@refuses(HoldNotFound, HoldNotActive, OutOfDate, StaffOnly)
@dataclass(frozen=True, slots=True)
class CancelHold:
    """Cancel a hold, by the member or by staff, or by the library itself.

    - Those behind move up. Cancelling once more changes nothing.
    - A copy that was to be pulled stays on its shelf, for the next whom it can serve. One that was captured passes at
      once to the next hold that is fetched where it lies or goes; for any other it waits on the list of copies to clear
      until somebody scans it, and is not shown as held; one on its way goes home.
    - The `reason` that staff give is for the member, who reads it in the hold as `reason_given`.
    """

    unit_of_work: LoansWorkFactory
    queries: HoldQueries
    clock: Clock

    async def __call__(self, command: HoldCancellation, receipt: Receipt | None = None) -> HoldView:
        if command.explanation is not None and not command.by_staff:
            raise StaffOnly("reason")
        async with locked_hold(command.hold, self.unit_of_work, self.queries, receipt) as (hold, uow):
            now, copy_id = self.clock.now(), hold.copy_id if hold.is_active else None
            hold.cancel(now=now, reason=command.reason, explanation=command.explanation, acted_by=command.acted_by)
            if copy_id is not None:
                await release_copy(copy_id, uow=uow, now=now)
            view = HoldView.of(hold, now=now)
            await uow.commit(answer=view)
        return view


@dataclass(frozen=True, slots=True)
class WardCancellation:
    """What is cancelled, and who asks for whom."""

    cancellation: HoldCancellation
    guardian: MemberKey | None
    acting_for: UUID


@refuses(
    *(MemberNotFound, CardReplaced, CardStopped, GuardianNotFound, MayNotActFor, MemberNotNamed),
    NeighbourUnavailable,
)
@dataclass(frozen=True, slots=True)
class CancelForWard:
    """With `acting_for` a guardian or proxy, by the own card or sign-in, cancels the hold of that member.

    The hold says who did it (`cancelled_by`).
    """

    cancel_hold: CancelHold
    members: MemberDirectory

    async def __call__(self, command: WardCancellation, receipt: Receipt | None = None) -> HoldView:
        if command.guardian is None:
            raise MemberNotNamed
        key = replace(command.guardian, acting_for=command.acting_for)
        ward, guardian = await acting_for(key, self.members, "hold")
        asked = command.cancellation
        hold = replace(asked.hold, only_of=ward)
        return await self.cancel_hold(replace(asked, hold=hold, acted_by=guardian), receipt)


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
