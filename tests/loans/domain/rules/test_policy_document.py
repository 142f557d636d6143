from datetime import date
from typing import Any

from loans_service.domain.money import Money
from loans_service.domain.rules.policy import OverdueRate, Period, Unit
from loans_service.domain.rules.policy_document import in_currency, read_policy
from tests.loans.makers import default_document

RULE: dict[str, Any] = {
    "name": "everything",
    "period": {"amount": 3, "unit": "weeks"},
    "period_when_others_wait": {"amount": 12, "unit": "hours"},
    "fixed_due_date": "2026-12-31",
    "fine": {"per_day": {"amount": 20}, "most": {"amount": 1000, "currency": "CHF"}, "grace_days": 1},
}


def test_a_document_becomes_the_policy_that_it_describes() -> None:
    branch_rule = RULE | {"name": "east", "branch": "East"}

    policy = read_policy(default_document() | {"rules": [RULE, branch_rule]}, version=7, currency="CHF")

    rule = policy.rule_for(category="adult", item_type="book", branch="MAIN")
    assert (7, "everything") == (policy.version, rule.name)
    assert (Period(3, Unit.WEEKS), Period(12, Unit.HOURS)) == (rule.period, rule.period_when_others_wait)
    assert date(2026, 12, 31) == rule.fixed_due_date
    assert OverdueRate(Money(20, "CHF"), Money(1000, "CHF"), 1) == rule.fine
    assert "east" == policy.rule_for(category="adult", item_type="book", branch="east").name


def test_amounts_without_a_currency_are_in_the_librarys_and_nothing_else_changes() -> None:
    document = {
        "fee": {"amount": 5},
        "price": {"amount": 7, "currency": "USD"},
        "period": {"amount": 3, "unit": "days"},
    }

    filled = in_currency({"list": [document], "name": "x"}, "EUR")

    euros = {"amount": 5, "currency": "EUR"}
    assert {"list": [document | {"fee": euros}], "name": "x"} == filled
