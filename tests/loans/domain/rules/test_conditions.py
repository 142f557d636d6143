"""Rules for a location, for members of a branch, and for ages."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans_service.domain.rules.conditions import NOTHING_KNOWN, AgeRange, Particulars
from loans_service.domain.rules.policy import InvalidPolicy, LendingRule, Period, Policy, Unit
from shared.kernel.errors import Refusals
from tests.loans.makers import POLICY

ANY = LendingRule(name="any", period=Period(3, Unit.WEEKS))
READING_ROOM = replace(ANY, name="reading room", location="READING", loanable=False)
GUESTS = replace(ANY, name="guests", home_branch="OTHER")
MINORS = replace(ANY, name="from 18", item_type="dvd", age=AgeRange(oldest=17), loanable=False)


def table(*rules: LendingRule) -> Policy:
    return replace(POLICY, rules=(ANY, *rules))


def names(policy: Policy, known: Particulars = NOTHING_KNOWN, item_type: str = "dvd") -> list[str]:
    return [rule.name for rule in policy.rules_for(category="adult", item_type=item_type, branch="MAIN", known=known)]


def faults(*rules: LendingRule) -> list[tuple[object, str]]:
    try:
        table(*rules)
    except InvalidPolicy as refused:
        return [(refused.field, str(refused))]
    except Refusals as refused:
        return [(each.field, str(each)) for each in refused.refusals if isinstance(each, InvalidPolicy)]
    return []


def test_a_rule_for_a_location_counts_for_its_copies_alone_however_the_code_is_written() -> None:
    policy = table(READING_ROOM)

    assert ["reading room", "any"] == names(policy, Particulars(location="Reading"))
    assert ["any"] == names(policy, Particulars(location="SHELVES"))
    assert ["any"] == names(policy)


def test_members_of_another_branch_may_have_rules_of_their_own() -> None:
    policy = table(GUESTS)

    assert ["guests", "any"] == names(policy, Particulars(home_branch="other"))
    assert ["any"] == names(policy, Particulars(home_branch="MAIN"))


@pytest.mark.parametrize(("age", "lends"), [(0, False), (17, False), (18, True), (None, True)])
def test_an_age_limit_is_met_in_full_years_and_not_by_who_has_no_age(age: int | None, lends: bool) -> None:
    rule = table(MINORS).rule_for(category="adult", item_type="dvd", branch="MAIN", known=Particulars(age=age))

    assert lends is rule.loanable


def test_an_age_limit_of_an_item_type_holds_in_every_branch_and_for_every_category() -> None:
    of_a_branch = replace(ANY, name="branch", item_type="dvd", branch="MAIN", category="adult", location="READING")

    found = names(table(of_a_branch, MINORS), Particulars(location="READING", age=12))

    assert ["from 18", "branch", "any"] == found


def test_item_type_counts_before_age_location_branch_home_branch_and_category() -> None:
    one_each: list[dict[str, Any]] = [
        {"item_type": "dvd"}, {"age": AgeRange(18)}, {"location": "READING"}, {"branch": "MAIN"},
        {"home_branch": "OTHER"}, {"category": "adult"},
    ]  # fmt: skip
    rules = [replace(ANY, name=next(iter(names)), **names) for names in reversed(one_each)]
    rules.append(replace(ANY, name="all but the type", **{k: v for each in one_each[1:] for k, v in each.items()}))

    found = names(table(*rules), Particulars("READING", "OTHER", 30))

    assert ["item_type", "all but the type", "age", "location", "branch", "home_branch", "category", "any"] == found


def test_a_loan_goes_on_fulfilling_the_rule_that_it_was_made_under_where_nobody_asks_any_more() -> None:
    policy = table(READING_ROOM, GUESTS, MINORS)

    assert ["reading room", "any"] == names(policy, Particulars(made_under="reading room"))
    assert ["guests", "any"] == names(policy, Particulars(location="SHELVES", made_under="guests"))
    assert ["any"] == names(policy, Particulars(location="SHELVES", made_under="reading room"))
    assert ["any"] == names(policy, Particulars(age=18, made_under="from 18"))
    assert ["from 18", "any"] == names(policy, Particulars(made_under="from 18"))


def test_no_two_rules_name_the_same_conditions_and_ages_are_the_same_where_they_overlap() -> None:
    same = "An earlier rule names the same category, item type and branch."
    overlaps = "An earlier rule that names the same covers such an age."
    adults = replace(MINORS, name="adults", age=AgeRange(18))

    assert [] == faults(READING_ROOM, replace(READING_ROOM, name="x", location="SHELVES"), MINORS, adults)
    assert [("rules.2", same)] == faults(READING_ROOM, replace(READING_ROOM, name="x"))
    assert [("rules.2", same)] == faults(GUESTS, replace(GUESTS, name="x"))
    assert [("rules.2", same)] == faults(MINORS, replace(MINORS, name="x"))
    assert [("rules.2.age", overlaps)] == faults(MINORS, replace(adults, age=AgeRange(17)))
    assert [("rules.3.age", overlaps)] == faults(MINORS, adults, replace(MINORS, name="x", age=AgeRange(3, 5)))
    assert [] == faults(MINORS, replace(MINORS, name="elsewhere", location="READING", age=AgeRange(3, 5)))


def test_a_rule_with_a_condition_is_none_for_all_the_rest() -> None:
    with pytest.raises(InvalidPolicy, match="The table needs one rule for any category"):
        replace(POLICY, rules=(READING_ROOM,))


@pytest.mark.parametrize(
    ("age", "why"),
    [
        (AgeRange(), "Say from or to which age, in full years."),
        (AgeRange(18, 17), "An age range ends at the age at which it begins, or later."),
    ],
)
def test_an_age_range_has_ends_in_their_order(age: AgeRange, why: str) -> None:
    assert [("rules.1.age", why)] == faults(replace(MINORS, age=age))
    assert [] == faults(replace(MINORS, age=AgeRange(18, 18)))


RANGES = st.builds(AgeRange, st.none() | st.integers(0, 80), st.none() | st.integers(0, 80)).filter(
    lambda ages: not list(ages.problems())
)


@given(one=RANGES, other=RANGES)
def test_two_ranges_overlap_if_somebody_is_in_both(one: AgeRange, other: AgeRange) -> None:
    in_both = [age for age in range(151) if one.covers(age) and other.covers(age)]

    assert one.overlaps(other) is other.overlaps(one) is bool(in_both)


@given(known=st.builds(Particulars, st.sampled_from([None, "READING"]), st.sampled_from([None, "OTHER"]),
                       st.none() | st.integers(0, 120), st.sampled_from([None, "guests", "from 18"])))  # fmt: skip
def test_the_rules_that_match_are_in_one_order_and_end_with_the_one_for_everything(known: Particulars) -> None:
    found = table(READING_ROOM, GUESTS, MINORS).rules_for(category="adult", item_type="dvd", branch="MAIN", known=known)

    assert ANY == found[-1]
    assert len({rule.weight for rule in found}) == len(found)
