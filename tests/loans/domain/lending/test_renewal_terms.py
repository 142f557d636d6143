"""What a renewal looks at, what it remembers, and what its refusals say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loans_service.domain.lending.loan import Loan, LoanEvent
from loans_service.domain.lending.loan_terms import LoanTerms, Override
from loans_service.domain.lending.offline import Offline
from loans_service.domain.lending.renewal import RenewalFacts, renew
from loans_service.domain.rules.conditions import AgeRange
from loans_service.domain.rules.policy import LendingRule, Policy
from shared.kernel.errors import LibraryError
from tests.loans.makers import ALWAYS_OPEN, NOW, POLICY, a_loan, a_rule, a_standing

DUE = datetime(2026, 3, 23, 23, 59, 59, tzinfo=UTC)
LATER = NOW + timedelta(days=7)


def asked(loan: Loan, *, now: datetime = LATER, **facts: Any) -> RenewalFacts:
    return replace(RenewalFacts(loan, a_standing(), False, False, ALWAYS_OPEN, now), **facts)


def by(*rules: LendingRule) -> Policy:
    return replace(POLICY, version=7, rules=(replace(a_rule(21), renewals=2), *rules))


def refused(question: RenewalFacts, policy: Policy = POLICY) -> LibraryError:
    with pytest.raises(LibraryError) as refusal:
        renew(question, policy)
    return refusal.value


def told(loan: Loan) -> LoanEvent:
    event = loan.take_events()[-2]
    assert isinstance(event, LoanEvent)
    return event


@pytest.mark.parametrize("names", [{"category": "student"}, {"item_type": "book"}, {"branch": "MAIN"}])
def test_the_rule_of_the_borrower_the_item_and_the_branch_of_today_counts(names: dict[str, Any]) -> None:
    loan, special = a_loan(), replace(a_rule(5), name="special", renewals=9, **names)

    renew(asked(loan, standing=a_standing(category="student")), by(special))

    assert DUE + timedelta(days=5) == loan.due_at
    event = told(loan)
    assert (LoanTerms("special", 7, 9, "student"), LATER) == (event.terms, event.at)


def test_another_rule_does_not_count() -> None:
    loan, elsewhere = a_loan(), replace(a_rule(5), name="elsewhere", branch="EAST")

    renew(asked(loan), by(elsewhere))

    assert DUE + timedelta(days=21) == loan.due_at


def test_only_what_was_needed_of_an_override_is_remembered() -> None:
    loan, override = a_loan(), Override(("held-by-other", "loan-limit-reached"), "Exam tomorrow.")

    renew(asked(loan, without_target=True), POLICY, override=override, by_staff=True)

    event = told(loan)
    assert (("held-by-other",), "Exam tomorrow.") == (event.overridden, event.why)
    renew(asked(loan), POLICY, override=override, by_staff=True)
    event = told(loan)
    assert ((), "") == (event.overridden, event.why)


def test_nobody_but_staff_overrides_unless_it_says_so() -> None:
    with pytest.raises(LibraryError, match="Only staff"):
        renew(asked(a_loan()), POLICY, override=Override(("held-by-other",), ""))


@pytest.mark.parametrize(
    ("now", "early"), [(DUE - timedelta(days=3), False), (DUE - timedelta(days=3, seconds=1), True)]
)
def test_a_rule_may_say_how_early_a_loan_is_renewed(now: datetime, *, early: bool) -> None:
    policy = by(replace(a_rule(21), name="late only", category="adult", renewals=2, renew_not_before_days=3))

    if not early:
        renew(asked(a_loan(), now=now), policy)
        return
    refusal = refused(asked(a_loan(), now=now), policy)
    assert ("too-early-to-renew", {"renewable_from": "2026-03-20T23:59:59Z", "days": 3}) == (
        refusal.code, refusal.figures,
    )  # fmt: skip
    assert "This loan can be renewed within the last 3 days before it is due. Renew it then." == str(refusal)
    renew(asked(a_loan(), now=now, by_itself=True), policy)


def test_only_so_many_renewals_follow_one_another_while_nobody_sees_the_copy() -> None:
    policy = by(replace(a_rule(21), name="seen", category="adult", renewals=9, unseen_renewals=1))
    loan = a_loan()
    loan.terms = replace(loan.terms, renewals_allowed=9)
    renew(asked(loan), policy)

    refusal = refused(asked(loan), policy)
    renew(asked(loan, seen=True), policy)
    renew(asked(loan), policy)

    assert ("unseen-renewal-limit-reached", {"limit": 1}) == (refusal.code, refusal.figures)
    assert (3, 1) == (loan.renewals, loan.unseen_renewals)


def test_the_limit_and_the_lateness_are_told_with_their_figures() -> None:
    often, late = a_loan(), a_loan()
    often.renewals = 2

    limit, lateness = refused(asked(often)), refused(asked(late, now=DUE + timedelta(days=2, hours=1)))

    assert ("This loan was renewed as often as it can be. Return the copy in time.", {"limit": 2}) == (
        str(limit), limit.figures,
    )  # fmt: skip
    assert ("This loan is overdue by more than the days of grace. Return the copy.",
            {"overdue_days": 3, "limit": 1}) == (str(lateness), lateness.figures)  # fmt: skip


def test_lateness_that_costs_nothing_is_no_reason_nor_is_it_of_a_loan_that_has_ended() -> None:
    free = by(replace(a_rule(21), name="free", category="adult", renewals=2, fine=None))
    loan = a_loan()

    renew(asked(loan, now=DUE + timedelta(days=9)), free)
    assert 1 == loan.renewals


def test_what_is_not_lent_any_more_is_not_renewed_either() -> None:
    policy = by(LendingRule(name="closed", category="adult", loanable=False))

    refusal = refused(asked(a_loan()), policy)

    assert ("not-loanable-by-policy", {"item_type": "book", "category": "adult", "rule": "closed"}) == (
        refusal.code, {name: refusal.figures[name] for name in ("item_type", "category", "rule")},
    )  # fmt: skip


def test_a_machine_has_renewed_offline_until_the_day_that_it_printed() -> None:
    loan, until = a_loan(), DUE + timedelta(days=2)
    offline = Offline(due_at=until, by="kiosk")

    renew(asked(loan, without_target=True, offline=offline), POLICY)

    event = told(loan)
    assert (until, True, ("held-by-other",)) == (loan.due_at, loan.offline, event.overridden)
    assert "kiosk" in event.why


def test_a_machine_that_printed_no_day_renewed_by_the_rule_and_a_desk_marks_nothing() -> None:
    by_machine, by_desk = a_loan(), a_loan()

    renew(asked(by_machine, offline=Offline(by="kiosk")), POLICY)
    renew(asked(by_desk), POLICY)

    assert by_desk.due_at == by_machine.due_at
    assert (True, False) == (by_machine.offline, by_desk.offline)


def test_a_day_that_has_passed_is_refused_even_from_a_machine() -> None:
    offline = Offline(due_at=NOW, by="kiosk")

    assert "invalid-due-date" == refused(asked(a_loan(), offline=offline)).code


def test_a_membership_that_ends_pulls_the_new_due_date_back() -> None:
    loan = a_loan()

    renew(asked(loan, standing=a_standing(membership_ends=date(2026, 3, 30))), POLICY)

    assert datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC) == loan.due_at


def test_a_renewal_asks_the_members_age_and_home_branch_anew_and_keeps_the_rule_of_the_location() -> None:
    short, guests, minors = (
        replace(a_rule(1), name="short", location="SHORT"),
        replace(a_rule(2), name="guests", home_branch="OTHER"),
        replace(a_rule(3), name="minors", age=AgeRange(oldest=17)),
    )

    def days(made_under: str, **member: Any) -> int:
        loan = a_loan()
        loan.terms = replace(loan.terms, rule=made_under)
        renew(asked(loan, standing=a_standing(**member)), by(short, guests, minors))
        return (loan.due_at - DUE).days

    assert 1 == days("short", home_branch="OTHER")
    assert 2 == days("test", home_branch="OTHER")
    assert 3 == days("minors", age=17)
    assert 21 == days("minors", age=18) == days("guests", home_branch="MAIN")


def test_who_has_grown_out_of_a_rule_is_told_of_the_age_that_the_next_one_refuses() -> None:
    adults = replace(a_rule(3), name="no toys for adults", age=AgeRange(18), loanable=False)

    refusal = refused(asked(a_loan(), standing=a_standing(age=18)), by(adults))

    assert ("not-loanable-by-policy", {"from": 18, "to": None}) == (refusal.code, refusal.figures["ages"])
