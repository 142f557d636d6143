"""How a loan is recalled: by how much it may be shortened for a waiting hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from loans_service.domain.rules.calendar import FURTHEST_DAYS, Calendar, NoOpenDay

LONGEST_MINIMUM = 3_650


@dataclass(frozen=True, slots=True)
class RecallTerms:
    """What the borrower of a recalled copy keeps.

    They keep the copy for at least `minimum_days` after the check-out, and it is due no earlier than on the
    `due_in_days`-th open day after the recall.
    """

    minimum_days: int
    due_in_days: int

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each invalid number, and why it is invalid."""
        if not 0 <= self.minimum_days <= LONGEST_MINIMUM:
            yield "minimum_days", "A recalled loan keeps from 0 days to ten years."
        if not 1 <= self.due_in_days <= FURTHEST_DAYS:
            yield "due_in_days", f"A recalled loan is due after 1 to {FURTHEST_DAYS} open days."


def recalled_due_date(
    terms: RecallTerms, *, checked_out_at: datetime, due_at: datetime, now: datetime, calendar: Calendar
) -> datetime:
    """Return the new due date of a loan that is recalled now: the end of an open day, never after `due_at`.

    If the branch stays closed for a year, the due date stays as it is.
    """
    kept_until = calendar.day_of(checked_out_at) + timedelta(days=terms.minimum_days)
    try:
        guaranteed = calendar.end_of_day(calendar.next_open_day(kept_until))
        noticed = calendar.end_of_day(calendar.open_day_after(calendar.day_of(now), number=terms.due_in_days))
    except NoOpenDay:
        return due_at
    return min(due_at, max(guaranteed, noticed))
