"""What several acts share: a copy is free, and the queue decides who gets it."""

from datetime import datetime
from uuid import UUID

from loans_service.application.neighbours import CopyKey
from loans_service.application.ports import UnitOfWork
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.hold import shelf_until
from loans_service.domain.hold_queue import HoldQueue
from loans_service.domain.whereabouts import Turns


async def turns_in(branch: str, copy: CirculatingCopy, queue: HoldQueue, *, uow: UnitOfWork, now: datetime) -> Turns:
    """Return whose turn it is when `copy` lies in `branch`."""
    rules = await uow.rulebook.in_force(branch=branch)
    until = shelf_until(now, days=rules.policy.hold_shelf_days, calendar=rules.calendar)
    return Turns(queue, rules.policy.lends(copy.item_type, branch=copy.home_branch), until, now)


def nobodys_turn(now: datetime) -> Turns:
    """Return that nobody gets the copy: nobody waits, or it is not lent any more."""
    return Turns(HoldQueue(()), lambda _: False, now, now)


async def let_go(copy_id: UUID, *, uow: UnitOfWork, now: datetime) -> None:
    """Pass on a copy whose hold has ended. The book must be locked."""
    copy = await uow.copies.find(CopyKey(copy_id=copy_id))
    if copy is None:
        return
    whereabouts = await uow.copies.whereabouts_of(copy)
    _, queue = await uow.holds.for_copy(copy_id, book_id=copy.book_id)
    whereabouts.release(await turns_in(whereabouts.branch, copy, queue, uow=uow, now=now))
