from datetime import date, timedelta
from typing import Any

import pytest

from loans_service.domain.money import Money
from loans_service.domain.rules.category_terms import Arrears, SharedLimit
from loans_service.domain.rules.charge_kinds import CHARGE_KINDS
from loans_service.domain.rules.conditions import AgeRange, Particulars
from loans_service.domain.rules.due_terms import DueRange, HoursEnd, RenewFrom, WhenClosed
from loans_service.domain.rules.lost_terms import LostTerms, LostTermsOfRule
from loans_service.domain.rules.overdue_rate import FineUnit, OverdueRate, RecallRate
from loans_service.domain.rules.policy import AfterReturn, InvalidPolicy, LendingRule, Period, RenewWhileHeld, Unit
from loans_service.domain.rules.policy_document import in_currency, read_cases, read_policy
from loans_service.domain.rules.recall import RecallTerms
from loans_service.domain.rules.reminders import Reminder
from loans_service.domain.rules.rental import Rental, RentalUnit
from loans_service.domain.rules.suspension import SuspensionTerms
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
        "rental": {"amount": {"amount": 2}, "per": "day"},
    }

    filled = in_currency({"list": [document], "name": "x"}, "EUR")

    euros = {"amount": 5, "currency": "EUR"}
    rental = {"amount": {"amount": 2, "currency": "EUR"}, "per": "day"}
    assert {"list": [document | {"fee": euros, "rental": rental}], "name": "x"} == filled


def test_whatever_a_rule_and_the_table_say_is_in_the_policy() -> None:
    rule = RULE | {
        "renew_while_held": "never",
        "recall": {"minimum_days": 7, "due_in_days": 2},
        "after_return": "stays",
        "floats_among": ["main", "EAST"],
        "item_type": "book",
        "location": "reading",
        "home_branch": "east",
        "age": {"from": None, "to": 17},
        "others_wait_from": 3,
        "due_schedule": [{"from": "2026-10-01", "to": "2027-02-01", "due": "2027-02-10", "exact": True}],
        "renewal_period": {"amount": 1, "unit": "weeks"},
        "renew_from": "today",
        "when_closed": "previous",
        "hours_end": "opening_end",
    }
    table = {"hold_shelf_days": 3, "keep_history_days": 30, "retarget_after_open_days": 5, "charge_kinds": ["copies"]}
    lost = {
        "after_days_overdue": 9,
        "default_price": {"amount": 1, "currency": "CHF"},
        "processing": {"amount": 2},
        "refund_within_days": 4,
    }

    policy = read_policy(default_document() | table | {"rules": [RULE, rule | {"name": "x"}], "lost": lost},
                         version=7, currency="CHF")  # fmt: skip

    known = Particulars("Reading", "East", 17)
    found = policy.rule_for(category="adult", item_type="book", branch="MAIN", known=known)
    assert ("READING", "EAST", AgeRange(oldest=17), 3) == (
        found.location, found.home_branch, found.age, found.others_wait_from,
    )  # fmt: skip
    assert (RenewWhileHeld.NEVER, RecallTerms(7, 2), AfterReturn.STAYS, ("MAIN", "EAST")) == (
        found.renew_while_held, found.recall, found.after_return, found.floats_among,
    )  # fmt: skip
    term = DueRange(date(2026, 10, 1), date(2027, 2, 1), date(2027, 2, 10), exact=True)
    assert ((term,), Period(1, Unit.WEEKS), RenewFrom.TODAY, WhenClosed.PREVIOUS, HoursEnd.OPENING_END) == (
        found.due_schedule, found.renewal_period, found.renew_from, found.when_closed, found.hours_end,
    )  # fmt: skip
    assert (3, 30, 5, ("copies",)) == (
        policy.hold_shelf_days, policy.keep_history_days, policy.retarget_after_open_days, policy.charge_kinds,
    )  # fmt: skip
    assert LostTerms(9, Money(1, "CHF"), Money(2, "CHF"), 4) == policy.lost


