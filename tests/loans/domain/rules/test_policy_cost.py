"""What it costs to try a policy on its own cases."""

import time
from typing import Any

import pytest

from loans_service.application.rules.change_policy import read_proposal
from tests.loans.makers import default_document

CASES, LONGEST = 500, 36_500


def proposal(*, days_late: int, more_rules: int = 0) -> dict[str, Any]:
    case = {"category": "adult", "item_type": "book", "branch": None, "lent_on": "2026-03-02", "days_late": days_late}
    document = default_document()
    rules = [{**document["rules"][0], "name": f"rule {n}", "branch": f"B{n}"} for n in range(more_rules)]
    cases = [{**case, "name": f"case {number}", "expect": {"rule": "adult"}} for number in range(CASES)]
    return {**document, "rules": [*document["rules"], *rules], "cases": cases}


def cost(document: dict[str, Any]) -> float:
    def once() -> float:
        began = time.thread_time()
        read_proposal(document, currency="EUR")
        return time.thread_time() - began

    return min(once() for _ in range(5))


def test_a_case_of_a_hundred_years_costs_what_one_of_a_day_does() -> None:
    assert cost(proposal(days_late=LONGEST)) < 3 * cost(proposal(days_late=1))


@pytest.mark.parametrize("more_rules", [900])
def test_each_case_is_not_compared_with_each_rule(more_rules: int) -> None:
    _, cases = read_proposal(proposal(days_late=1), currency="EUR")
    few, many = (read_proposal(proposal(days_late=1, more_rules=more), currency="EUR")[0] for more in (0, more_rules))

    def tried(policy: Any) -> float:
        began = time.thread_time()
        assert [] == [failure for case in cases for failure in case.failures(policy, where="")]
        return time.thread_time() - began

    assert min(tried(many) for _ in range(5)) < 3 * min(tried(few) for _ in range(5))
