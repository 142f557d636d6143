"""When a branch is open, in its own time zone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from shared.kernel.errors import InvalidValue, NotFound, Refused

FURTHEST_DAYS = 366
_ONE_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59, fold=1)


class CalendarNotFound(NotFound):
    """The branch has no calendar."""

    code = "calendar-not-found"
    detail = "This branch has no calendar, and so is always open. Put one to close it."


class NoOpenDay(Refused):
    """The branch does not open again for more than a year."""

    code = "no-open-day"
    example: ClassVar = {"day": date(2026, 3, 23)}

    def __init__(self, day: date) -> None:
        super().__init__(
            f"The branch does not open within {FURTHEST_DAYS} days of {day}. Correct its calendar, or say a due date.",
            day=day.isoformat(),
        )


class ClosingPassed(InvalidValue):
    """The days of the closing are over."""

    code = "closing-passed"
    detail = "These days are over: nothing ends on them any more. Correct the days, or put them into the calendar."
    field = "to"
    example: ClassVar = {}


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours of the desk, in local time."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Closure:
    """The days from `first` to `last`, both included, on which the branch stays closed."""

    first: date
    last: date
    name: str


Week = tuple[tuple[Hours, ...], ...]
"""The hours of each weekday, from Monday on; a day without hours is closed."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The days from `first` to `last` on which the branch opens at these hours, whatever the week and holidays say."""

    first: date
    last: date
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class SpecialWeek:
    """The days from `first` to `last` on which other hours count than in the rest of the year."""

    first: date
    last: date
    weekly: Week


