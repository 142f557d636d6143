"""When a copy counts as lost without anybody saying so."""

from datetime import datetime, timedelta

from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus


def is_to_be_given_up(loan: Loan, *, after_days: int, found_at: datetime | None, now: datetime) -> bool:
    """Tell whether a loan has been overdue for more than `after_days`.

    They are counted anew from when its copy was found with the borrower (`found_at`): who has just been told to bring
    it back is not charged for it a moment later.
    """
    since = loan.due_at if found_at is None else max(loan.due_at, found_at)
    return loan.status is LoanStatus.OPEN and since + timedelta(days=after_days) < now
