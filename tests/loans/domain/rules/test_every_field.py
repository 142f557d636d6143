"""Each field of a rule is sent and shown, tried out on past loans, and brought by a converter or named where not."""

from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from loans_service.api.rules.hold_terms_requests import HoldTermsRequest
from loans_service.api.rules.policy_requests import RuleRequest, TermsRequest
from loans_service.application.lending.views import MatchedBy
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.category_terms import CategoryTerms
from loans_service.domain.rules.due_terms import DueRange, HoursEnd, RenewFrom, WhenClosed
from loans_service.domain.rules.hold_terms import HoldTerms
from loans_service.domain.rules.lost_terms import LostTermsOfRule
from loans_service.domain.rules.policy import AfterReturn, LendingRule, Period, RenewWhileHeld, Unit
from loans_service.domain.rules.recall import RecallTerms
from loans_service.domain.rules.rental import Rental
from loans_service.domain.rules.suspension import SuspensionTerms
from loans_service.domain.rules.trials.simulation import PastLoan, replay
from shared.kernel.ids import new_id
from tests.loans.makers import NOW, POLICY, UTC_ZONE, WEEKDAYS, a_rule, euros

DOCS = Path(__file__).parents[4] / "docs"
OFFICE = Calendar(UTC_ZONE, weekly=WEEKDAYS)
SATURDAYS = Period(12, Unit.DAYS)  # from a Monday to a Saturday, on which the branch is closed
EVENINGS = Period(10, Unit.HOURS)  # from ten in the morning to eight, when it is closed
CONDITIONS = {field.name for field in fields(MatchedBy)} | {"name"}
SPRING = DueRange(date(2026, 3, 1), date(2026, 3, 9), date(2026, 3, 9))
CHANGES: dict[str, tuple[Any, list[str]]] = {
    "loanable": (False, ["not_lent", "fine"]),
    "period": (Period(9, Unit.DAYS), ["due_earlier", "fine"]),
    "period_when_others_wait": (Period(1, Unit.DAYS), ["when_others_wait"]),
    "others_wait_from": (3, ["when_others_wait"]),
    "fixed_due_date": (date(2026, 3, 10), ["due_earlier", "fine"]),
    "due_schedule": ((SPRING,), ["due_earlier", "fine"]),
    "renewal_period": (Period(1, Unit.DAYS), ["renewal_terms"]),
    "renew_from": (RenewFrom.TODAY, ["renewal_terms"]),
    "when_closed": (WhenClosed.PREVIOUS, ["due_earlier", "fine"]),
    "hours_end": (HoursEnd.OPENING_END, ["due_earlier", "fine"]),
    "renewals": (5, ["renewals"]),
    "unseen_renewals": (1, ["renewal_terms"]),
    "holds_allowed": (False, ["holds"]),
    "fine": (None, ["fine"]),
    "auto_renew": (True, ["renewal_terms"]),
    "renew_not_before_days": (3, ["renewal_terms"]),
    "renew_while_held": (RenewWhileHeld.NEVER, ["renewal_terms"]),
    "recall": (RecallTerms(7, 2), ["recall"]),
    "after_return": (AfterReturn.STAYS, ["after_return"]),
    "floats_among": (("MAIN", "EAST"), ["after_return"]),
    "reminders": ((), ["reminders"]),
    "suspension": (SuspensionTerms(2), ["suspension"]),
    "rental": (Rental(euros(100)), ["rental"]),
    "deposit": (euros(500), ["deposit"]),
    "lost": (LostTermsOfRule(processing=euros(1)), ["lost"]),
    "confirm_notes": (True, ["notes"]),
    "self_check_out": (True, ["self_check_out"]),
}
"""A value of each field that says what a loan comes to, and how a simulation tells of it."""


def test_every_field_that_is_no_condition_is_tried_here() -> None:
    assert {field.name for field in fields(LendingRule)} == {*CHANGES, *CONDITIONS}


@pytest.mark.parametrize("name", CHANGES)
def test_a_simulation_tells_of_every_field(name: str) -> None:
    period = EVENINGS if name == "hours_end" else SATURDAYS
    rule = replace(a_rule(), period=period, renewals=2)
    if name == "floats_among":
        rule = replace(rule, after_return=AfterReturn.STAYS)
    value, words = CHANGES[name]
    before, after = (replace(POLICY, rules=(each,)) for each in (rule, replace(rule, **{name: value})))
    loan = PastLoan(new_id(), NOW, NOW + timedelta(days=19), "adult", "book", "MAIN", rule.name, 1)

    outcomes = replay(loan, made_under=before, proposed=after, calendar=OFFICE)

    assert outcomes is not None
    assert words == [*outcomes[0].changes(outcomes[1])]


@pytest.mark.parametrize(
    ("form", "terms"), [(RuleRequest, LendingRule), (TermsRequest, CategoryTerms), (HoldTermsRequest, HoldTerms)]
)
def test_every_field_is_sent_and_shown(form: Any, terms: Any) -> None:
    assert {field.name for field in fields(terms)} == set(form.model_fields)


@pytest.mark.parametrize("terms", [LendingRule, CategoryTerms, HoldTerms])
def test_a_converter_brings_every_field_or_the_guide_names_it(terms: Any) -> None:
    converter, guide = ((DOCS / name).read_text(encoding="utf-8") for name in ("rules_from.py", "moving-in.md"))
    brought = {field.name for field in fields(terms) if f'"{field.name}"' in converter}
    named = {field.name for field in fields(terms) if f"`{field.name}`" in guide}

    assert set() == {field.name for field in fields(terms)} - brought - named
