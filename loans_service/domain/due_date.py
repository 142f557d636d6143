"""When a copy must be back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from loans_service.domain.policy import LendingRule
from shared.kernel.errors import Refused

FURTHEST_DAYS = 366
_LAST_SECOND = time(23, 59, 59)


class InvalidDueDate(Refused):
    """The wished due date is not one that a loan can have."""

    code = "invalid-due-date"

    def __init__(self, due_at: datetime) -> None:
        super().__init__(
            f"A loan must be due after this moment and within {FURTHEST_DAYS} days. Choose another due date.",
            due_at=due_at.isoformat().replace("+00:00", "Z"),
        )


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the last second of `day` in `zone`, in UTC."""
    return datetime.combine(day, _LAST_SECOND, zone).astimezone(UTC)


def due_date(rule: LendingRule, *, now: datetime, zone: ZoneInfo, membership_ends: date) -> datetime:
    """Return the end of the day `rule.days` calendar days from today, in the branch's zone.

    A membership that ends earlier pulls it back to the end of its last day, but never before the day of the loan.
    """
    today = now.astimezone(zone).date()
    last_day = today + timedelta(days=rule.days)
    return end_of_day(max(today, min(last_day, membership_ends)), zone)


def wished_due_date(wish: datetime, *, now: datetime) -> datetime:
    """Return the due date that somebody at the desk asked for.

    Raises InvalidDueDate when it is not after now, or further away than any loan may be.
    """
    if not now < wish <= now + timedelta(days=FURTHEST_DAYS):
        raise InvalidDueDate(wish)
    return wish
