from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from loans_service.domain.borrower import MemberSuspended, OpenLoan, Standing
from loans_service.domain.holds.hold_queue import Claim
from loans_service.domain.lendable_copy import CopyNotLendable, CopyOnLoan, LendableCopy
from loans_service.domain.lending.check_out import (
    AtTheDesk,
    Decision,
    OverrideForbidden,
    OverrideWithoutNeed,
    apply_override,
    decide,
)
from loans_service.domain.lending.loan import LoanTerms, Override
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.policy import Period, Policy, Unit
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, ALWAYS_OPEN, EMMA_COPY, NOW, POLICY, a_copy, a_standing, euros, open_loans


def decided(
    *,
    copy: LendableCopy | None = None,
    standing: Standing | None = None,
    open_loans: tuple[OpenLoan, ...] = (),
    owed: Money | None = None,
    calendar: Calendar = ALWAYS_OPEN,
    held: tuple[Claim, ...] = (),
    policy: Policy = POLICY,
    requested: datetime | None = None,
) -> Decision:
    desk = AtTheDesk(copy or a_copy(), standing or a_standing(), open_loans, NOW, "MAIN", calendar, owed, held=held)
    return decide(desk, policy, requested=requested)


def a_claim(member_id: UUID | None = None, *, copy_id: UUID | None = None, category: str = "adult") -> Claim:
    return Claim(new_id(), member_id or new_id(), category, copy_id)


def codes(decision: Decision) -> list[str]:
    return [refusal.code for refusal in decision.refusals]


def test_a_copy_that_is_out_is_refused_whoever_has_it() -> None:
    somebody_else = OpenLoan(EMMA_COPY, new_id(), NOW + timedelta(days=1), "book")

    assert ["copy-on-loan"] == codes(decided(open_loans=(somebody_else,)))


def test_the_loans_of_others_do_not_count_against_a_borrower() -> None:
    others = tuple(OpenLoan(new_id(), new_id(), NOW - timedelta(days=1), "book") for _ in range(20))

    assert [] == codes(decided(open_loans=others))


def test_a_lendable_copy_goes_to_a_member_in_good_standing() -> None:
    decision = decided()

    assert () == decision.refusals
    assert LoanTerms("adult", 1, 2, "adult") == decision.terms


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
        open_loans=(*open_loans(10, due_at=NOW - timedelta(days=1)), OpenLoan(EMMA_COPY, new_id(), NOW, "book")),
        requested=NOW,
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
    requested = NOW + timedelta(days=3)

    assert requested == decided(requested=requested).due_at


def test_a_limit_for_one_item_type_does_not_stop_another() -> None:
    terms = replace(POLICY.terms_for("adult"), most_loans_per_item_type={"dvd": 2})
    policy = replace(POLICY, terms=(terms,))
    two_films = open_loans(2, item_type="dvd")

    film = decided(copy=a_copy(item_type="dvd"), open_loans=two_films, policy=policy)
    book = decided(open_loans=two_films, policy=policy)

    assert ["item-type-limit-reached"] == codes(film)
    assert {"item_type": "dvd", "limit": 2, "open_loans": 2} == film.refusals[0].figures
    assert [] == codes(book)


def test_borrowing_stops_when_ten_euros_are_owed_and_not_a_cent_earlier() -> None:
    decision = decided(owed=euros(1000))

    assert ["fines-owed"] == codes(decision)
    owed = {"amount": 1000, "currency": "EUR"}
    assert {"limit": owed, "owed": owed} == decision.refusals[0].figures
    assert [] == codes(decided(owed=euros(999)))


def test_a_branch_that_never_opens_again_lends_nothing_unless_a_due_date_is_asked_for() -> None:
    never = Calendar(ALWAYS_OPEN.zone, weekly=((),) * 7)

    assert ["no-open-day"] == codes(decided(calendar=never))
    assert [] == codes(decided(calendar=never, requested=NOW + timedelta(days=3)))


