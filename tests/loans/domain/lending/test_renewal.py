from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loans_service.domain.borrower import MemberBlocked
from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.holds.hold_queue import RenewalHeldByOther
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_terms import Override
from loans_service.domain.lending.override import OverrideForbidden
from loans_service.domain.lending.renewal import RenewalFacts, against_renewal, renew
from loans_service.domain.rules.calendar import Calendar, Closure
from loans_service.domain.rules.overdue_rate import FineUnit, RecallRate
from loans_service.domain.rules.policy import Policy, RenewWhileHeld
from loans_service.domain.rules.suspension import SuspensionTerms
from shared.kernel.errors import LibraryError, Refusals
from tests.loans.makers import ALWAYS_OPEN, NOW, POLICY, UTC_ZONE, a_loan, a_standing, euros

DUE = datetime(2026, 3, 23, 23, 59, 59, tzinfo=UTC)


def asked(loan: Loan | None = None, *, now: datetime = NOW + timedelta(days=7), **facts: Any) -> RenewalFacts:
    return replace(RenewalFacts(loan or a_loan(), a_standing(), False, False, ALWAYS_OPEN, now), **facts)


def refusals_of(question: RenewalFacts) -> list[str]:
    with pytest.raises(LibraryError) as refused:
        renew(question, POLICY)
    error = refused.value
    return [each.code for each in (error.refusals if isinstance(error, Refusals) else (error,))]


def test_a_renewal_starts_from_the_due_date() -> None:
    loan = a_loan()

    renew(asked(loan), POLICY)

    assert (datetime(2026, 4, 13, 23, 59, 59, tzinfo=UTC), 1) == (loan.due_at, loan.renewals)


def test_a_late_renewal_within_the_days_of_grace_starts_from_now() -> None:
    loan = a_loan()

    renew(asked(loan, now=DUE + timedelta(hours=12)), POLICY)

    assert datetime(2026, 4, 14, 23, 59, 59, tzinfo=UTC) == loan.due_at


def test_a_loan_is_renewed_up_to_its_limit_and_then_no_more() -> None:
    loan = a_loan()

    for _ in range(2):
        renew(asked(loan), POLICY)

    assert ["renewal-limit-reached"] == refusals_of(asked(loan))


def test_a_recalled_loan_is_not_renewed_whatever_the_rule_says_of_holds() -> None:
    assert ["loan-recalled"] == refusals_of(asked(recalled=True))
    assert ["held-by-other", "loan-recalled"] == refusals_of(
        asked(recalled=True, others_wait=True, without_target=True)
    )


def test_a_loan_that_somebody_waits_for_is_not_renewed() -> None:
    assert ["held-by-other"] == refusals_of(asked(others_wait=True, without_target=True))


@pytest.mark.parametrize(
    ("says", "served_elsewhere", "unserved"),
    [("never", False, False), ("if_others_available", True, False), ("always", True, True)],
)
def test_the_rule_says_whether_a_loan_is_renewed_while_somebody_waits(
    says: str, served_elsewhere: bool, unserved: bool
) -> None:
    rules = tuple(replace(rule, renew_while_held=RenewWhileHeld(says)) for rule in POLICY.rules)

    policy = replace(POLICY, rules=rules)
    for without_target, may_renew in ((False, served_elsewhere), (True, unserved)):
        question = asked(others_wait=True, without_target=without_target)
        assert may_renew is not question.is_held_by_other(policy.rules[0])
        if may_renew:
            renew(question, policy)
        else:
            with pytest.raises(RenewalHeldByOther):
                renew(question, policy)


def test_staff_renew_in_spite_of_a_refusal_that_they_name() -> None:
    loan, override = a_loan(), Override(("held-by-other",), "Exam tomorrow.")

    renew(asked(loan, others_wait=True, without_target=True), POLICY, override=override, by_staff=True)

    assert 1 == loan.renewals
    with pytest.raises(OverrideForbidden):
        renew(asked(loan, others_wait=True, without_target=True), POLICY, override=override, by_staff=False)


def test_an_override_renews_nothing_to_where_it_was() -> None:
    pulled_back = a_standing(membership_ends=date(2026, 3, 23))
    override = Override(("renewal-changes-nothing",), "All the same.")

    with pytest.raises(LibraryError, match="not end later"):
        renew(asked(standing=pulled_back), POLICY, override=override, by_staff=True)


def test_lateness_that_costs_something_is_not_renewed_away() -> None:
    assert ["too-overdue-to-renew"] == refusals_of(asked(now=DUE + timedelta(days=2)))