def _none(_: date) -> None:
    """Return None: there are no public holidays."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The opening days of one branch. `weekly` starts with Monday; None: open every day.

    `holiday` returns the name of the public holiday on a day, if it is one. The first of these that covers a day
    decides: a closure, an opening, a special week, and else the usual week together with the holidays.
    """

    zone: ZoneInfo
    weekly: Week | None = None
    closures: tuple[Closure, ...] = ()
    holiday: Callable[[date], str | None] = _none
    openings: tuple[Opening, ...] = ()
    special_weeks: tuple[SpecialWeek, ...] = ()

    def day_of(self, moment: datetime) -> date:
        """Return the day that it is at the branch at `moment`."""
        return moment.astimezone(self.zone).date()

    def why_closed(self, day: date) -> str | None:
        """Return why the branch is closed on `day`, in a few words; None when it is open."""
        for closure in self.closures:
            if closure.first <= day <= closure.last:
                return closure.name
        return self._why_shut(day)

    def _why_shut(self, day: date) -> str | None:
        """Return why the branch is closed on a day without a closure; None when it is open."""
        if self._opening_on(day) is not None:
            return None
        weekly = self._week_of(day)
        if weekly is not None and not weekly[day.weekday()]:
            return f"{day:%A}"
        return self.holiday(day)

    def _opening_on(self, day: date) -> Opening | None:
        return next((each for each in self.openings if each.first <= day <= each.last), None)

    def _week_of(self, day: date) -> Week | None:
        return next((each.weekly for each in self.special_weeks if each.first <= day <= each.last), self.weekly)

    def _hours_on(self, day: date) -> tuple[Hours, ...]:
        if (opening := self._opening_on(day)) is not None:
            return opening.hours
        weekly = self._week_of(day)
        return () if weekly is None else weekly[day.weekday()]

    def hours_in_words(self, day: date) -> str | None:
        """Return when the branch is open on `day`, such as 10:00–18:00; None if it is closed, empty if not known."""
        hours = (f"{each.opens:%H:%M}–{each.closes:%H:%M}" for each in self._hours_on(day))
        return ", ".join(hours) if self.is_open(day) else None

    def is_open(self, day: date) -> bool:
        """Return whether the branch opens on `day`."""
        return self.why_closed(day) is None

    def next_open_day(self, day: date) -> date:
        """Return `day` or the first open day after it. Raises NoOpenDay when there is none within 366 days."""
        for ahead in range(FURTHEST_DAYS + 1):
            if self.is_open(day + ahead * _ONE_DAY):
                return day + ahead * _ONE_DAY
        raise NoOpenDay(day)

    def latest_open_day(self, day: date, *, not_before: date) -> date:
        """Return `day` or the last open day before it; `not_before` when none lies between."""
        while day > not_before and not self.is_open(day):
            day -= _ONE_DAY
        return max(day, not_before)

    def open_day_after(self, day: date, *, number: int) -> date:
        """Return the `number`-th open day after `day`. Raises NoOpenDay when the branch stays closed for a year."""
        for _ in range(number):
            day = self.next_open_day(day + _ONE_DAY)
        return day

    def open_days_between(self, day: date, until: date) -> int:
        """Count the open days after `day`, up to and including `until`."""
        if self._never_closes:
            return max(0, (until - day).days)
        count = 0
        day += _ONE_DAY
        for first, last in [*sorted((closure.first, closure.last) for closure in self.closures), (date.max, date.max)]:
            while day < first and day <= until:
                count += self._why_shut(day) is None
                day += _ONE_DAY
            if last >= until:
                break
            day = max(day, last + _ONE_DAY)
        return count

    @property
    def _never_closes(self) -> bool:
        return self.weekly is None and not self.closures and not self.special_weeks and self.holiday is _none

    def open_time_between(self, begin: datetime, end: datetime, *, enough: timedelta) -> timedelta:
        """Return for how long the branch is open between two moments, and at most `enough` of it.

        On an open day without hours it is open all day.
        """
        if self._never_closes and not self.openings:
            return min(end - begin, enough)
        found, day, last = timedelta(0), self.day_of(begin), self.day_of(end)
        while found < enough and day <= last:
            for opens, closes in self._open_on(day):
                found += max(timedelta(0), min(closes, end) - max(opens, begin))
            day += _ONE_DAY
        return min(found, enough)

    def _open_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return from when until when the branch is open on a day."""
        if not self.is_open(day):
            return []
        hours = [(self._at(day, each.opens), self._at(day, each.closes)) for each in self._hours_on(day)]
        return hours or [(self._at(day, time.min), self.end_of_day(day) + timedelta(seconds=1))]

    def opening(self, day: date) -> datetime:
        """Return when the branch opens on an open day, in UTC; without hours, the first second of the day."""
        return self._at(day, min((each.opens for each in self._hours_on(day)), default=time.min))

    def last_closing(self, moment: datetime) -> datetime:
        """Return when the last opening day before `moment` ended: when the desk closed, or its last second.

        If the branch has been closed for a year, it is `moment`.
        """
        day = self.day_of(moment)
        for back in range(FURTHEST_DAYS + 1):
            past = day - back * _ONE_DAY
            hours = self._hours_on(past)
            end = self._at(past, max(each.closes for each in hours)) if hours else self.end_of_day(past)
            if self.is_open(past) and end <= moment:
                return end
        return moment

    def opening_from(self, moment: datetime) -> datetime:
        """Return `moment`, on an open day, if the desk is open then, else when it opens next.

        On an open day without hours the desk is open all day. Raises NoOpenDay.
        """
        day = self.day_of(moment)
        hours = sorted((self._at(day, each.opens), self._at(day, each.closes)) for each in self._hours_on(day))
        for opens, closes in hours:
            if moment <= closes:
                return max(moment, opens)
        return self.opening(self.next_open_day(day + _ONE_DAY)) if hours else moment

    def desk_is_open(self, moment: datetime) -> bool:
        """Return whether the desk is open at `moment`; on an open day without hours it is all day."""
        day = self.day_of(moment)
        hours = self._hours_on(day)
        at_desk = any(self._at(day, each.opens) <= moment <= self._at(day, each.closes) for each in hours)
        return self.is_open(day) and (at_desk or not hours)

    def closing_before(self, moment: datetime, *, after: datetime) -> datetime | None:
        """Return the last closing of the desk that is later than `after` and not later than `moment`, if there is one.

        An open day without hours closes with its last second.
        """
        day, first = self.day_of(moment), self.day_of(after)
        while day >= first:
            if self.is_open(day):
                closings = [self._at(day, each.closes) for each in self._hours_on(day)] or [self.end_of_day(day)]
                if fitting := [each for each in closings if after < each <= moment]:
                    return max(fitting)
            day -= _ONE_DAY
        return None

    def same_weekday_from(self, day: date) -> date:
        """Return `day` or the same weekday of a later week, the first on which the branch is open.

        If there is none within 366 days, that is the next open day. Raises NoOpenDay.
        """
        for ahead in range(0, FURTHEST_DAYS + 1, 7):
            if self.is_open(day + ahead * _ONE_DAY):
                return day + ahead * _ONE_DAY
        return self.next_open_day(day)

    def _at(self, day: date, wall: time) -> datetime:
        # A wall clock that skips this very moment would take it into the next day in the most northern of places.
        return min(datetime.combine(day, wall, self.zone).astimezone(UTC), self.end_of_day(day))

    def end_of_day(self, day: date) -> datetime:
        """Return the last second of `day` at the branch, in UTC.

        If clocks go back at midnight, that second occurs twice and the later one counts; if they go forward, it may not
        occur and the last one before it counts. `fold` handles both.
        """
        return datetime.combine(day, _LAST_SECOND, self.zone).astimezone(UTC)
