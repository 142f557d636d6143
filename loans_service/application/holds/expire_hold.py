"""End a hold whose time is over."""

from loans_service.application.holds.change_hold import held_at_hand
from loans_service.application.holds.commands import OfHold
from loans_service.application.holds.hold_views import HoldViews
from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.ports import OpensWork
from shared.kernel.clock import Clock


async def expire_hold(command: OfHold, *, unit_of_work: OpensWork, views: HoldViews, clock: Clock) -> bool:
    """End a hold whose time is over: nobody fetched the copy, or the member waits no longer. Tell whether it was so."""
    async with held_at_hand(command, unit_of_work, views) as (hold, uow):
        now, copy_id = clock.now(), hold.copy_id
        if not hold.has_passed(now):
            return False
        hold.expire(now=now)
        if copy_id is not None:
            await release_copy(copy_id, uow=uow, now=now)
        await uow.commit()
    return True
