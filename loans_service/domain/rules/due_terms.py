"""What a rule says of due dates besides its period."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST_RANGE_DAYS = 3_650
MOST_WAITING = 20
"""Up to so many who wait are counted; a rule cannot ask for more."""


class RenewFrom(StrEnum):
    """From when the period of a renewal is counted: the due date, or the day of the renewal."""

    DUE = "due"
    TODAY = "today"


class WhenClosed(StrEnum):
    """Where a due date moves that falls on a closed day.

    To the next open day; to the last one before; not at all; or, for loans of whole weeks, to the same weekday of the
    next week on which the branch is open then, while other loans move to the next open day.
    """

    NEXT = "next"
    PREVIOUS = "previous"
    KEEP = "keep"
    SAME_WEEKDAY = "same_weekday"


class HoursEnd(StrEnum):
    """Where an hour loan ends that would end while the desk is closed."""

    OPENING_END = "opening_end"
    NEXT_OPENING = "next_opening"


HOURS_END = {
    WhenClosed.NEXT: HoursEnd.NEXT_OPENING,
    WhenClosed.PREVIOUS: HoursEnd.OPENING_END,
    WhenClosed.KEEP: None,
    WhenClosed.SAME_WEEKDAY: HoursEnd.NEXT_OPENING,
}
"""Where hour loans end if their rule says nothing of them; None: when their hours are over."""


@dataclass(frozen=True, slots=True)
class DueRange:
    """Loans and renewals made from `first` to `last` are due on `due` at the latest, or `exact`ly then."""

    first: date
    last: date
    due: date
    exact: bool = False

    def covers(self, day: date) -> bool:
        """Return whether a loan that is made on this day falls into the range."""
        return self.first <= day <= self.last


def schedule_problems(schedule: Sequence[DueRange]) -> Iterator[tuple[str, str]]:
    """Yield the place of each fault in a schedule of due dates, and what is wrong there."""
    for place, each in enumerate(schedule):
        if each.last < each.first:
            yield f"{place}.to", "A range ends on the day on which it begins, or later."
        elif each.due < each.last:
            yield f"{place}.due", "What is lent on the last day of the range must not be due before it."
        elif (each.due - each.first).days > LONGEST_RANGE_DAYS:
            yield f"{place}.due", "A loan is due within ten years."
        if any(each.first <= other.last and other.first <= each.last for other in schedule[:place]):
            yield f"{place}.from", "An earlier range covers some of these days. Let each day be in one range."
