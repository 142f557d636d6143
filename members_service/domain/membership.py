"""Kinds of membership, and how long each lasts when nobody says otherwise."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from enum import StrEnum


class Category(StrEnum):
    """What kind of member somebody is; lending has its own terms for each."""

    ADULT = "adult"
    CHILD = "child"
    STUDENT = "student"
    SENIOR = "senior"
    STAFF = "staff"


TERM_IN_MONTHS: Mapping[Category, int] = {
    Category.ADULT: 12,
    Category.CHILD: 12,
    Category.STUDENT: 12,
    Category.SENIOR: 24,
    Category.STAFF: 36,
}
"""How many months a membership of each category lasts by default."""


def last_day(category: Category, *, first: date) -> date:
    """Return the last day of a membership of this category that begins on `first`: the same day some months later.

    Where that month is shorter, its last day.
    """
    years, month = divmod(first.month - 1 + TERM_IN_MONTHS[category], 12)
    year, month = first.year + years, month + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def day_in(zone: tzinfo, *, at: datetime) -> date:
    """Return the day that a library in `zone` writes at the moment `at`."""
    return at.astimezone(zone).date()
