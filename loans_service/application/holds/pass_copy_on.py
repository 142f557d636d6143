"""What several acts share: a copy fills a hold, or is released from it."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.hold_queue import HoldQueue, Lends, Sends, anywhere
from loans_service.domain.holds.hold_shelf import shelf_until
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.unit_of_work import UnitOfWork


async def next_for(
    copy: CirculatingCopy, policy: Policy, *, branch: str, uow: UnitOfWork, now: datetime
) -> Hold | None:
    """Return the hold without a target that this copy, which is in `branch`, is to fill.

    That is the first to whose pickup branch it is sent, or the first such one of a member of the copy's own branch.
    """
    sends = partial(policy.holds.transport.sends, copy.item_type, branch)
    lends = policy.lends(copy.item_type, branch=copy.home_branch, location=copy.location)
    if policy.holds.local_first and (
        local := await first_for(copy, lends, uow=uow, now=now, member_branch=copy.home_branch, sends=sends)
    ):
        return local
    return await first_for(copy, lends, uow=uow, now=now, sends=sends)


async def first_for(
    copy: CirculatingCopy,
    lends: Lends,
    *,
    uow: UnitOfWork,
    now: datetime,
    besides: UUID | None = None,
    member_branch: str | None = None,
    sends: Sends = anywhere,
) -> Hold | None:
    """Return the first hold without a target that this copy can fill, except those of the member `besides`.

    With `member_branch`, only those of members of this branch count. It reads on only if the policy does not lend the
    copy to the first holds.
    """
    behind = -1
    while holds := await uow.holds.unserved(copy.book_id, behind=behind, now=now, member_branch=member_branch):
        if first := HoldQueue(holds).first_for(copy, lends=lends, now=now, besides=besides, sends=sends):
            return first
        behind = holds[-1].queue_order
    return None


def retarget_if_not_pulled(hold: Hold, policy: Policy, uow: UnitOfWork) -> None:
    """Retarget the hold when its copy should have been pulled, at the earliest after so many days."""
    if hold.target_since is not None:
        uow.retarget_requests.add(hold.book_id, at=hold.target_since + timedelta(days=policy.retarget_after_open_days))


async def release_copy(copy_id: UUID, *, uow: UnitOfWork, now: datetime) -> None:
    """Release a copy whose hold has ended or is filled by another copy. The book must be locked.

    A copy that was to be pulled stays where it stands, and the book is retargeted. A captured one passes at once to the
    next hold whose pickup branch is where it lies or goes.
    """
    record = await uow.copies.away(copy_id)
    if record is None or record.hold_id is None:
        return
    if record.is_captured:
        await _pass_on(record, uow=uow, now=now)
    else:
        record.release(None, shelf_until=now, now=now)
    uow.retarget_requests.add(record.copy.book_id, at=now)


async def _pass_on(record: CirculationRecord, *, uow: UnitOfWork, now: datetime) -> None:
    copy = record.copy
    rules = await uow.rulebook.in_force(branch=record.branch)
    hold = await next_for(copy, rules.policy, branch=record.branch, uow=uow, now=now)
    days = rules.policy.shelf_days(copy.item_type, branch=record.branch)
    until = shelf_until(now, days=days, calendar=rules.calendar)
    record.release(hold, shelf_until=until, now=now)


async def take_copy_out(
    copy: CirculatingCopy, *, fulfils: UUID | None, spoils: UUID | None, uow: UnitOfWork, now: datetime
) -> None:
    """Let a copy leave with its borrower: it fulfils their hold, and another member's hold may lose its target.

    A different copy that was meant for the fulfilled hold passes on.
    """
    (await uow.copies.record_of(copy)).go_out()
    spoilt = None if spoils is None else await uow.holds.get(spoils)
    if spoilt is not None:
        spoilt.lose_copy(now=now)
        uow.retarget_requests.add(copy.book_id, at=now)
    other = await fulfil_hold(copy, fulfils, uow=uow, now=now)
    if other is not None and other != copy.copy_id:
        await release_copy(other, uow=uow, now=now)


async def fulfil_hold(copy: CirculatingCopy, hold_id: UUID | None, *, uow: UnitOfWork, now: datetime) -> UUID | None:
    """Fulfil a hold, if there is one, with a loan of this copy; return the copy that was meant for it."""
    hold = None if hold_id is None else await uow.holds.get(hold_id)
    if hold is None:
        return None
    served_by = hold.copy_id
    hold.fulfil(copy, now=now)
    return served_by
