"""How a hold of another system goes on here when that says something else of it later."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from loans_service.domain.circulating_copy import same_branch
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold, HoldChange, HoldStatus
from loans_service.domain.holds.placing import Wanted
from loans_service.domain.moving_in.former_records import FormerHold, differences, end, is_other_day
from loans_service.domain.rules.calendar import Calendar
from shared.kernel.errors import LibraryError


def is_same(hold: Hold, wanted: Wanted, *, member_id: UUID) -> bool:
    """Tell whether the member waits for this by the hold."""
    return (hold.member_id, hold.book_id, hold.wanted_copy_id) == (member_id, wanted.book_id, wanted.copy_id)


def follow(hold: Hold, former: FormerHold, *, pickup: str | None, calendar: Calendar, now: datetime) -> None:
    """Let a hold be fetched where, and for as long as, the other system says now.

    A copy that is captured stays in its branch, and what the record leaves open stays as it is.
    """
    if hold.status is HoldStatus.WAITING and pickup is not None and not same_branch(pickup, hold.pickup_branch):
        present = HoldChange(hold.pickup_branch, hold.not_before, hold.expires_on, hold.comment)
        hold.revise(replace(present, pickup_branch=pickup), calendar=calendar)
    if hold.status is HoldStatus.READY and former.status == "ready" and former.pickup_until is not None:
        hold.keep_until(end(former.pickup_until, calendar), now=now)


def is_to_be_captured(hold: Hold, former: FormerHold, copy: CirculationRecord | None) -> bool:
    """Tell whether the other system keeps this copy for the hold now, and this library does not yet, or not there."""
    if copy is None:
        return False
    has_arrived = hold.status is HoldStatus.IN_TRANSIT and former.status == "ready" and copy.hold_id == hold.id
    return hold.status is HoldStatus.WAITING or has_arrived


def differing(
    hold: Hold, former: FormerHold, *, pickup: str | None, kept: UUID | None, calendar: Calendar
) -> tuple[LibraryError, ...]:
    """Return in what a record differs from the hold, once that has followed it.

    Its place in the queue is its own: another date does not move those who wait.
    """
    return differences(
        {
            "placed_at": is_other_day(hold.placed_at, former.placed_at, calendar.zone),
            "pickup_branch": pickup is not None and not same_branch(pickup, hold.pickup_branch),
            "status": hold.status != former.status,
            "copy_barcode": kept is not None and hold.copy_id != kept,
        }
    )
