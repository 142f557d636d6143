from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from loans_service.domain.borrower import MemberSuspended, OpenLoan, Standing
from loans_service.domain.lendable_copy import CopyNotFound, CopyNotLendable, CopyOnLoan, LendableCopy
from loans_service.domain.lending.check_out import (
    Answered,
    CheckOutAssessment,
    CheckOutFacts,
    NotAllFound,
    ServedHold,
    Terms,
    assess,
)
from loans_service.domain.lending.loan_terms import LoanTerms, Override
from loans_service.domain.lending.override import OverrideForbidden, apply_override
from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.conditions import AgeRange
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
    serves: ServedHold | None = None,
    own_hold: UUID | None = None,
    others_wait: int = 0,
    policy: Policy = POLICY,
    requested: datetime | None = None,
    override: Override | None = None,
    by_staff: bool = True,
) -> CheckOutAssessment:
    facts = CheckOutFacts(policy, calendar, NOW, open_loans, owed, serves, own_hold, others_wait)
    known = Answered(copy or a_copy(), standing or a_standing())
    return assess(known, facts, Terms(requested, override, by_staff))


def serving(member_id: UUID | None = None, *, captured: bool = False) -> ServedHold:
    return ServedHold(new_id(), member_id or new_id(), captured)


def codes(assessment: CheckOutAssessment) -> list[str]:
    return [refusal.code for refusal in assessment.refusals]


def test_a_copy_that_is_out_is_refused_whoever_has_it() -> None:
    somebody_else = OpenLoan(EMMA_COPY, new_id(), NOW + timedelta(days=1), "book", "MAIN")

    assert ["copy-on-loan"] == codes(decided(open_loans=(somebody_else,)))


def test_the_loans_of_others_do_not_count_against_a_borrower() -> None:
    others = tuple(OpenLoan(new_id(), new_id(), NOW - timedelta(days=1), "book", "MAIN") for _ in range(20))

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
        open_loans=(
            *open_loans(10, due_at=NOW - timedelta(days=1)),
            OpenLoan(EMMA_COPY, new_id(), NOW, "book", "MAIN"),
        ),
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

    assert ["invalid-due-date"] == codes(decided(copy=reference, override=override))
    assert [] == codes(decided(copy=reference, override=override, requested=NOW + timedelta(days=3)))


def test_only_staff_wish_for_another_due_date_than_the_policys() -> None:
    requested = NOW + timedelta(days=3)

    assert [] == codes(decided(requested=requested))
    assert ["staff-only"] == codes(decided(requested=requested, by_staff=False))


def test_a_kiosk_lends_as_the_policy_says() -> None:
    assert [] == codes(decided(by_staff=False))


def test_a_loan_is_shorter_while_others_wait_where_the_rule_says_so() -> None:
    rule = replace(POLICY.rules[0], period_when_others_wait=Period(1, Unit.WEEKS))
    policy = replace(POLICY, rules=(rule,))

    alone, before_others = (decided(policy=policy, others_wait=others).due_at for others in (False, True))

    assert timedelta(days=14) == alone - before_others


def test_a_copy_that_serves_another_is_refused_and_says_whether_it_is_captured() -> None:
    for captured in (True, False):
        (refusal,) = decided(serves=serving(captured=captured)).refusals
        assert ("copy-held-for-other", {"captured": captured}) == (refusal.code, refusal.figures)


def test_a_copy_that_serves_nobody_is_lent_however_many_wait() -> None:
    assert [] == codes(decided(others_wait=1))


def test_the_copy_that_serves_a_member_fulfils_that_hold() -> None:
    for captured in (True, False):
        own = serving(ADA, captured=captured)
        decision = decided(serves=own, own_hold=own.hold_id)
        assert ([], own.hold_id, None) == (codes(decision), decision.fulfils, decision.spoils)


def test_any_free_copy_fulfils_the_hold_of_a_member_who_waits() -> None:
    own = new_id()

    assert (own, None) == ((decision := decided(own_hold=own)).fulfils, decision.spoils)


def test_staff_override_that_a_copy_is_to_be_pulled_for_another_and_spoil_that_hold() -> None:
    other, override = serving(), Override(("copy-held-for-other",), "It stands here.")

    decision = decided(serves=other, override=override)

    assert ([], other.hold_id, override) == (codes(decision), decision.spoils, decision.override)
    assert ["override-forbidden"] == codes(decided(serves=other, override=override, by_staff=False))


