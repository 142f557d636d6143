"""What rules say otherwise of lost copies."""

from dataclasses import replace

from loans_service.domain.rules.lost_terms import (
    LostTerms,
    LostTermsOfRule,
    longest_refund_days,
    rules_by_days_until_lost,
)
from tests.loans.makers import POLICY, euros

USUAL = LostTerms(42, euros(2500), euros(500), 180)


def test_a_rule_that_says_nothing_leaves_the_usual_terms() -> None:
    assert USUAL == LostTermsOfRule().instead_of(USUAL)
    assert [] == list(LostTermsOfRule().amounts())


def test_what_a_rule_says_counts_and_the_rest_is_usual() -> None:
    child = LostTermsOfRule(processing=euros(0), refund_processing=True, bill_after_days=14)
    laptop = LostTermsOfRule(after_days_overdue=3, default_price=euros(90_000), refund_within_days=30)

    assert LostTerms(42, euros(2500), euros(0), 180, refund_processing=True, bill_after_days=14) == child.instead_of(
        USUAL
    )
    assert LostTerms(3, euros(90_000), euros(500), 30) == laptop.instead_of(USUAL)
    assert [("default_price", euros(90_000))] == list(laptop.amounts())
    assert [("processing", euros(0))] == list(child.amounts())


def test_the_table_knows_the_terms_of_each_rule_and_groups_them_by_days() -> None:
    first, *others = POLICY.rules
    soon = replace(first, lost=LostTermsOfRule(after_days_overdue=7, refund_within_days=400))
    policy = replace(POLICY, rules=(soon, *others))

    by_days = rules_by_days_until_lost(policy.rules, policy.lost)

    assert {7: (first.name,), 42: tuple(rule.name for rule in others)} == by_days
    assert (7, 42, 42) == tuple(
        policy.lost_terms(name).after_days_overdue for name in (first.name, others[0].name, "gone")
    )
    assert [400, 180] == [longest_refund_days(each.rules, each.lost) for each in (policy, POLICY)]