def test_a_rule_says_what_lateness_and_reminders_cost() -> None:
    recalled = {"per_day": {"amount": 50}, "most": {"amount": 900}, "grace_days": 2, "per": "hour", "every": 4}
    fine = RULE["fine"] | {
        "per": "week", "every": 2, "count_closed": True, "after_recall": recalled, "forgive_on_renewal": True,
    }  # fmt: skip
    reminders = [{"at": "-3d", "fee": None}, {"at": "7d", "fee": {"amount": 100}}]
    terms = [each | {"count_accruing": True} for each in default_document()["terms"]]
    suspension = {"days_per_day": 2, "most": 30, "grace_days": 1, "adds_up": True}
    rule = RULE | {"fine": fine, "reminders": reminders, "suspension": suspension}
    rule |= {"rental": {"amount": {"amount": 30}, "per": "day"}, "deposit": {"amount": 700}}
    rule["lost"] = {"processing": {"amount": 90}, "refund_processing": True, "bill_after_days": None}
    rule["lost"]["default_price"] = {"amount": 5}

    policy = read_policy(default_document() | {"rules": [rule], "terms": terms}, version=7, currency="CHF")

    (found,) = policy.rules
    assert (Reminder(timedelta(days=-3)), Reminder(timedelta(days=7), Money(100, "CHF"))) == found.reminders
    assert found.fine == OverdueRate(
        Money(20, "CHF"),
        Money(1000, "CHF"),
        1,
        FineUnit.WEEK,
        2,
        count_closed=True,
        after_recall=RecallRate(Money(50, "CHF"), Money(900, "CHF"), 2, FineUnit.HOUR, 4),
        forgive_on_renewal=True,
    )
    assert (FineUnit.WEEK, RentalUnit.DAY) == (found.fine.per, found.rental and found.rental.per)
    assert isinstance(found.fine.per, FineUnit)
    assert found.rental is not None
    assert isinstance(found.rental.per, RentalUnit)
    assert SuspensionTerms(2, most=30, grace_days=1, adds_up=True) == found.suspension
    assert (Rental(Money(30, "CHF"), RentalUnit.DAY), Money(700, "CHF")) == (found.rental, found.deposit)
    lost = LostTermsOfRule(default_price=Money(5, "CHF"), processing=Money(90, "CHF"), refund_processing=True)
    assert lost == found.lost
    assert policy.terms_for("adult").count_accruing


def test_a_table_says_from_when_it_counts_and_what_stops_renewals() -> None:
    table = {"valid_from": "2026-10-01", "renewals_stopped_by": ["fines-owed", "too-many-lost"]}

    policy = read_policy(default_document() | table, version=1, currency="EUR")
    silent = read_policy(default_document(), version=1, currency="EUR")

    assert (date(2026, 10, 1), (Arrears.FINES_OWED, Arrears.TOO_MANY_LOST)) == (
        policy.valid_from, policy.renewals_stopped_by,
    )  # fmt: skip
    assert all(isinstance(code, Arrears) for code in policy.renewals_stopped_by)
    assert (None, ()) == (silent.valid_from, silent.renewals_stopped_by)


def test_a_range_is_a_ceiling_unless_it_says_otherwise() -> None:
    term = {"from": "2026-10-01", "to": "2027-02-01", "due": "2027-02-10"}

    policy = read_policy(default_document() | {"rules": [RULE | {"due_schedule": [term]}]}, version=1, currency="CHF")

    (found,) = policy.rules[0].due_schedule
    assert found.exact is False


def test_a_limit_may_be_shared_by_item_types_and_branches() -> None:
    shared = [{"most": 2, "item_types": ["dvd", "game"]}, {"most": 1, "branches": ["east"]}]
    terms = default_document()["terms"][0] | {"most_loans_of": shared}

    policy = read_policy(default_document() | {"terms": [terms]}, version=1, currency="EUR")

    limits = policy.terms_for("adult").most_loans_of
    assert (SharedLimit(2, ("dvd", "game")), SharedLimit(1, branches=("EAST",))) == limits


def test_what_a_rule_leaves_out_is_as_usual() -> None:
    document = {name: fact for name, fact in default_document().items() if name not in ("charge_kinds", "cases")}
    bare = {"name": "bare", "period": {"amount": 1, "unit": "days"}, "branch": None}

    policy = read_policy(document | {"rules": [bare]}, version=1, currency="EUR")

    (rule,) = policy.rules
    assert LendingRule(name="bare", period=Period(1, Unit.DAYS)) == rule
    assert (CHARGE_KINDS, []) == (policy.charge_kinds, list(read_cases(document)))


def test_an_amount_in_another_currency_than_the_librarys_is_read_as_it_is_and_refused() -> None:
    lost = default_document()["lost"] | {"processing": {"amount": 2, "currency": "USD"}}

    with pytest.raises(InvalidPolicy) as refused:
        read_policy(default_document() | {"lost": lost}, version=1, currency="EUR")

    assert ("lost.processing.currency", "This library counts in EUR.") == (refused.value.field, refused.value.detail)


def test_a_case_expects_what_it_names_and_nothing_of_what_it_leaves_empty() -> None:
    case = {"name": "a case", "category": "adult", "item_type": "book", "lent_on": "2026-03-02",
            "renewed_on": "2026-03-09", "expect": {"renewals": 2, "fine": None}}  # fmt: skip

    (read,) = read_cases({"cases": [case]})

    assert ({"renewals": 2}, date(2026, 3, 2), date(2026, 3, 9), "a case") == (
        read.expect, read.lent_on, read.renewed_on, read.name,
    )  # fmt: skip
