"""Kinds of membership: how long each lasts when nobody says otherwise, and whom it is for."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from shared.kernel.errors import InvalidValue


class Category(StrEnum):
    """What kind of member somebody is; lending has its own terms for each."""

    ADULT = "adult"
    CHILD = "child"
    STUDENT = "student"
    SENIOR = "senior"
    STAFF = "staff"


class AgeNotForCategory(InvalidValue):
    """The category is for people of another age."""

    code = "age-not-for-category"

    def __init__(self, terms: "CategoryTerms", age: int) -> None:
        bounds = {"youngest": terms.youngest, "oldest": terms.oldest}
        super().__init__(
            f"Somebody of {age} years cannot be a member of the category {terms.category}. Choose another category.",
            field="category",
            age=age,
            **{name: bound for name, bound in bounds.items() if bound is not None},
        )


@dataclass(frozen=True, slots=True)
class CategoryTerms:
    """What the library has decided on a category. Ages are in whole years; None sets no bound."""

    category: Category
    name: str
    months: int
    youngest: int | None = None
    oldest: int | None = None

    def last_day(self, *, first: date) -> date:
        """Return the last day of a membership that begins on `first`: the same day some months later.

        Where that month is shorter, its last day.
        """
        years, month = divmod(first.month - 1 + self.months, 12)
        year, month = first.year + years, month + 1
        return date(year, month, min(first.day, monthrange(year, month)[1]))

    def check_age(self, born: date | None, *, today: date) -> None:
        """Raise AgeNotForCategory when somebody born that day is too young or too old; an unknown age is taken."""
        if born is None:
            return
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        if age < (self.youngest or 0) or (self.oldest is not None and age > self.oldest):
            raise AgeNotForCategory(self, age)


Categories = Mapping[Category, CategoryTerms]
"""The terms of every category."""


def day_in(zone: tzinfo, *, at: datetime) -> date:
    """Return the day that a library in `zone` writes at the moment `at`."""
    return at.astimezone(zone).date()
