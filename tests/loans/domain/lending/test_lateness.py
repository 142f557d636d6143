"""What a late loan costs so far."""

from datetime import timedelta
from typing import Any

import pytest

from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.lending.lateness import accruing_fine, charged_since
from loans_service.domain.lending.loan import Loan
from loans_service.domain.money import Money
from loans_service.domain.rules.overdue_rate import OverdueRate, RecallRate
from loans_service.domain.rules.policy import LendingRule
from tests.loans.makers import ALWAYS_OPEN, NOW, a_loan, euros

DUE = NOW + timedelta(days=7)
RULE = LendingRule(
    name="test", fine=OverdueRate(euros(20), euros(1000), 1, after_recall=RecallRate(euros(300), euros(9000)))
)


def accruing(loan: Loan, days: float, **facts: Any) -> Money | None:
    asked = {"calendar": ALWAYS_OPEN, "rule": RULE, "charged": (), **facts}
    return accruing_fine(loan, now=loan.due_at + timedelta(days=days), **asked)


def test_a_late_loan_costs_by_now_what_its_return_would_cost() -> None:
    loan = a_loan(due_at=DUE)

    assert [None, None, euros(40), euros(200), euros(1000)] == [accruing(loan, days) for days in (0, 1, 2, 10, 900)]


def test_what_was_charged_of_it_grows_no_more() -> None:
    assert [euros(140), None] == [accruing(a_loan(due_at=DUE), 10, charged=[euros(cents)]) for cents in (60, 200)]


def test_it_grows_up_to_the_price_of_the_copy() -> None:
    loan = a_loan(due_at=DUE)
    loan.price_amount, loan.price_currency = 90, "EUR"

    assert euros(90) == accruing(loan, 10)


def test_a_recalled_loan_grows_by_what_the_rule_says_of_recalls() -> None:
    loan = a_loan(due_at=DUE)
    loan.recall(DUE - timedelta(days=1), why="", now=NOW)

    assert euros(600) == accruing(loan, 2)


@pytest.mark.parametrize("end", ["lost", "claimed", "returned"])
def test_what_is_not_simply_out_grows_no_more(end: str) -> None:
    loan, late = a_loan(due_at=DUE), DUE + timedelta(days=5)
    if end == "lost":
        loan.declare_lost(why="", now=late)
    elif end == "claimed":
        loan.claim_returned(why="", now=late)
    else:
        loan.bring_back(NextStop.SHELF, returned_at=late, now=late)

    assert None is accruing(loan, 30)


def test_what_was_charged_for_lateness_that_a_renewal_ended_does_not_count() -> None:
    tick = timedelta(microseconds=1)
    fines = [(DUE - tick, euros(1)), (DUE, euros(2)), (DUE + tick, euros(3)), (DUE + tick, euros(4))]

    assert [euros(3), euros(4)] == charged_since(DUE, fines)
