"""How a loan is recalled: by how much it may be shortened while somebody waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from loans_service.domain.rules.calendar import FURTHEST_DAYS, Calendar, NoOpenDay

LONGEST_MINIMUM = 3_650


@dataclass(frozen=True, slots=True)
class RecallTerms:
    """What the borrower of a recalled copy keeps.

    The copy stays with them for `minimum_days` after the check-out at least, and is due no earlier than on the
    `due_in_days`-th open day after the recall.
    """

    minimum_days: int
    due_in_days: int

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each number that does not do, and why."""
        if not 0 <= self.minimum_days <= LONGEST_MINIMUM:
            yield "minimum_days", "A recalled loan keeps from 0 days to ten years."
        if not 1 <= self.due_in_days <= FURTHEST_DAYS:
            yield "due_in_days", f"A recalled loan is due after 1 to {FURTHEST_DAYS} open days."


def recalled_due_date(
    terms: RecallTerms, *, checked_out_at: datetime, due_at: datetime, now: datetime, calendar: Calendar
) -> datetime:
    """Return when a loan due at `due_at` is due once it is recalled now: at the end of an open day, never later.

    A branch that stays closed for a year leaves the due date as it is.
    """
    kept_until = calendar.day_of(checked_out_at) + timedelta(days=terms.minimum_days)
    try:
        guaranteed = calendar.end_of_day(calendar.next_open_day(kept_until))
        noticed = calendar.end_of_day(calendar.open_day_after(calendar.day_of(now), number=terms.due_in_days))
    except NoOpenDay:
        return due_at
    return min(due_at, max(guaranteed, noticed))
