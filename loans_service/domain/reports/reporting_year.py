"""The year of which a report tells: a calendar year, or twelve months that begin elsewhere."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from shared.kernel.errors import Conflict, InvalidValue


class YearNotBegun(InvalidValue):
    """Nothing has been counted in a year that has not begun."""

    code = "year-not-begun"
    detail = "This year has not begun. Ask for this year, or one before."
    field = "year"


class YearNotOver(Conflict):
    """A report of a year that goes on would leave out what is still to come."""

    code = "year-not-over"
    detail = "This year is not over, and its figures still grow. Freeze the report when it is."


@dataclass(frozen=True, slots=True)
class ReportingYear:
    """From which day to which a year goes."""

    begins_on: date
    ends_on: date

    @classmethod
    def of(cls, year: int, *, first_month: int = 1) -> Self:
        """Return a year by its name. One that begins in another month than January is that in which it ends."""
        begins_in = year if first_month == 1 else year - 1
        return cls(date(begins_in, first_month, 1), date(begins_in + 1, first_month, 1) - timedelta(days=1))

    @property
    def is_calendar_year(self) -> bool:
        """Whether it begins with a calendar year, and ends with it."""
        return self.begins_on.year == self.ends_on.year

    def expect_begun(self, *, today: date) -> None:
        """Raise YearNotBegun for a year that is to come."""
        if today < self.begins_on:
            raise YearNotBegun

    def expect_over(self, *, today: date) -> None:
        """Raise YearNotOver for a year that goes on."""
        if today <= self.ends_on:
            raise YearNotOver
