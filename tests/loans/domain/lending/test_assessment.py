"""What an assessment of a check-out tells beside the codes of its refusals."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loans_service.domain.borrower import MemberSuspended, OpenLoan
from loans_service.domain.lendable_copy import CopyNotFound, CopyNotLendable, LendableCopy
from loans_service.domain.lending.check_out import (
    Answered,
    CheckOutAssessment,
    CheckOutFacts,
    NotAllFound,
    ServedHold,
    Terms,
    assess,
)
from loans_service.domain.lending.offline import Offline, OfflineTerms
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.rules.due_date import DueStep, InvalidDueDate, Step
from loans_service.domain.rules.policy import LendingRule, Period, Unit
from shared.kernel.errors import InvalidValue
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, ALWAYS_OPEN, NOW, POLICY, a_copy, a_standing

REFERENCE = a_copy(item_type="reference")
BROKEN = CopyNotLendable("In repair.", status="in_repair")
SUSPENDED = MemberSuspended("Suspended.")


def assessed(
    copy: LendableCopy | None = None,
    asked: Terms | None = None,
    *,
    category: str = "adult",
    in_no_branch: bool = False,
    **facts: Any,
) -> CheckOutAssessment:
    known = Answered(copy or a_copy(), a_standing(category=category), in_no_branch)
    return assess(known, replace(CheckOutFacts(POLICY, ALWAYS_OPEN, NOW), **facts), asked or Terms())


def test_a_branch_that_does_not_exist_is_refused_by_the_name_of_its_field() -> None:
    (refusal,) = assessed(in_no_branch=True).refusals

    assert isinstance(refusal, InvalidValue)
    assert ("unknown-branch", "branch") == (refusal.code, refusal.field)


def test_what_the_policy_does_not_lend_is_told_with_the_type_the_category_and_the_rule() -> None:
    decision = assessed(REFERENCE, category="child")
    (refusal,) = decision.refusals

    told = "The policy (rule 'reference') does not lend items of type 'reference' to the category 'child'."
    assert told == refusal.detail
    assert {"item_type": "reference", "category": "child", "rule": "reference"} == refusal.figures
    assert ("reference", None) == (decision.rule.name, decision.due)
    with pytest.raises(InvalidDueDate, match="The policy knows no due date"):
        _ = decision.due_at


def test_the_rule_that_counts_is_told_and_those_that_it_passes_over() -> None:
    dvds, east, rest = (
        LendingRule(name="dvds", item_type="dvd", period=Period(1, Unit.WEEKS)),
        LendingRule(name="east", branch="EAST", period=Period(2, Unit.WEEKS)),
        LendingRule(name="rest", period=Period(3, Unit.WEEKS)),
    )
    policy = replace(POLICY, rules=(rest, east, dvds))

    decision = assessed(a_copy(item_type="dvd", branch="EAST"), policy=policy)

    assert (dvds, (east, rest)) == (decision.rule, decision.passed_over)
    assert (rest, ()) == ((alone := assessed(policy=policy)).rule, alone.passed_over)


def test_the_terms_of_the_members_own_category_count() -> None:
    policy = replace(POLICY, terms=(*POLICY.terms, replace(POLICY.terms_for("adult"), category="guest", most_loans=1)))
    loans = (OpenLoan(new_id(), ADA, NOW, "book", "MAIN"),)

    assert () == assessed(policy=policy, open_loans=loans).refusals
    (refusal,) = assessed(policy=policy, open_loans=loans, category="guest").refusals
    assert ("loan-limit-reached", {"limit": 1, "open_loans": 1}) == (refusal.code, refusal.figures)


def test_a_hold_is_fulfilled_by_its_owner_alone() -> None:
    hers, own_hold = ServedHold(new_id(), ADA, captured=True), new_id()
    of_another = replace(hers, member_id=new_id())

    fulfilled = [assessed(serves=serves, own_hold=own_hold) for serves in (hers, of_another, None)]

    assert [(hers.hold_id, None), (own_hold, hers.hold_id), (own_hold, None)] == [
        (decision.fulfils, decision.spoils) for decision in fulfilled
    ]


def test_only_staff_may_send_another_due_date_and_the_refusal_names_the_field() -> None:
    (refusal,) = assessed(asked=Terms(due_at=NOW + timedelta(days=1))).refusals

    assert isinstance(refusal, StaffOnly)
    assert "due_at" == refusal.field


@pytest.mark.parametrize(
    ("by_member", "asked", "codes"),
    [
        (ADA, {"due_at": NOW + timedelta(days=1)}, ["four-eyes"]),
        (new_id(), {"due_at": NOW + timedelta(days=1)}, []),
        (ADA, {}, []),
    ],
)
def test_nobody_of_the_staff_lends_to_themselves_by_hand(
    by_member: Any, asked: dict[str, Any], codes: list[str]
) -> None:
    decision = assessed(asked=Terms(by_staff=True, by_member=by_member, **asked))

    assert codes == [refusal.code for refusal in decision.refusals]


def test_a_due_date_that_no_rule_gave_says_why() -> None:
    due_at, end = NOW + timedelta(days=1), ALWAYS_OPEN.end_of_day(NOW.date())
    at_desk = assessed(asked=Terms(due_at=due_at, by_staff=True)).due
    offline = assessed(REFERENCE, OfflineTerms(offline=Offline(by="kiosk"))).due

    assert at_desk is not None
    assert offline is not None
    assert (DueStep(Step.REQUESTED, due_at, "Asked for at the desk."),) == at_desk.steps
    assert (DueStep(Step.PERIOD, end, "No rule lends it."),) == offline.steps


@pytest.mark.parametrize(
    ("unknown", "is_out", "codes"),
    [
        (NotAllFound((CopyNotFound(),), a_copy(), a_standing()), False, ["copy-not-found"]),
        (NotAllFound((CopyNotFound(),), a_copy(), a_standing()), True, ["copy-not-found", "copy-on-loan"]),
        (
            NotAllFound((CopyNotFound(),), a_copy(refusals=(BROKEN,)), None),
            False,
            ["copy-not-found", "copy-not-lendable"],
        ),
        (NotAllFound((), None, a_standing(refusals=(SUSPENDED,)), in_no_branch=True), True, ["member-suspended"]),
    ],
)
def test_what_is_unknown_is_told_before_what_is_wrong_with_what_is_known(
    unknown: NotAllFound, codes: list[str], *, is_out: bool
) -> None:
    assert codes == [refusal.code for refusal in unknown.refusals(copy_is_out=is_out)]


def test_an_unknown_member_does_not_hide_that_the_branch_does_not_exist() -> None:
    (refusal,) = NotAllFound((), a_copy(), None, in_no_branch=True).refusals(copy_is_out=False)

    assert isinstance(refusal, InvalidValue)
    assert ("unknown-branch", "branch") == (refusal.code, refusal.field)