def test_what_the_policy_does_not_lend_is_lent_by_override_only_with_a_due_date() -> None:
    override = Override(("not-loanable-by-policy",), "for the exhibition")
    reference = a_copy(item_type="reference")

    without = decided(copy=reference).refusals_after(override, by_staff=True)
    with_one = decided(copy=reference, requested=NOW + timedelta(days=3)).refusals_after(override, by_staff=True)

    assert ["invalid-due-date"] == [refusal.code for refusal in without]
    assert () == with_one


def test_only_staff_wish_for_another_due_date_than_the_policys() -> None:
    decision = decided(requested=NOW + timedelta(days=3))

    assert () == decision.refusals_after(None, by_staff=True)
    with pytest.raises(StaffOnly) as refused:
        decision.refusals_after(None, by_staff=False)
    assert "due_at" == refused.value.field


def test_a_kiosk_lends_as_the_policy_says() -> None:
    assert () == decided().refusals_after(None, by_staff=False)


def test_a_loan_is_shorter_while_others_wait_where_the_rule_says_so() -> None:
    rule = replace(POLICY.rules[0], period_when_others_wait=Period(1, Unit.WEEKS))
    policy = replace(POLICY, rules=(rule,))

    alone = decided(policy=policy, held=(a_claim(ADA),)).due_at
    before_others = decided(policy=policy, held=(a_claim(ADA), a_claim())).due_at

    assert timedelta(days=14) == alone - before_others


def test_a_copy_set_aside_for_another_or_first_wanted_by_another_is_refused() -> None:
    assert ["copy-held-for-other"] == codes(decided(held=(a_claim(copy_id=EMMA_COPY), a_claim(ADA))))
    assert ["copy-held-for-other"] == codes(decided(held=(a_claim(), a_claim(ADA))))


def test_whose_turn_it_is_gets_the_copy_and_the_hold_is_fulfilled() -> None:
    first, shelved, elsewhere = a_claim(ADA), a_claim(ADA, copy_id=EMMA_COPY), a_claim(ADA, copy_id=new_id())

    for own in (first, shelved, elsewhere):
        decision = decided(held=(own,))
        assert ([], own.hold_id) == (codes(decision), decision.fulfils)


def test_a_hold_that_the_policy_does_not_let_this_copy_fill_is_passed_over() -> None:
    no_holds = replace(POLICY.rules[0], category="child", name="no child", holds_allowed=False)
    policy = replace(POLICY, rules=(POLICY.rules[0], no_holds))

    assert [] == codes(decided(policy=policy, held=(a_claim(category="child"),)))


def test_nobody_sets_aside_that_a_copy_is_held_for_another() -> None:
    refusals = decided(held=(a_claim(),)).refusals

    with pytest.raises(OverrideForbidden):
        apply_override(refusals, Override(("copy-held-for-other",), "in a hurry"), by_staff=True)


def test_staff_may_set_a_refusal_aside_by_naming_it() -> None:
    refusals = decided(open_loans=open_loans(10)).refusals

    assert () == apply_override(refusals, Override(("loan-limit-reached",), "exam week"), by_staff=True)


def test_an_override_sets_aside_only_what_it_names() -> None:
    refusals = decided(
        open_loans=open_loans(10), standing=a_standing(refusals=(MemberSuspended("Suspended."),))
    ).refusals

    remaining = apply_override(refusals, Override(("loan-limit-reached",), "exam week"), by_staff=True)

    assert ["member-suspended"] == [refusal.code for refusal in remaining]


def test_nobody_but_staff_sets_refusals_aside() -> None:
    refusals = decided(open_loans=open_loans(10)).refusals

    with pytest.raises(OverrideForbidden):
        apply_override(refusals, Override(("loan-limit-reached",), "please"), by_staff=False)


def test_nobody_lends_a_copy_that_is_on_loan() -> None:
    with pytest.raises(OverrideForbidden):
        apply_override((CopyOnLoan(),), Override(("copy-on-loan",), "really"), by_staff=True)


def test_an_override_of_something_that_refuses_nothing_is_refused() -> None:
    with pytest.raises(OverrideWithoutNeed):
        apply_override((), Override(("fines-owed",), "just in case"), by_staff=True)
