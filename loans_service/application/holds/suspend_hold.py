"""Let others pass for a while without losing one's place."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from loans_service.application.holds.hold_views import HoldView, HoldViews
from loans_service.application.holds.show_holds import show_hold
from loans_service.application.ports import UnitOfWork
from loans_service.domain.holds.hold import Hold, HoldNotFound


async def suspend_hold(
    hold_id: UUID, *, until: datetime | None, only_of: UUID | None, uow: UnitOfWork, views: HoldViews
) -> HoldView:
    """Suspend a hold until a moment, or until it is resumed.

    - It keeps its place in the queue, but copies pass it by. Suspending once more sets the new end.
    - A hold for which a copy is captured cannot be suspended.
    """
    return await _change(hold_id, lambda hold: hold.suspend(until=until), only_of=only_of, uow=uow, views=views)


async def resume_hold(hold_id: UUID, *, only_of: UUID | None, uow: UnitOfWork, views: HoldViews) -> HoldView:
    """Resume a suspended hold. Resuming one that is not suspended changes nothing."""
    return await _change(hold_id, Hold.resume, only_of=only_of, uow=uow, views=views)


async def _change(
    hold_id: UUID, change: Callable[[Hold], None], *, only_of: UUID | None, uow: UnitOfWork, views: HoldViews
) -> HoldView:
    shown = await show_hold(hold_id, only_of=only_of, views=views)
    async with uow:
        await uow.lock(book_id=shown.book_id)
        hold = await uow.holds.get(hold_id)
        if hold is None:
            raise HoldNotFound
        change(hold)
        view = HoldView.of(hold, position=await uow.holds.position_of(hold))
        await uow.commit(answer=view)
    return view
