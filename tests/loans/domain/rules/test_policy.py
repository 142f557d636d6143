from dataclasses import replace
from typing import Any

import pytest

from loans_service.domain.money import Money
from loans_service.domain.rules.due_date import due_date
from loans_service.domain.rules.overdue_rate import OverdueRate
from loans_service.domain.rules.policy import InvalidPolicy, LendingRule, Period, Policy, Unit
from shared.kernel.errors import Refusals
from tests.loans.makers import ALWAYS_OPEN, NOW, POLICY, a_standing, euros

CONTRACT = {
    "adult": (21, 2, 10),
    "child": (14, 2, 5),
    "student": (28, 2, 15),
    "senior": (21, 3, 10),
    "staff": (56, 2, 30),
}
TWENTY_CENTS = OverdueRate(euros(20), euros(1000), 1)


def the_rule(*, category: str = "adult", item_type: str = "book", branch: str = "MAIN") -> LendingRule:
    return POLICY.rule_for(category=category, item_type=item_type, branch=branch)


@pytest.mark.parametrize("category", CONTRACT)
def test_the_default_policy_grants_what_the_library_promises(category: str) -> None:
    rule = the_rule(category=category)
    terms = POLICY.terms_for(category)

    days, renewals, most_loans = CONTRACT[category]
    assert (Period(days, Unit.DAYS), renewals, most_loans) == (rule.period, rule.renewals, terms.most_loans)
    assert (5, 3, euros(1000)) == (terms.most_holds, terms.most_overdue, terms.most_owed)


@pytest.mark.parametrize("category", CONTRACT)
@pytest.mark.parametrize("item_type", ["book", "dvd", "magazine"])
def test_everybody_but_a_child_pays_twenty_cents_a_day(category: str, item_type: str) -> None:
    fine = the_rule(category=category, item_type=item_type).fine

    assert (None if category == "child" else TWENTY_CENTS) == fine


@pytest.mark.parametrize("category", CONTRACT)
@pytest.mark.parametrize(("item_type", "days", "renewals"), [("dvd", 7, 1), ("magazine", 7, 0)])
def test_an_item_type_with_its_own_rule_goes_before_the_category(
    category: str, item_type: str, days: int, renewals: int
) -> None:
    rule = the_rule(category=category, item_type=item_type)

    assert (Period(days, Unit.DAYS), renewals) == (rule.period, rule.renewals)


@pytest.mark.parametrize("category", CONTRACT)
def test_a_reference_work_is_not_lent_to_anybody(category: str) -> None:
    assert not the_rule(category=category, item_type="reference").loanable


def test_the_default_policy_says_what_a_loss_costs_and_how_long_things_are_kept() -> None:
    lost = POLICY.lost

    assert (42, euros(2500), euros(500), 180) == (
        lost.after_days_overdue,
        lost.default_price,
        lost.processing,
        lost.refund_within_days,
    )
    assert (7, 90) == (POLICY.hold_shelf_days, POLICY.keep_history_days)


def everything_named(policy: Policy) -> list[str]:
    return [rule.name for rule in policy.rules_for(category="child", item_type="dvd", branch="east")]


def test_the_item_type_outweighs_the_branch_and_that_the_category() -> None:
    everything = [
        (item_type, category, branch)
        for item_type in ("dvd", None)
        for branch in ("EAST", None)
        for category in ("child", None)
    ]
    rules = [
        LendingRule(
            name=f"rule {rank}", item_type=names[0], category=names[1], branch=names[2], period=Period(1, Unit.DAYS)
        )
        for rank, names in enumerate(everything)
    ]

    for rank in range(8):
        left = replace(POLICY, rules=tuple(reversed(rules[rank:])))
        assert f"rule {rank}" == left.rule_for(category="child", item_type="dvd", branch="EAST").name
    whole = replace(POLICY, rules=tuple(rules))
    assert "rule 5" == whole.rule_for(category="adult", item_type="book", branch="EAST").name
    assert everything_named(whole) == [f"rule {rank}" for rank in range(8)]
    assert "rule 7" == whole.rule_for(category="adult", item_type="book", branch="MAIN").name


FALLBACK = LendingRule(name="any", period=Period(1, Unit.DAYS))
TERMS = POLICY.terms[0]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"rules": (replace(FALLBACK, category="child"),)}, ["rules"]),
        ({"terms": (replace(TERMS, category="child"),)}, ["terms"]),
        ({"rules": (FALLBACK, replace(FALLBACK, name="again"))}, ["rules.1"]),
        ({"rules": (FALLBACK, replace(FALLBACK, category="child"))}, ["rules.1.name"]),
        ({"terms": (TERMS, TERMS)}, ["terms.1.category"]),
        ({"rules": (replace(FALLBACK, period=None),)}, ["rules.0.period"]),
        ({"rules": (replace(FALLBACK, period=Period(121, Unit.MONTHS)),)}, ["rules.0.period.amount"]),
        ({"terms": (replace(TERMS, most_owed=Money(1, "USD")),)}, ["terms.0.most_owed.currency"]),
        ({"rules": (replace(FALLBACK, period=None),), "terms": ()}, ["rules.0.period", "terms"]),
    ],
)
def test_a_table_is_taken_whole_or_not_at_all_and_every_fault_is_told_with_its_place(
    change: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises((InvalidPolicy, Refusals)) as refused:
        replace(POLICY, **change)

    found = refused.value.refusals if isinstance(refused.value, Refusals) else (refused.value,)
    assert sorted(fields) == sorted(each.field for each in found if isinstance(each, InvalidPolicy))


@pytest.mark.parametrize("category", CONTRACT)
def test_the_fallback_serves_a_category_and_an_item_type_that_nobody_thought_of(category: str) -> None:
    rule = the_rule(category="pirate", item_type="globe")

    found = due_date(rule, now=NOW, calendar=ALWAYS_OPEN, membership_ends=a_standing().membership_ends)

    assert ("any member, any item", 23) == (rule.name, found.due_at.day)