def test_a_renewal_that_the_membership_pulls_back_to_where_it_was_changes_nothing() -> None:
    assert ["renewal-changes-nothing"] == refusals_of(asked(standing=a_standing(membership_ends=date(2026, 3, 23))))


def test_every_reason_against_a_renewal_is_told_at_once() -> None:
    loan = a_loan()
    for _ in range(2):
        renew(asked(loan), POLICY)
    loan.declare_lost(why="", now=NOW)
    blocked = a_standing(membership_ends=date(2026, 3, 1), against_renewal=(MemberBlocked("Blocked."),))

    told = refusals_of(asked(loan, standing=blocked, without_target=True, now=loan.due_at + timedelta(days=3)))

    assert ["loan-lost", "member-blocked", "renewal-limit-reached", "held-by-other", "too-overdue-to-renew"] == told


def test_a_returned_or_claimed_loan_is_not_renewed() -> None:
    returned, claimed = a_loan(), a_loan()
    returned.bring_back(NextStop.SHELF, returned_at=NOW, now=NOW)
    claimed.claim_returned(why="", now=NOW)

    assert (["loan-not-open"], ["claimed-returned"]) == (refusals_of(asked(returned)), refusals_of(asked(claimed)))


def test_what_is_refused_changes_nothing() -> None:
    loan = a_loan()
    version = loan.version

    refusals_of(asked(loan, without_target=True))

    assert (version, DUE, 0) == (loan.version, loan.due_at, loan.renewals)


def test_what_stands_against_a_renewal_is_foreseen_and_nothing_is_renewed() -> None:
    loan = a_loan()

    foreseen = against_renewal(asked(loan, without_target=True, recalled=True), POLICY)

    assert ["held-by-other", "loan-recalled"] == [refusal.code for refusal in foreseen]
    assert ([], 0) == (against_renewal(asked(loan), POLICY), loan.renewals)


def with_fine(**facts: Any) -> Policy:
    rules = tuple(
        rule if rule.fine is None else replace(rule, fine=replace(rule.fine, **facts)) for rule in POLICY.rules
    )
    return replace(POLICY, rules=rules)


def test_lateness_that_the_rule_forgives_on_renewal_neither_hinders_it_nor_is_charged() -> None:
    loan = a_loan()

    charged = renew(asked(loan, now=DUE + timedelta(days=9)), with_fine(forgive_on_renewal=True))

    assert (False, 1) == (charged.charges_lateness, loan.renewals)


def test_lateness_of_an_hour_hinders_a_renewal_where_hours_cost() -> None:
    policy = with_fine(per=FineUnit.HOUR, grace_days=0)

    (refusal,) = against_renewal(asked(now=DUE + timedelta(minutes=1)), policy)

    assert ("too-overdue-to-renew", {"overdue_days": 1, "limit": 0}) == (refusal.code, refusal.figures)
    assert [] == against_renewal(asked(now=DUE), policy)


def test_lateness_after_a_recall_is_measured_by_the_grace_of_recalls() -> None:
    policy = with_fine(after_recall=RecallRate(euros(100), euros(1000), 0))
    loan = a_loan()
    loan.recall(DUE - timedelta(days=7), why="", now=NOW)

    found = against_renewal(asked(loan, now=loan.due_at + timedelta(hours=12)), policy)

    assert [("too-overdue-to-renew", 0)] == [(each.code, each.figures["limit"]) for each in found]
    assert [] == against_renewal(asked(a_loan(), now=DUE + timedelta(hours=12)), policy)


def test_closed_days_are_late_days_where_the_rule_counts_them() -> None:
    weekend = Calendar(UTC_ZONE, closures=(Closure(date(2026, 3, 24), date(2026, 3, 29), "holidays"),))
    question = asked(now=datetime(2026, 3, 28, 12, tzinfo=UTC), calendar=weekend)

    (refusal,) = against_renewal(question, with_fine(count_closed=True))

    assert [] == against_renewal(question, POLICY)
    assert {"overdue_days": 5, "limit": 1} == refusal.figures


def test_lateness_that_suspends_borrowing_hinders_a_renewal_beyond_its_own_grace() -> None:
    rules = tuple(replace(rule, fine=None, suspension=SuspensionTerms(1, grace_days=2)) for rule in POLICY.rules)
    policy = replace(POLICY, rules=rules)

    found = [against_renewal(asked(now=DUE + timedelta(days=days)), policy) for days in (2, 3)]

    assert [[], [("too-overdue-to-renew", {"overdue_days": 3, "limit": 2})]] == [
        [(each.code, each.figures) for each in refusals] for refusals in found
    ]
