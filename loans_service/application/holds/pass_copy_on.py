"""What several acts share: a copy is free, and the queue decides who gets it."""

from datetime import datetime
from uuid import UUID

from loans_service.application.neighbours import CopyKey
from loans_service.application.ports import UnitOfWork
from loans_service.application.rules.circulation_rules import CirculationRules
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.circulation_record import Turns
from loans_service.domain.holds.hold import Hold, shelf_until
from loans_service.domain.holds.hold_queue import HoldQueue
from loans_service.domain.rules.policy import Policy


async def turns_in(branch: str, copy: CirculatingCopy, queue: HoldQueue, *, uow: UnitOfWork, now: datetime) -> Turns:
    """Return whose turn it is when `copy` lies in `branch`; `queue`: the first waiting holds it can fill."""
    rules = await uow.rulebook.in_force(branch=branch)
    return turns_by(rules, await first_in_turn(copy, queue, rules.policy, uow=uow, now=now), now=now)


def turns_by(rules: CirculationRules, hold: Hold | None, *, now: datetime) -> Turns:
    """Return that it is the turn of `hold`."""
    return Turns(hold, shelf_until(now, days=rules.policy.hold_shelf_days, calendar=rules.calendar), now)


def nobodys_turn(now: datetime) -> Turns:
    """Return that nobody gets the copy: nobody waits, or it is not lent any more."""
    return Turns(None, now, now)


async def first_in_turn(
    copy: CirculatingCopy, queue: HoldQueue, policy: Policy, *, uow: UnitOfWork, now: datetime
) -> Hold | None:
    """Return the first hold that this copy can fill, looking further only where the policy passes the first ones by."""
    lends = policy.lends(copy.item_type, branch=copy.home_branch)
    while queue.holds:
        if first := queue.first_for(copy.copy_id, lends=lends, now=now):
            return first
        queue = await uow.holds.further_for(copy, behind=queue.holds[-1], now=now)
    return None


async def release_copy(copy_id: UUID, *, uow: UnitOfWork, now: datetime) -> None:
    """Pass on a copy whose hold has ended. The book must be locked."""
    copy = await uow.copies.find(CopyKey(copy_id=copy_id))
    if copy is None:
        return
    record = await uow.copies.circulation_record_of(copy)
    _, queue = await uow.holds.for_copy(copy, now=now)
    record.release(await turns_in(record.branch, copy, queue, uow=uow, now=now))
