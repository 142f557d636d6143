"""How a loan stands, and what can happen to it."""

from datetime import datetime
from enum import StrEnum


class LoanStatus(StrEnum):
    """How a loan stands. The first three are open; the last two are closed although the copy never came back."""

    OPEN = "open"
    CLAIMED_RETURNED = "claimed_returned"
    LOST = "lost"
    RETURNED = "returned"
    LOST_AND_PAID = "lost_and_paid"
    MISSING = "missing"


class LoanEventType(StrEnum):
    """What can happen to a loan. The words are those of its history and of the published events.

    TAKEN_OVER, for a loan from another system, is in its history only.
    """

    CHECKED_OUT = "checked_out"
    TAKEN_OVER = "taken_over"
    RENEWED = "renewed"
    DUE_DATE_CHANGED = "due_date_changed"
    DECLARED_LOST = "declared_lost"
    CLAIMED_RETURNED = "claimed_returned"
    FOUND = "found"
    RETURNED = "returned"
    LOST_AND_PAID = "lost_and_paid"
    MARKED_MISSING = "marked_missing"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def status_of(
    *,
    returned_at: datetime | None,
    lost_at: datetime | None,
    claimed_at: datetime | None,
    settled_at: datetime | None = None,
) -> LoanStatus:
    """Return the status of a loan with these moments; None: it has not happened."""
    if settled_at is not None:
        return LoanStatus.MISSING if lost_at is None else LoanStatus.LOST_AND_PAID
    if returned_at is not None:
        return LoanStatus.RETURNED
    if lost_at is not None:
        return LoanStatus.LOST
    return LoanStatus.OPEN if claimed_at is None else LoanStatus.CLAIMED_RETURNED
