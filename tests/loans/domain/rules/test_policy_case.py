from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from loans_service.domain.rules.conditions import AgeRange
from loans_service.domain.rules.policy import Period, Unit
from loans_service.domain.rules.policy_document import read_cases
from loans_service.domain.rules.reminders import Reminder
from loans_service.domain.rules.rental import Rental, RentalUnit
from loans_service.domain.rules.suspension import SuspensionTerms
from loans_service.domain.rules.trials.policy_case import PolicyCase
from tests.loans.makers import POLICY, default_document, euros


def failures(*, category: str = "adult", item_type: str = "book", days_late: int = 0, **expect: Any) -> dict[str, Any]:
    case = PolicyCase(
        name="a case",
        category=category,
        item_type=item_type,
        lent_on=date(2026, 3, 2),
        days_late=days_late,
        expect=expect,
    )
    found = case.failures(POLICY, where="cases.3")
    return {failure.field: (failure.figures["expected"], failure.figures["found"]) for failure in found}


def test_every_case_that_ships_with_the_default_policy_comes_out() -> None:
    cases = list(read_cases(default_document()))

    assert len(cases) >= 5
    assert [] == [failure for case in cases for failure in case.failures(POLICY, where="")]


def test_each_fact_that_does_not_come_out_is_told_at_its_place() -> None:
    found = failures(rule="student", due_on="2026-03-23", renewals=3, most_loans=10)

    assert {"cases.3.expect.rule": ("student", "adult"), "cases.3.expect.renewals": (3, 2)} == found


@pytest.mark.parametrize(("days_late", "fine"), [(0, 0), (1, 0), (2, 40), (100, 1000)])
def test_a_case_may_say_what_lateness_costs(days_late: int, fine: int) -> None:
    assert {} == failures(days_late=days_late, fine=fine)


def test_what_is_not_lent_has_neither_due_date_nor_fine() -> None:
    assert {} == failures(item_type="reference", loanable=False, holds_allowed=False)
    assert {"cases.3.expect.due_on": ("2026-03-23", None)} == failures(item_type="reference", due_on="2026-03-23")


def test_a_case_that_does_not_come_out_is_told_by_its_name() -> None:
    usual: dict[str, Any] = {"category": "adult", "item_type": "book", "lent_on": date(2026, 3, 2)}

    (failure,) = PolicyCase(name="a film", expect={"renewals": 3}, **usual).failures(POLICY, where="cases.0")

    assert "The case 'a film' does not come out as it says. Correct the table or the case." == failure.detail


def test_what_is_not_lent_costs_nothing_that_anybody_could_expect() -> None:
    assert {"cases.3.expect.fine": (0, None)} == failures(item_type="reference", fine=0)


def test_a_case_may_say_what_reminders_rental_deposit_and_lateness_cost() -> None:
    reminders = (Reminder(timedelta(days=1), euros(100)), Reminder(timedelta(days=8), euros(250)))
    rule = replace(
        POLICY.rules[0],
        reminders=reminders,
        suspension=SuspensionTerms(2),
        rental=Rental(euros(10), RentalUnit.DAY),
        deposit=euros(500),
    )
    policy = replace(POLICY, rules=(rule,))
    facts: dict[str, Any] = {"category": "adult", "item_type": "book", "lent_on": date(2026, 3, 2)}
    expected = {"reminder_fees": 0, "suspended_days": 0, "rental": 210, "deposit": 500}

    for days_late, more in ((0, {}), (2, {"reminder_fees": 100, "suspended_days": 4}), (9, {"reminder_fees": 350})):
        expect = expected | {"suspended_days": 2 * days_late} | more
        case = PolicyCase(name="a case", days_late=days_late, expect=expect, **facts)
        assert [] == list(case.failures(policy, where="cases.0"))
    assert {} == failures(reminder_fees=0, suspended_days=0, rental=0, deposit=0)


def test_a_case_may_name_where_the_copy_is_kept_and_who_the_member_is() -> None:
    rules = (
        POLICY.rules[0],
        replace(POLICY.rules[0], name="short", location="SHORT"),
        replace(POLICY.rules[0], name="guests", home_branch="OTHER"),
        replace(POLICY.rules[0], name="minors", age=AgeRange(oldest=17)),
    )
    usual: dict[str, Any] = {
        "name": "a case", "category": "adult", "item_type": "book", "lent_on": "2026-03-02", "days_late": 0,
    }  # fmt: skip
    cases = [
        usual | {"location": "short", "expect": {"rule": "short"}},
        usual | {"home_branch": "other", "expect": {"rule": "guests"}},
        usual | {"age": 17, "expect": {"rule": "minors"}},
        usual | {"age": 18, "expect": {"rule": POLICY.rules[0].name}},
    ]

    found = [case.failures(replace(POLICY, rules=rules), where="") for case in read_cases({"cases": cases})]

    assert [] == [failure for failures in found for failure in failures]


def test_a_case_may_be_renewed_and_is_late_after_that() -> None:
    case = PolicyCase(
        name="a case", category="adult", item_type="book", lent_on=date(2026, 3, 2), renewed_on=date(2026, 3, 20),
        days_late=2, expect={"due_on": "2026-03-23", "renewed_due_on": "2026-04-13", "fine": 40},
    )  # fmt: skip
    of_a_week = tuple(replace(rule, renewal_period=Period(1, Unit.WEEKS)) for rule in POLICY.rules)

    assert [] == list(case.failures(POLICY, where=""))
    (failure,) = case.failures(replace(POLICY, rules=of_a_week), where="")
    assert ("2026-04-13", "2026-03-30") == (failure.figures["expected"], failure.figures["found"])


def test_a_renewal_that_changes_nothing_has_no_due_date() -> None:
    ends = tuple(replace(rule, fixed_due_date=date(2026, 3, 20)) for rule in POLICY.rules)
    case = PolicyCase(
        name="a case", category="adult", item_type="book", lent_on=date(2026, 3, 2), renewed_on=date(2026, 3, 10),
        expect={"due_on": "2026-03-20", "renewed_due_on": "2026-03-21"},
    )  # fmt: skip

    (failure,) = case.failures(replace(POLICY, rules=ends), where="")

    assert failure.figures["found"] is None
