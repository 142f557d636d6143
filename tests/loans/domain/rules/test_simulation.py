from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.policy import Period, Policy, Unit
from loans_service.domain.rules.trials.simulation import PastLoan, SimulatedLoan, replay
from shared.kernel.ids import new_id
from tests.loans.makers import ALWAYS_OPEN, NOW, POLICY, UTC_ZONE, euros


def a_past_loan(*, rule: str = "adult", days_out: int | None = 10) -> PastLoan:
    returned_at = None if days_out is None else NOW + timedelta(days=days_out)
    return PastLoan(new_id(), NOW, returned_at, "adult", "book", "MAIN", rule, 1)


def with_adults(**change: Any) -> Policy:
    rules = tuple(replace(rule, **change) if rule.name == "adult" else rule for rule in POLICY.rules)
    return replace(POLICY, rules=rules)


def changes(loan: PastLoan, proposed: Policy, calendar: Calendar = ALWAYS_OPEN) -> list[str]:
    outcomes = replay(loan, made_under=POLICY, proposed=proposed, calendar=calendar)
    assert outcomes is not None
    before, after = outcomes
    return list(before.changes(after))


def test_under_the_same_policy_nothing_changes() -> None:
    assert [] == changes(a_past_loan(), POLICY)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"period": Period(14, Unit.DAYS)}, ["due_earlier"]),
        ({"period": Period(28, Unit.DAYS)}, ["due_later"]),
        ({"renewals": 1}, ["renewals"]),
        ({"loanable": False, "renewals": 2}, ["not_lent"]),
        ({"fine": None}, []),
    ],
)
def test_what_would_have_been_otherwise_is_told_in_words(change: dict[str, Any], words: list[str]) -> None:
    assert words == changes(a_past_loan(), with_adults(**change))


def test_a_late_return_would_have_cost_less_with_a_longer_period_and_nothing_without_fines() -> None:
    late = a_past_loan(days_out=25)

    assert ["due_later", "fine"] == changes(late, with_adults(period=Period(22, Unit.DAYS)))
    assert ["fine"] == changes(late, with_adults(fine=None))


def test_no_fine_exceeds_the_price_of_the_copy() -> None:
    late = replace(a_past_loan(days_out=40), price=euros(100))

    outcomes = replay(late, made_under=POLICY, proposed=with_adults(period=Period(14, Unit.DAYS)), calendar=ALWAYS_OPEN)

    assert outcomes is not None
    assert [euros(100), euros(100)] == [outcome.fine for outcome in outcomes]


def test_an_open_loan_has_cost_nothing_yet() -> None:
    assert [] == changes(a_past_loan(days_out=None), with_adults(fine=None))


def test_a_branch_that_never_opens_gives_neither_policy_a_due_date() -> None:
    assert [] == changes(a_past_loan(), with_adults(period=Period(1, Unit.DAYS)), Calendar(UTC_ZONE, weekly=((),) * 7))


def test_a_loan_by_a_rule_that_its_version_does_not_have_is_not_decided() -> None:
    assert replay(a_past_loan(rule="no such"), made_under=POLICY, proposed=POLICY, calendar=ALWAYS_OPEN) is None


def test_a_loan_is_worked_out_from_its_own_day() -> None:
    long_ago = replace(a_past_loan(), checked_out_at=datetime(2020, 1, 1, 10, tzinfo=UTC))

    outcomes = replay(long_ago, made_under=POLICY, proposed=POLICY, calendar=ALWAYS_OPEN)

    assert outcomes is not None
    assert datetime(2020, 1, 22, 23, 59, 59, tzinfo=UTC) == outcomes[0].due_at


OUTCOME = SimulatedLoan("adult", True, NOW, 2, euros(0))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rule": "another"}, []),
        ({"loanable": False, "due_at": None}, ["not_lent"]),
        ({"due_at": None}, ["no_open_day"]),
        ({"due_at": NOW + timedelta(seconds=1)}, ["due_later"]),
        ({"due_at": NOW - timedelta(seconds=1)}, ["due_earlier"]),
        ({"renewals": 3, "fine": None}, ["renewals", "fine"]),
    ],
)
def test_each_difference_between_two_outcomes_has_its_word(change: dict[str, Any], words: list[str]) -> None:
    assert words == list(OUTCOME.changes(replace(OUTCOME, **change)))


def test_what_was_not_lent_before_and_a_branch_that_opens_again_have_words_too() -> None:
    assert ["lent"] == list(replace(OUTCOME, loanable=False, due_at=None).changes(OUTCOME))
    assert ["no_open_day"] == list(replace(OUTCOME, due_at=None).changes(OUTCOME))


def test_an_outcome_names_the_rule_that_it_comes_from() -> None:
    outcomes = replay(a_past_loan(), made_under=POLICY, proposed=POLICY, calendar=ALWAYS_OPEN)

    assert outcomes is not None
    assert ["adult", "adult"] == [outcome.rule for outcome in outcomes]


def test_the_rule_for_the_item_type_of_the_loan_is_the_one_that_would_have_counted() -> None:
    of_dvds = replace(POLICY.rules[0], name="discs", item_type="disc", category=None, branch=None)
    proposed = replace(POLICY, rules=(*POLICY.rules, of_dvds))

    outcomes = replay(
        replace(a_past_loan(), item_type="disc"), made_under=POLICY, proposed=proposed, calendar=ALWAYS_OPEN
    )

    assert outcomes is not None
    assert "discs" == outcomes[1].rule


def test_a_rule_with_conditions_counts_for_the_loans_of_a_rule_of_its_name() -> None:
    adult = next(rule for rule in POLICY.rules if rule.name == "adult")
    short = replace(adult, name="short", location="SHORT", period=Period(1, Unit.DAYS))
    made_under = replace(POLICY, rules=(*POLICY.rules, replace(short, period=Period(2, Unit.DAYS))))
    proposed = replace(POLICY, rules=(*POLICY.rules, short))

    def outcome(loan: PastLoan) -> list[str]:
        before, after = replay(loan, made_under=made_under, proposed=proposed, calendar=ALWAYS_OPEN) or (None, None)
        assert before is not None
        assert after is not None
        return [after.rule, *before.changes(after)]

    assert ["short", "due_earlier"] == outcome(a_past_loan(rule="short", days_out=None))
    assert ["adult"] == outcome(a_past_loan(days_out=None))