def test_nobody_overrides_that_a_copy_is_captured_for_another() -> None:
    override = Override(("copy-held-for-other",), "In a hurry.")

    assert ["override-forbidden"] == codes(decided(serves=serving(captured=True), override=override))


def test_staff_may_override_a_refusal_by_naming_it() -> None:
    assert [] == codes(decided(open_loans=open_loans(10), override=Override(("loan-limit-reached",), "exam week")))


def test_an_override_counts_for_what_it_names_and_no_more() -> None:
    suspended = a_standing(refusals=(MemberSuspended("Suspended."),))
    override = Override(("loan-limit-reached",), "exam week")

    assert ["member-suspended"] == codes(decided(open_loans=open_loans(10), standing=suspended, override=override))


def test_codes_that_are_not_needed_any_more_stop_nothing_and_do_not_count() -> None:
    override = Override(("fines-owed", "loan-limit-reached"), "just in case")

    decision = decided(open_loans=open_loans(10), override=override)

    assert ([], Override(("loan-limit-reached",), "just in case")) == (codes(decision), decision.override)
    assert None is decided(override=override).override


def test_nobody_lends_a_copy_that_is_on_loan() -> None:
    with pytest.raises(OverrideForbidden):
        apply_override((CopyOnLoan(),), Override(("copy-on-loan",), "really"), by_staff=True)


def test_what_is_unknown_does_not_hide_what_is_wrong_with_the_other_half() -> None:
    broken = a_copy(refusals=(CopyNotLendable("In repair.", status="in_repair"),))
    suspended = a_standing(refusals=(MemberSuspended("Suspended."),))

    no_copy = NotAllFound((CopyNotFound(),), None, suspended).refusals(copy_is_out=False)
    no_member = NotAllFound((), broken, None, in_no_branch=True).refusals(copy_is_out=True)

    assert ["copy-not-found", "member-suspended"] == [refusal.code for refusal in no_copy]
    assert ["copy-on-loan", "copy-not-lendable", "unknown-branch"] == [refusal.code for refusal in no_member]


def test_a_suspension_for_lateness_ends_by_the_clock_of_the_branch() -> None:
    vienna = Calendar(ZoneInfo("Europe/Vienna"))
    midnight = datetime(2026, 3, 28, 23, tzinfo=UTC)

    def refused(now: datetime) -> list[str]:
        facts = CheckOutFacts(POLICY, vienna, now, suspended_until=date(2026, 3, 28))
        return [each.code for each in assess(Answered(a_copy(), a_standing()), facts, Terms()).refusals]

    assert [["suspended-for-lateness"], []] == [refused(midnight - timedelta(seconds=1)), refused(midnight)]


FROM_18 = replace(
    POLICY.rules[0], name="films from 18", item_type="dvd", age=AgeRange(oldest=17), loanable=False, period=None
)


def test_an_age_limit_refuses_who_is_too_young_and_says_so() -> None:
    policy = replace(POLICY, rules=(*(rule for rule in POLICY.rules if rule.item_type is None), FROM_18))

    refused = decided(copy=a_copy(item_type="dvd"), standing=a_standing(age=17), policy=policy)

    (refusal,) = refused.refusals
    assert "The policy (rule 'films from 18') does not lend items of type 'dvd' to members of this age." == str(refusal)
    figures = {"item_type": "dvd", "category": "adult", "rule": "films from 18", "ages": {"from": None, "to": 17}}
    assert ("not-loanable-by-policy", figures) == (refusal.code, refusal.figures)
    assert [] == codes(decided(copy=a_copy(item_type="dvd"), standing=a_standing(age=18), policy=policy))


def test_the_location_of_the_copy_and_the_home_branch_of_the_member_choose_the_rule() -> None:
    short = replace(POLICY.rules[0], name="short loans", location="SHORT", period=Period(1, Unit.DAYS))
    guests = replace(POLICY.rules[0], name="guests", home_branch="OTHER", period=Period(2, Unit.DAYS))
    policy = replace(POLICY, rules=(POLICY.rules[0], short, guests))

    def rule(location: str | None, home_branch: str | None) -> str:
        return decided(
            copy=a_copy(location=location), standing=a_standing(home_branch=home_branch), policy=policy
        ).rule.name

    assert "short loans" == rule("Short", "OTHER")
    assert "guests" == rule("SHELVES", "other")
    assert POLICY.rules[0].name == rule(None, None)
