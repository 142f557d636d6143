import pytest

from loans_service.domain.policy import CategoryTerms, LendingRule, Policy
from tests.loans.makers import POLICY

CONTRACT = {
    "adult": (21, 2, 10),
    "child": (14, 2, 5),
    "student": (28, 2, 15),
    "senior": (21, 3, 10),
    "staff": (56, 2, 30),
}


@pytest.mark.parametrize("category", CONTRACT)
def test_the_default_policy_grants_what_the_library_promises(category: str) -> None:
    rule = POLICY.rule_for(category=category, item_type="book")
    terms = POLICY.terms_for(category)

    assert CONTRACT[category] == (rule.days, rule.renewals, terms.most_loans)


@pytest.mark.parametrize(("item_type", "days", "renewals"), [("dvd", 7, 1), ("magazine", 7, 0)])
def test_an_item_type_with_its_own_rule_goes_before_the_category(item_type: str, days: int, renewals: int) -> None:
    rule = POLICY.rule_for(category="staff", item_type=item_type)

    assert (days, renewals) == (rule.days, rule.renewals)


def test_a_reference_work_is_not_lent_to_anybody() -> None:
    rule = POLICY.rule_for(category="staff", item_type="reference")

    assert not rule.loanable


def test_a_rule_for_both_category_and_item_type_goes_before_one_for_either() -> None:
    def rule(name: str, category: str | None, item_type: str | None) -> LendingRule:
        return LendingRule(name, category, item_type, loanable=True, days=1, renewals=0)

    policy = Policy(
        version=2,
        rules=(
            rule("any", None, None),
            rule("child", "child", None),
            rule("dvd", None, "dvd"),
            rule("both", "child", "dvd"),
        ),
        terms=(CategoryTerms(None, 1, 1),),
    )

    chosen = {
        (category, item_type): policy.rule_for(category=category, item_type=item_type).name
        for category in ("child", "adult")
        for item_type in ("dvd", "book")
    }

    assert {
        ("child", "dvd"): "both",
        ("child", "book"): "child",
        ("adult", "dvd"): "dvd",
        ("adult", "book"): "any",
    } == chosen


def test_a_policy_without_a_fallback_cannot_be_built() -> None:
    only_children = LendingRule("child", "child", None, loanable=True, days=1, renewals=0)

    with pytest.raises(ValueError, match="any category"):
        Policy(version=1, rules=(only_children,), terms=(CategoryTerms(None, 1, 1),))
