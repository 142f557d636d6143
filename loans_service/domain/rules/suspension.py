"""Days without borrowing that lateness costs, instead of money or beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from loans_service.domain.rules.calendar import Calendar

LONGEST_SUSPENSION = 3_650


@dataclass(frozen=True, slots=True)
class SuspensionTerms:
    """How long borrowing is suspended for each open day late, and at most; lateness up to `grace_days` is free.

    With `adds_up` it begins when the suspensions so far end; otherwise at once, and the later end counts.
    """

    days_per_day: int
    most: int | None = None
    grace_days: int = 0
    adds_up: bool = False

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each invalid number, and why it is invalid."""
        if not 1 <= self.days_per_day <= LONGEST_SUSPENSION:
            yield "days_per_day", "A day late suspends borrowing for 1 day to ten years."
        if self.most is not None and not 1 <= self.most <= LONGEST_SUSPENSION:
            yield "most", "A suspension lasts from 1 day to ten years."

    def is_beyond_grace(self, due_at: datetime, returned_at: datetime, calendar: Calendar) -> bool:
        """Return whether a copy came back later than is free."""
        return _late_days(due_at, returned_at, calendar) > self.grace_days

    def days(self, due_at: datetime, returned_at: datetime, calendar: Calendar) -> int:
        """Return for how many days borrowing is suspended for a copy that came back at `returned_at`."""
        late = _late_days(due_at, returned_at, calendar)
        if late <= self.grace_days:
            return 0
        return min(late * self.days_per_day, LONGEST_SUSPENSION if self.most is None else self.most)

    def ends_on(self, starts_on: date, days: int, *, suspended_until: date | None) -> date:
        """Return the last day of a suspension. `suspended_until` is that of the suspensions so far."""
        begins = starts_on
        if self.adds_up and suspended_until is not None:
            begins = max(starts_on, suspended_until)
        return begins + timedelta(days=days)


def _late_days(due_at: datetime, returned_at: datetime, calendar: Calendar) -> int:
    if returned_at <= due_at:
        return 0
    return calendar.open_days_between(calendar.day_of(due_at), calendar.day_of(returned_at))
