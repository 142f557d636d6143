"""The default policy as far as an ordinary loan needs it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

MOST_OVERDUE = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """For how many days, how many at once, how often renewed."""

    name: str
    days: int
    most_loans: int
    renewals: int


RULES = {
    "adult": Rule("adult", 21, 10, 2),
    "child": Rule("child", 14, 5, 2),
    "student": Rule("student", 28, 15, 2),
    "senior": Rule("senior", 21, 10, 3),
    "staff": Rule("staff", 56, 30, 2),
}


def due_at(rule: Rule, *, now: datetime, expires_on: date) -> datetime:
    """Return the end of the last day, never beyond the membership and never before today."""
    last = max(now.date(), min(now.date() + timedelta(days=rule.days), expires_on))
    return datetime.combine(last, time(23, 59, 59), UTC)
