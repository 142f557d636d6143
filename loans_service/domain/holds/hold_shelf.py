"""The shelf where copies wait for those who fetch them."""

from datetime import datetime, timedelta

from loans_service.domain.rules.calendar import FURTHEST_DAYS, Calendar, NoOpenDay


def shelf_until(now: datetime, *, days: int, calendar: Calendar) -> datetime:
    """Return until when a copy waits that reaches the hold shelf now: the end of the `days`-th open day after today.

    A branch that stays closed for a year keeps it for as long: a scan never fails because of a calendar.
    """
    day = calendar.day_of(now)
    try:
        return calendar.end_of_day(calendar.open_day_after(day, number=days))
    except NoOpenDay:
        return calendar.end_of_day(day + timedelta(days=FURTHEST_DAYS))
