"""How a periodical comes out: how often, when not, and what is printed on its issues."""

import re
from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Self

from books_service.domain.notation import volume_key
from books_service.domain.text import line
from shared.kernel.errors import InvalidValue

LONGEST_NUMBERING = 60
MOST_PER_VOLUME = 1_000
LARGEST_NUMBER = 100_000
MOST_OMITTED_DAYS = 100
_COMPARED = 1_000
_COMPARED_YEARS = 200
"""So many issues, of so many years at most, must all bear different numbers."""
_FURTHEST = 10 * 366
"""So many days or months may be left out one after another."""
_PLACE = re.compile(r"\{([a-z]+)(?::0([1-9]))?\}")


class Frequency(StrEnum):
    """How often a periodical comes out. Of one that is irregular nothing is expected."""

    DAILY = "daily"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    EVERY_TWO_MONTHS = "every_two_months"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    IRREGULAR = "irregular"

    @property
    def numbering(self) -> str:
        """How issues are numbered unless the library says otherwise: by the day, the month or the year."""
        if self in _DAYS or self is Frequency.IRREGULAR:
            return "{year}-{month}-{day}"
        return "{year}" if self is Frequency.YEARLY else "{year}/{month}"

    def after(self, day: date, *, anchor: int) -> date:
        """Return the day after `day` on which an issue is due; those by the month fall on the day `anchor` of it."""
        if (days := _DAYS.get(self)) is not None:
            return day + timedelta(days=days)
        months = day.year * 12 + day.month - 1 + _MONTHS[self]
        year, month = divmod(months, 12)
        return date(year, month + 1, min(anchor, monthrange(year, month + 1)[1]))


_DAYS = {Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.FORTNIGHTLY: 14}
_MONTHS = {
    Frequency.MONTHLY: 1,
    Frequency.EVERY_TWO_MONTHS: 2,
    Frequency.QUARTERLY: 3,
    Frequency.HALF_YEARLY: 6,
    Frequency.YEARLY: 12,
}


class InvalidPattern(InvalidValue):
    """No periodical comes out like this."""

    code = "invalid-pattern"
    field = "pattern"
    detail = "Some month, weekday or day must remain on which an issue comes out. Leave out fewer of them."


class InvalidNumbering(InvalidPattern):
    """The numbers of issues cannot be made."""

    code = "invalid-numbering"
    detail = (
        "A numbering names in braces what stands on an issue: year, month, day, volume or number; number:03 has three"
        " digits. Name at least one of them."
    )


class NumberingRepeats(InvalidPattern):
    """Two issues would bear one number."""

    code = "numbering-repeats"

    def __init__(self, volume: str) -> None:
        super().__init__(
            f"Two issues would both be {volume}. Add the year or the volume to the numbering.", volume=volume
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """An issue that is to come: on which day, and its place in its volume."""

    on: date
    volume: int
    number: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a periodical comes out. `of` checks it.

    No issue comes out in `omitted_months`, on `omitted_weekdays` (1 is Monday) and on `omitted_days`: 12-25 in each
    year, 2026-04-03 once; none of them counts in the numbering. Numbers begin anew, and a volume, after
    `issues_per_volume` or with each year if `new_volume_each_year`.
    """

    frequency: Frequency
    numbering: str
    first_volume: int = 1
    first_number: int = 1
    issues_per_volume: int | None = None
    new_volume_each_year: bool = False
    omitted_months: tuple[int, ...] = ()
    omitted_weekdays: tuple[int, ...] = ()
    omitted_days: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        frequency: Frequency,
        *,
        starts: date,
        numbering: str | None = None,
        omitted_months: Collection[int] = (),
        omitted_weekdays: Collection[int] = (),
        omitted_days: Collection[str] = (),
        first_volume: int = 1,
        first_number: int = 1,
        issues_per_volume: int | None = None,
        new_volume_each_year: bool = False,
    ) -> Self:
        """Raises InvalidPattern, InvalidNumbering, NumberingRepeats or InvalidText."""
        pattern = cls(
            frequency,
            line(numbering or frequency.numbering, field="pattern", limit=LONGEST_NUMBERING),
            first_volume,
            first_number,
            issues_per_volume,
            new_volume_each_year,
            tuple(sorted(set(omitted_months))),
            tuple(sorted(set(omitted_weekdays))),
            tuple(sorted(set(omitted_days))),
        )
        pattern._expect_numbers()
        pattern._expect_to_come_out(starts)
        return pattern

    def issues(self, starts: date) -> Iterator[Expected]:
        """Yield the issues that come out from a day on, without end unless it is irregular."""
        if self.frequency is not Frequency.IRREGULAR:
            first = Expected(self._not_before(starts, starts.day), self.first_volume, self.first_number)
            yield first
            yield from self.issues_after(first, starts)

    def issues_after(self, issue: Expected, starts: date) -> Iterator[Expected]:
        """Yield the issues that come out after one, if the first of all came out on `starts`."""
        while self.frequency is not Frequency.IRREGULAR:
            on = self._not_before(self.frequency.after(issue.on, anchor=starts.day), starts.day)
            issue = self._numbered(on, issue)
            yield issue

    def label(self, issue: Expected) -> str:
        """Return what is printed on an issue, and what its copies bear as their volume."""
        values = {
            "year": f"{issue.on.year:04}",
            "month": f"{issue.on.month:02}",
            "day": f"{issue.on.day:02}",
            "volume": str(issue.volume),
            "number": str(issue.number),
        }
        return _PLACE.sub(lambda found: values[found[1]].zfill(int(found[2] or 1)), self.numbering)

    def _numbered(self, on: date, before: Expected) -> Expected:
        is_full = self.issues_per_volume is not None and before.number >= self.issues_per_volume
        if is_full or (self.new_volume_each_year and on.year > before.on.year):
            return Expected(on, before.volume + 1, 1)
        return Expected(on, before.volume, before.number + 1)

    def _not_before(self, day: date, anchor: int) -> date:
        """Return the first day from `day` on, of those that the frequency names, that is not left out."""
        for _ in range(_FURTHEST):
            if not self._omits(day):
                return day
            day = self.frequency.after(day, anchor=anchor)
        raise InvalidPattern

    def _omits(self, day: date) -> bool:
        written = day.isoformat()
        return (
            day.month in self.omitted_months
            or day.isoweekday() in self.omitted_weekdays
            or written in self.omitted_days
            or written[5:] in self.omitted_days
        )

    def _expect_numbers(self) -> None:
        places = {found[1] for found in _PLACE.finditer(self.numbering)}
        rest = _PLACE.sub("", self.numbering)
        known = places and places <= {"year", "month", "day", "volume", "number"}
        if not known or "{" in rest or "}" in rest:
            raise InvalidNumbering

    def _expect_to_come_out(self, starts: date) -> None:
        seen = set[str]()
        for issue in islice(self.issues(starts), _COMPARED):
            if issue.on.year > starts.year + _COMPARED_YEARS:
                return
            label = self.label(issue)
            if (key := volume_key(label)) in seen:
                raise NumberingRepeats(label)
            seen.add(key)
