"""What the lateness of a loan costs."""

from collections.abc import Iterable
from datetime import datetime

from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.fines import left_to_charge, overdue_fine
from loans_service.domain.rules.policy import LendingRule


def accruing_fine(
    loan: Loan, *, now: datetime, calendar: Calendar, rule: LendingRule, charged: Iterable[Money]
) -> Money | None:
    """Return what a late loan would cost if its copy came back now; None if nothing.

    `charged` is what was charged for this lateness already. A missed copy costs its price instead.
    """
    if loan.status is not LoanStatus.OPEN:
        return None
    recalled = loan.recalled_at is not None
    owed = overdue_fine(loan.due_at, now, calendar=calendar, rule=rule, price=loan.price, recalled=recalled)
    return None if owed is None else left_to_charge(owed, charged)


def charged_since(due_at: datetime, fines: Iterable[tuple[datetime, Money]]) -> list[Money]:
    """Return what was charged for the lateness that began at `due_at`, of the overdue fines of a loan with their times.

    Earlier ones were for lateness that a renewal ended.
    """
    return [amount for charged_at, amount in fines if charged_at > due_at]
