"""For how long borrowers stay known in ended loans, holds and charges, by status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.holds.hold import HoldStatus
from loans_service.domain.lending.loan_status import LoanStatus

ENDED: tuple[str, ...] = (
    *(LoanStatus.RETURNED, LoanStatus.LOST_AND_PAID, LoanStatus.MISSING),
    *(HoldStatus.FULFILLED, HoldStatus.CANCELLED, HoldStatus.EXPIRED),
    *(FineStatus.PAID, FineStatus.WAIVED),
)
"""The statuses in which a loan, a hold or a charge by hand has ended."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days to keep the borrower, by status; the policy decides for statuses not named here."""

    days: Mapping[str, int] = field(default_factory=dict)

    def ended_before(self, now: datetime, *, usual_days: int) -> dict[str, datetime]:
        """Return for each status the moment before which it must have ended to be forgotten now."""
        return {status: now - timedelta(days=self.days.get(status, usual_days)) for status in ENDED}
