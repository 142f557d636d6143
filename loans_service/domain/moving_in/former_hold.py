"""How a hold of another system goes on here when that says something else of it later."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loans_service.domain.circulating_copy import same_branch
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold, HoldStatus
from loans_service.domain.holds.hold_change import HoldChange
from loans_service.domain.holds.placing import RequestedItem, against_days
from loans_service.domain.moving_in.former_records import FormerHold, differences, end, is_other_day, start
from loans_service.domain.rules.calendar import Calendar
from shared.kernel.errors import LibraryError, refuse_if_any

_DAYS = ("not_before", "expires_on", "comment")
"""What else a record says of how somebody waits, by the names of the hold."""


def is_same(hold: Hold, item: RequestedItem, *, member_id: UUID) -> bool:
    """Tell whether the member waits for this by the hold."""
    return (hold.member_id, hold.book_id, hold.wanted_copy_id) == (member_id, item.book_id, item.copy_id)


def follow(hold: Hold, former: FormerHold, *, pickup: str | None, calendar: Calendar, now: datetime) -> None:
    """Let a hold wait, and be fetched where and for as long, as the other system says now.

    A copy that is captured stays in its branch, and what the record leaves open stays as it is.
    """
    if hold.status is HoldStatus.WAITING:
        present = HoldChange(hold.pickup_branch, hold.not_before, hold.expires_on, hold.comment)
        changes = {name: getattr(former, name) for name in _DAYS if getattr(former, name) is not None}
        if pickup is not None and not same_branch(pickup, hold.pickup_branch):
            changes["pickup_branch"] = pickup
        hold.revise(replace(present, **changes), calendar=calendar)
        suspend_as_before(hold, former, calendar=calendar, now=now)
    if hold.status is HoldStatus.READY and former.status == "ready" and former.pickup_until is not None:
        hold.keep_until(end(former.pickup_until, calendar), now=now)


def expect_days(former: FormerHold, *, calendar: Calendar, now: datetime) -> None:
    """Raise InvalidHoldExpiry or InvalidHoldStart for days between which nobody can wait any more."""
    if former.status == "waiting":
        days = {"not_before": former.not_before, "expires_on": former.expires_on}
        refuse_if_any([*against_days(**days, today=calendar.day_of(now))])


def suspend_as_before(hold: Hold, former: FormerHold, *, calendar: Calendar, now: datetime) -> None:
    """Let others pass a hold that waits as the other system does, and until then; without a word it stays as it is."""
    suspension = _suspension(former, calendar=calendar, now=now)
    if suspension is not None and suspension.holds:
        hold.suspend(until=suspension.until)
    elif suspension is not None:
        hold.resume()


@dataclass(frozen=True, slots=True)
class _Suspension:
    """Whether a hold lets others pass, and until when."""

    holds: bool
    until: datetime | None = None


def _suspension(former: FormerHold, *, calendar: Calendar, now: datetime) -> _Suspension | None:
    """Return what the record says of a suspension, if anything: one that is over is none."""
    if former.suspended is None and former.suspended_until is None:
        return None
    until = None if former.suspended_until is None else start(former.suspended_until, calendar)
    if former.suspended is False or (until is not None and until <= now):
        return _Suspension(holds=False)
    return _Suspension(holds=True, until=until)


def is_to_be_captured(hold: Hold, former: FormerHold, copy: CirculationRecord | None) -> bool:
    """Tell whether the other system keeps this copy for the hold now, and this library does not yet, or not there."""
    if copy is None:
        return False
    has_arrived = hold.status is HoldStatus.IN_TRANSIT and former.status == "ready" and copy.hold_id == hold.id
    return hold.status is HoldStatus.WAITING or has_arrived


def differing(
    hold: Hold, former: FormerHold, *, pickup: str | None, captured: UUID | None, calendar: Calendar, now: datetime
) -> tuple[LibraryError, ...]:
    """Return in what a record differs from the hold, once that has followed it.

    Its place in the queue is its own: another date does not move those who wait.
    """
    suspension = _suspension(former, calendar=calendar, now=now)
    return differences(
        {
            "placed_at": is_other_day(hold.placed_at, former.placed_at, calendar.zone),
            "pickup_branch": pickup is not None and not same_branch(pickup, hold.pickup_branch),
            "status": hold.status != former.status,
            "kind": former.kind not in (None, hold.kind),
            "copy_barcode": captured is not None and hold.copy_id != captured,
            **{name: getattr(former, name) not in (None, getattr(hold, name)) for name in _DAYS},
            "suspended": suspension is not None and suspension.holds != hold.is_suspended(now),
        }
    )
