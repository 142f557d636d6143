"""For how long it is known who borrowed, waited and paid, by how that ended."""

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
"""How a loan, a hold or a charge by hand can have ended."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days each way of having ended is kept for; what is not named, as long as the policy says."""

    days: Mapping[str, int] = field(default_factory=dict)

    def ended_before(self, now: datetime, *, usual_days: int) -> dict[str, datetime]:
        """Return for each status before when it must have ended to be forgotten now."""
        return {status: now - timedelta(days=self.days.get(status, usual_days)) for status in ENDED}
