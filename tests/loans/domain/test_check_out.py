from datetime import datetime, timedelta

import pytest

from loans_service.domain.borrower import MemberSuspended, OpenLoan, Standing
from loans_service.domain.check_out import (
    AtTheDesk,
    Decision,
    OverrideForbidden,
    OverrideWithoutNeed,
    decide,
    set_aside,
)
from loans_service.domain.lendable_copy import CopyNotLendable, CopyOnLoan, LendableCopy
from loans_service.domain.loan import LoanTerms, Override
from shared.kernel.ids import new_id
from tests.loans.makers import EMMA_COPY, NOW, POLICY, UTC_ZONE, a_copy, a_standing, open_loans


def decided(
    *,
    copy: LendableCopy | None = None,
    standing: Standing | None = None,
    open_loans: tuple[OpenLoan, ...] = (),
    wish: datetime | None = None,
) -> Decision:
    desk = AtTheDesk(copy or a_copy(), standing or a_standing(), open_loans, NOW, UTC_ZONE)
    return decide(desk, POLICY, wish=wish)


def codes(decision: Decision) -> list[str]:
    return [refusal.code for refusal in decision.refusals]


def test_a_copy_that_is_out_is_refused_whoever_has_it() -> None:
    somebody_else = OpenLoan(EMMA_COPY, new_id(), NOW + timedelta(days=1))

    assert ["copy-on-loan"] == codes(decided(open_loans=(somebody_else,)))


def test_the_loans_of_others_do_not_count_against_a_borrower() -> None:
    others = tuple(OpenLoan(new_id(), new_id(), NOW - timedelta(days=1)) for _ in range(20))

    assert [] == codes(decided(open_loans=others))


def test_a_lendable_copy_goes_to_a_member_in_good_standing() -> None:
    decision = decided()

    assert () == decision.refusals
    assert LoanTerms("adult", 1, 2) == decision.terms


def test_the_loan_that_would_be_one_too_many_is_refused_with_the_figures() -> None:
    decision = decided(open_loans=open_loans(10))

    assert ["loan-limit-reached"] == codes(decision)
    assert {"limit": 10, "open_loans": 10} == decision.refusals[0].figures


def test_the_last_loan_within_the_limit_is_granted() -> None:
    assert [] == codes(decided(open_loans=open_loans(9)))


def test_three_overdue_loans_stop_borrowing_and_two_do_not() -> None:
    yesterday = NOW - timedelta(days=1)

    assert ["too-many-overdue"] == codes(decided(open_loans=open_loans(3, due_at=yesterday)))
    assert [] == codes(decided(open_loans=open_loans(2, due_at=yesterday)))


def test_a_loan_due_this_very_moment_is_not_overdue() -> None:
    assert [] == codes(decided(open_loans=open_loans(3, due_at=NOW)))


def test_a_reference_work_is_refused_by_the_policy_and_names_the_rule() -> None:
    decision = decided(copy=a_copy(item_type="reference"))

    assert ["not-loanable-by-policy"] == codes(decision)
    assert "reference" == decision.refusals[0].figures["rule"]


def test_every_refusal_is_told_at_once() -> None:
    decision = decided(
        copy=a_copy(item_type="reference", refusals=(CopyNotLendable("In repair.", status="in_repair"),)),
        standing=a_standing(refusals=(MemberSuspended("Suspended."),)),
        open_loans=(*open_loans(10, due_at=NOW - timedelta(days=1)), OpenLoan(EMMA_COPY, new_id(), NOW)),
        wish=NOW,
    )

    assert {
        "copy-on-loan",
        "copy-not-lendable",
        "member-suspended",
        "loan-limit-reached",
        "too-many-overdue",
        "not-loanable-by-policy",
        "invalid-due-date",
    } == set(codes(decision))


def test_a_wished_due_date_takes_the_place_of_the_rules() -> None:
    wish = NOW + timedelta(days=3)

    assert wish == decided(wish=wish).due_at


def test_staff_may_set_a_refusal_aside_by_naming_it() -> None:
    refusals = decided(open_loans=open_loans(10)).refusals

    assert () == set_aside(refusals, Override(("loan-limit-reached",), "exam week"), by_staff=True)


def test_an_override_sets_aside_only_what_it_names() -> None:
    refusals = decided(
        open_loans=open_loans(10), standing=a_standing(refusals=(MemberSuspended("Suspended."),))
    ).refusals

    remaining = set_aside(refusals, Override(("loan-limit-reached",), "exam week"), by_staff=True)

    assert ["member-suspended"] == [refusal.code for refusal in remaining]


def test_nobody_but_staff_sets_refusals_aside() -> None:
    refusals = decided(open_loans=open_loans(10)).refusals

    with pytest.raises(OverrideForbidden):
        set_aside(refusals, Override(("loan-limit-reached",), "please"), by_staff=False)


def test_nobody_lends_a_copy_that_is_on_loan() -> None:
    with pytest.raises(OverrideForbidden):
        set_aside((CopyOnLoan(),), Override(("copy-on-loan",), "really"), by_staff=True)


def test_an_override_of_something_that_refuses_nothing_is_refused() -> None:
    with pytest.raises(OverrideWithoutNeed):
        set_aside((), Override(("fines-owed",), "just in case"), by_staff=True)
