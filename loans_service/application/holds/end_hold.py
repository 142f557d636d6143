"""End a hold before it is fulfilled: somebody cancels it, or its time is over."""

from datetime import datetime
from uuid import UUID

from loans_service.application.holds.hold_views import HoldView, HoldViews
from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.holds.show_holds import show_hold
from loans_service.application.ports import UnitOfWork
from loans_service.domain.holds.hold import Hold, HoldNotFound
from shared.kernel.clock import Clock


async def cancel_hold(
    hold_id: UUID, *, only_of: UUID | None, uow: UnitOfWork, views: HoldViews, clock: Clock
) -> HoldView:
    """Cancel a hold, by the member or by staff.

    - Those behind move up. Cancelling once more changes nothing.
    - A copy that was captured passes at once to the next hold that is fetched where it lies or goes; for any other it
      waits on the list of copies to clear until somebody scans it, and is not shown as held.
    """
    shown = await show_hold(hold_id, only_of=only_of, views=views)
    async with uow:
        await uow.lock(book_id=shown.book_id)
        hold = await _present(hold_id, uow)
        now = clock.now()
        if hold.is_active:
            hold.cancel(now=now)
            await _free_its_copy(hold, uow, now)
        else:
            hold.cancel(now=now)
        view = HoldView.of(hold)
        await uow.commit(answer=view)
    return view


async def expire_hold(hold_id: UUID, *, uow: UnitOfWork, views: HoldViews, clock: Clock) -> bool:
    """End a hold whose time is over: nobody fetched the copy, or the member waits no longer. Tell whether it was so."""
    shown = await show_hold(hold_id, only_of=None, views=views)
    async with uow:
        await uow.lock(book_id=shown.book_id)
        hold = await _present(hold_id, uow)
        now = clock.now()
        if not hold.has_passed(now):
            return False
        hold.expire(now=now)
        await _free_its_copy(hold, uow, now)
        await uow.commit()
    return True


async def _present(hold_id: UUID, uow: UnitOfWork) -> Hold:
    hold = await uow.holds.get(hold_id)
    if hold is None:
        raise HoldNotFound
    return hold


async def _free_its_copy(hold: Hold, uow: UnitOfWork, now: datetime) -> None:
    if hold.copy_id is not None:
        await release_copy(hold.copy_id, uow=uow, now=now)
