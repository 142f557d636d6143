"""When a long overdue copy counts as lost automatically."""

from datetime import datetime, timedelta

from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanEventType, LoanStatus

STARTS_ANEW = (LoanEventType.FOUND, LoanEventType.TAKEN_OVER)
"""The events after which the overdue days are counted anew."""


def is_to_be_given_up(loan: Loan, *, after_days: int, counted_from: datetime | None, now: datetime) -> bool:
    """Return whether an open loan has been overdue for more than `after_days`.

    The days are counted anew (`counted_from`) from when the copy was found with the borrower, who has just been asked
    to return it, or when the loan was taken over from another system, which may have left it open for years: so the
    borrower is not charged at once.
    """
    since = loan.due_at if counted_from is None else max(loan.due_at, counted_from)
    return loan.status is LoanStatus.OPEN and since + timedelta(days=after_days) < now
