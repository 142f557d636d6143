"""How an imported hold follows changes in the other system."""

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
"""Fields of a record that are attributes of the hold with the same names."""


def is_same(hold: Hold, item: RequestedItem, *, member_id: UUID) -> bool:
    """Return whether the hold is the member's, for this item."""
    return (hold.member_id, hold.book_id, hold.wanted) == (member_id, item.book_id, item.wanted)


def follow(hold: Hold, former: FormerHold, *, pickup: str | None, calendar: Calendar, now: datetime) -> None:
    """Update the days, pickup branch, suspension and pickup deadline of a hold from its record.

    A captured copy stays in its branch, and fields that the record leaves out stay as they are.
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
    """Raise InvalidHoldExpiry or InvalidHoldStart if a hold cannot wait between these days."""
    if former.status == "waiting":
        days = {"not_before": former.not_before, "expires_on": former.expires_on}
        refuse_if_any([*against_days(**days, today=calendar.day_of(now))])


def suspend_as_before(hold: Hold, former: FormerHold, *, calendar: Calendar, now: datetime) -> None:
    """Suspend or resume a waiting hold as in the other system; if the record says nothing, it stays as it is."""
    suspension = _suspension(former, calendar=calendar, now=now)
    if suspension is not None and suspension.holds:
        hold.suspend(until=suspension.until)
    elif suspension is not None:
        hold.resume()


@dataclass(frozen=True, slots=True)
class _Suspension:
    """Whether a hold is suspended, and until when."""

    holds: bool
    until: datetime | None = None


def _suspension(former: FormerHold, *, calendar: Calendar, now: datetime) -> _Suspension | None:
    """Return the suspension in the record, None if it says nothing; one that is over does not hold."""
    if former.suspended is None and former.suspended_until is None:
        return None
    until = None if former.suspended_until is None else start(former.suspended_until, calendar)
    if former.suspended is False or (until is not None and until <= now):
        return _Suspension(holds=False)
    return _Suspension(holds=True, until=until)


def is_to_be_captured(hold: Hold, former: FormerHold, copy: CirculationRecord | None) -> bool:
    """Return whether the copy is to be captured now, because the other system has captured or moved it."""
    if copy is None:
        return False
    has_arrived = hold.status is HoldStatus.IN_TRANSIT and former.status == "ready" and copy.hold_id == hold.id
    return hold.status is HoldStatus.WAITING or has_arrived


def differing(
    hold: Hold, former: FormerHold, *, pickup: str | None, captured: UUID | None, calendar: Calendar, now: datetime
) -> tuple[LibraryError, ...]:
    """Return how a record differs from the hold after `follow`.

    The hold keeps its place in the queue: another date in the record does not move it.
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
