"""When a copy counts as lost without anybody saying so."""

from datetime import datetime, timedelta

from loans_service.domain.lending.loan import Loan, LoanEventType
from loans_service.domain.lending.loan_status import LoanStatus

STARTS_ANEW = (LoanEventType.FOUND, LoanEventType.TAKEN_OVER)
"""After what the days are counted anew."""


def is_to_be_given_up(loan: Loan, *, after_days: int, counted_from: datetime | None, now: datetime) -> bool:
    """Tell whether a loan has been overdue for more than `after_days`.

    They are counted anew (`counted_from`) from when its copy was found with the borrower, who has just been told to
    bring it back, or when the loan was taken over from another system, which may have left it open for years: nobody is
    charged for it a moment later.
    """
    since = loan.due_at if counted_from is None else max(loan.due_at, counted_from)
    return loan.status is LoanStatus.OPEN and since + timedelta(days=after_days) < now
