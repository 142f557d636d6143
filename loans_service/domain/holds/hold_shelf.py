"""How long copies wait on the hold shelf."""

from datetime import datetime, timedelta

from loans_service.domain.holds.hold_refusals import InvalidPickupDeadline
from loans_service.domain.rules.calendar import FURTHEST_DAYS, Calendar, NoOpenDay


def shelf_until(now: datetime, *, days: int, calendar: Calendar) -> datetime:
    """Return how long a copy that reaches the hold shelf now waits: to the end of the `days`-th open day after today.

    If the branch stays closed for a year, it waits for that long, so that a scan never fails because of a calendar.
    """
    day = calendar.day_of(now)
    try:
        return calendar.end_of_day(calendar.open_day_after(day, number=days))
    except NoOpenDay:
        return calendar.end_of_day(day + timedelta(days=FURTHEST_DAYS))


def expect_deadline(until: datetime, *, now: datetime) -> None:
    """Raise InvalidPickupDeadline unless a copy can wait on the hold shelf until then."""
    if not now < until <= now + timedelta(days=FURTHEST_DAYS):
        raise InvalidPickupDeadline
