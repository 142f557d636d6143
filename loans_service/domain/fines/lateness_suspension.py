"""Borrowing that is suspended for a while because a copy came back late."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.kernel.errors import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessSuspension:
    """A suspension of so many days, up to and including `ends_on`, for a copy that came back on `starts_on`."""

    id: UUID
    member_id: UUID
    loan_id: UUID
    starts_on: date
    ends_on: date
    days: int
    made_at: datetime


class NotSuspended(Conflict):
    """Borrowing is not suspended for lateness."""

    code = "not-suspended-for-lateness"
    detail = "Borrowing is not suspended for lateness: it ended or was lifted before. Nothing is left to lift."
