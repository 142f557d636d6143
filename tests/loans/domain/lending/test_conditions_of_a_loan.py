"""What a check-out costs, who has to confirm what, who acts for whom, and where readers lend to themselves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loans_service.domain.borrower import (
    ActedBy,
    MayNotActFor,
    MemberBlocked,
    OpenLoan,
    Standing,
    StandingNote,
)
from loans_service.domain.fines.fine import FineReason
from loans_service.domain.lendable_copy import CopyNotLendable, LendableCopy
from loans_service.domain.lending.check_out import (
    Answered,
    CheckOutAssessment,
    CheckOutFacts,
    ServedHold,
    Terms,
    assess,
)
from loans_service.domain.lending.desk_note import DeskNote, NoteOf, NotesNotConfirmed
from loans_service.domain.lending.loan import Loan, LoanEvent
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.domain.lending.loan_terms import LoanTerms
from loans_service.domain.lending.renewal import is_renewable
from loans_service.domain.rules.category_terms import SharedLimit
from loans_service.domain.rules.reminders import Reminder
from loans_service.domain.rules.rental import Rental, RentalUnit
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, ALWAYS_OPEN, NOW, POLICY, a_copy, a_loan, a_rule, a_standing, emmas_copy, euros

DISCS = replace(a_copy(), staff_note="3 discs.")
HERS = ServedHold(new_id(), ADA, captured=True)
GUARDIAN = new_id()
WEEKLY = (Reminder(timedelta(days=7), euros(100)),)


def assessed(
    copy: LendableCopy | None = None,
    asked: Terms | None = None,
    standing: Standing | None = None,
    *,
    rule: dict[str, Any] | None = None,
    terms: dict[str, Any] | None = None,
    **facts: Any,
) -> CheckOutAssessment:
    policy = replace(POLICY, rules=(replace(a_rule(), **(rule or {})),))
    policy = replace(policy, terms=(replace(POLICY.terms[0], **(terms or {})),))
    known = Answered(copy or a_copy(), standing or a_standing())
    return assess(known, replace(CheckOutFacts(policy, ALWAYS_OPEN, NOW), **facts), asked or Terms())


def codes(decision: CheckOutAssessment) -> list[str]:
    return [refusal.code for refusal in decision.refusals]


# --- what it costs


def test_a_check_out_costs_its_rental_and_a_deposit_where_the_rule_says_so() -> None:
    daily = Rental(euros(10), RentalUnit.DAY)

    both = assessed(rule={"rental": daily, "deposit": euros(500)})

    assert ((FineReason.RENTAL, euros(210)), (FineReason.DEPOSIT, euros(500))) == both.charges
    assert ((FineReason.DEPOSIT, euros(1)),) == assessed(rule={"deposit": euros(1)}).charges
    assert () == assessed(rule={"deposit": euros(0)}).charges == assessed().charges
    assert (True, False) == (both.takes_deposit, assessed(rule={"rental": daily}).takes_deposit)


def test_what_no_rule_lends_has_no_rental() -> None:
    assert () == assessed(rule={"rental": Rental(euros(10)), "loanable": False}).charges


def test_a_loan_is_on_the_terms_of_its_rule_and_of_who_the_borrower_is_then() -> None:
    decision = assessed(standing=a_standing(age=11), rule={"reminders": WEEKLY, "renewals": 3})

    assert LoanTerms("everything", 1, 3, "adult", WEEKLY, "6-11") == replace(decision.terms, rule="everything")
    assert (decision.rule.name, WEEKLY, "6-11") == (
        decision.terms.rule, decision.terms.reminders, decision.terms.age_band,
    )  # fmt: skip


# --- what is noted and confirmed


def test_staff_confirm_what_is_noted_of_the_copy_where_the_rule_wants_it() -> None:
    rule = {"confirm_notes": True}

    asked, confirmed = (
        assessed(DISCS, Terms(by_staff=True, notes_confirmed=done), rule=rule) for done in (False, True)
    )

    (refusal,) = asked.refusals
    assert isinstance(refusal, NotesNotConfirmed)
    assert {"notes": ["3 discs."]} == refusal.figures
    told = "Something is noted of this copy that must be confirmed. Look at it, and send `notes_confirmed`."
    assert told == str(refusal)
    assert ([], ("3 discs.",)) == (codes(confirmed), confirmed.confirmed)


@pytest.mark.parametrize(
    ("copy", "by_staff", "confirm_notes"), [(DISCS, False, True), (DISCS, True, False), (a_copy(), True, True)]
)
def test_nothing_is_confirmed_by_machines_or_without_a_note_or_a_rule(
    copy: LendableCopy, by_staff: bool, confirm_notes: bool
) -> None:
    decision = assessed(copy, Terms(by_staff=by_staff), rule={"confirm_notes": confirm_notes})

    assert ([], ()) == (codes(decision), decision.confirmed)


def test_a_desk_is_told_what_is_noted_of_the_copy_and_of_the_member() -> None:
    standing = replace(a_standing(), notes=(StandingNote("Knock.", "MAIN"), StandingNote("Ring.", "EAST")))

    assert (DeskNote(NoteOf.COPY, "3 discs."), DeskNote(NoteOf.MEMBER, "Knock.")) == Answered(DISCS, standing).notes


# --- blocks, limits and debts


def test_a_block_and_a_limit_of_one_branch_count_for_loans_that_are_made_there() -> None:
    blocked = a_standing(refusals=(MemberBlocked("Not here.", branch="EAST"),))
    limits = {"most_loans_of": (SharedLimit(0, branches=("EAST",)),)}
    at_east = replace(a_copy(), desk="EAST")

    assert [["member-blocked"], []] == [codes(assessed(copy, standing=blocked)) for copy in (at_east, a_copy())]
    assert [1, 0] == [len(assessed(copy, terms=limits).refusals) for copy in (at_east, a_copy())]


def test_what_grows_what_wards_owe_and_a_suspension_stop_borrowing_where_the_terms_count_them() -> None:
    counting = {"most_owed": euros(500), "count_accruing": True, "count_wards": True}

    assert ["fines-owed"] == codes(assessed(terms=counting, accruing=euros(500)))
    assert ["fines-owed"] == codes(assessed(terms=counting, owed_by_wards=euros(500)))
    assert [] == codes(assessed(terms=counting, accruing=euros(499)))
    assert 1 == len(assessed(suspended_until=NOW.date()).refusals)
    assert [] == codes(assessed(suspended_until=NOW.date() - timedelta(days=1)))


def test_a_loan_of_somebody_else_counts_for_them_and_one_of_this_copy_stops_it() -> None:
    other = OpenLoan(a_copy().copy_id, new_id(), NOW, "book", "MAIN")

    assert ["copy-on-loan"] == codes(assessed(open_loans=(other,), terms={"most_loans": 1}))


def test_a_missing_copy_that_was_scanned_since_is_lent() -> None:
    missing = replace(
        a_copy(refusals=(CopyNotLendable("Missing.", status="missing"),)), status_since=NOW - timedelta(days=1)
    )

    assert ["copy-not-lendable"] == codes(assessed(missing))
    assert [] == codes(assessed(missing, scanned_at=NOW))


# --- who acts for whom


@pytest.mark.parametrize(
    ("may", "serves", "against"),
    [
        ({"borrow"}, None, []),
        ({"borrow"}, HERS, []),
        ({"collect"}, HERS, []),
        ({"collect"}, None, ["borrow"]),
        ({"collect"}, replace(HERS, captured=False), ["borrow"]),
        ({"pay"}, HERS, ["borrow", "collect"]),
        ({"pay"}, None, ["borrow"]),
    ],
)
def test_who_may_borrow_for_somebody_takes_anything_and_who_may_collect_what_is_ready(
    may: set[str], serves: ServedHold | None, against: list[str]
) -> None:
    standing = replace(a_standing(), acted_by=ActedBy(GUARDIAN, frozenset(may)))

    refusals = assessed(standing=standing, serves=serves).refusals

    assert [against] * bool(against) == [refusal.figures["rights"] for refusal in refusals]


def test_a_guardian_without_the_right_is_told_what_to_do() -> None:
    told = (
        "This guardian was not given the right to do this for the member. Ask the member to come, or have the "
        "right put on record first."
    )

    refusal = MayNotActFor(("collect", "borrow"))

    assert (told, {"rights": ["borrow", "collect"]}) == (str(refusal), refusal.figures)


def test_a_block_of_what_is_ready_stops_that_alone() -> None:
    standing = a_standing(against_collecting=(MemberBlocked("Ask at the desk."),))

    assert ["member-blocked"] == codes(assessed(standing=standing, serves=HERS))
    assert (
        []
        == codes(assessed(standing=standing))
        == codes(assessed(standing=standing, serves=replace(HERS, captured=False)))
    )


# --- readers who lend to themselves


def test_readers_lend_themselves_what_the_rule_lets_them_and_do_not_choose_the_branch() -> None:
    by_self = Terms(by_self=True)
    elsewhere = replace(a_copy(), desk="EAST")

    def found(copy: LendableCopy, asked: Terms, *, allowed: bool) -> list[tuple[str, str | None]]:
        refusals: tuple[LibraryError, ...] = assessed(copy, asked, rule={"self_check_out": allowed}).refusals
        return [(refusal.code, getattr(refusal, "field", None)) for refusal in refusals]

    assert [] == found(a_copy(), by_self, allowed=True)
    assert ["self-check-out-off"] == [code for code, _ in found(a_copy(), by_self, allowed=False)]
    assert [("staff-only", "branch")] == found(elsewhere, by_self, allowed=True)
    assert [] == found(elsewhere, Terms(), allowed=False), "a desk may"


# --- what a loan keeps and tells of it


def lent(**facts: Any) -> Loan:
    usual: dict[str, Any] = {"id": new_id(), "copy": emmas_copy(), "member_id": ADA, "branch": "MAIN", "now": NOW}
    usual |= {"due_at": NOW + timedelta(days=21), "terms": LoanTerms("adult", 1, 2, "adult", WEEKLY), "timezone": "UTC"}
    return Loan(**usual | facts)


def events_of(loan: Loan) -> list[LoanEvent]:
    return [event for event in loan.take_events() if isinstance(event, LoanEvent)]


def test_a_loan_keeps_its_number_location_and_deposit_and_tells_who_acted_and_what_was_confirmed() -> None:
    loan, plain = lent(number=7, location="KIDS", has_deposit=True, acted_by=GUARDIAN, confirmed=("3 discs.",)), lent()

    assert (7, "KIDS", True) == (loan.number, loan.location, loan.has_deposit)
    assert (None, None, False, None) == (plain.number, plain.location, plain.has_deposit, plain.bill_at)
    (event,), (quiet,) = events_of(loan), events_of(plain)
    assert (GUARDIAN, ("3 discs.",), "") == (event.acted_by, event.confirmed, event.why)
    assert (None, (), "") == (quiet.acted_by, quiet.confirmed, quiet.why)


def test_a_renewal_tells_who_acted_and_whether_it_came_by_itself_and_is_unseen_unless_somebody_saw_the_copy() -> None:
    loan = lent()
    loan.take_events()

    loan.renew(loan.due_at, terms=loan.terms, now=NOW, acted_by=GUARDIAN)
    loan.renew(loan.due_at, terms=loan.terms, now=NOW, by_itself=True)
    unseen = loan.unseen_renewals
    loan.renew(loan.due_at, terms=loan.terms, now=NOW, seen=True)

    assert (2, 0) == (unseen, loan.unseen_renewals)
    assert [(GUARDIAN, False), (None, True), (None, False)] == [
        (event.acted_by, event.by_itself) for event in events_of(loan)
    ]


def test_a_loan_reminds_by_the_terms_of_its_own_rule_and_says_why_it_was_not_renewed_only_before_it_is_late() -> None:
    before = (Reminder(timedelta(days=-2)), *WEEKLY)
    loan = lent(terms=LoanTerms("adult", 1, 2, "adult", before))
    loan.take_events()
    soon, late = loan.due_at - timedelta(days=2), loan.due_at + timedelta(days=7)

    assert soon == loan.remind_at
    assert (False, True) == (loan.renews_itself_now(soon - timedelta(seconds=1)), loan.renews_itself_now(soon))
    assert loan.remind(now=soon, not_renewed=("held-by-other",))
    assert late == loan.remind_at
    assert not loan.remind(now=late - timedelta(seconds=1))
    assert loan.remind(now=late + timedelta(seconds=1), not_renewed=("held-by-other",))

    assert [
        (LoanEventType.DUE_SOON, 0, ("held-by-other",)),
        (LoanEventType.OVERDUE, 1, ()),
    ] == [(event.type, event.stage, event.not_renewed) for event in events_of(loan)]


def test_a_loan_of_another_system_that_renews_itself_has_its_first_reminder_yet_to_come_unless_it_is_late() -> None:
    terms = LoanTerms("adult", 1, 2, "adult", (Reminder(timedelta(days=-2)), *WEEKLY))
    soon, late = NOW + timedelta(days=20), NOW + timedelta(days=29)

    renewing, plain, overdue = (lent(terms=terms) for _ in range(3))
    renewing.take_over(renewals=1, renews_itself=True, why="Moved in.", now=soon)
    plain.take_over(renewals=1, why="Moved in.", now=soon)
    overdue.take_over(renewals=1, renews_itself=True, why="Moved in.", now=late)

    assert [0, 1, 2] == [loan.reminders for loan in (renewing, plain, overdue)]
    *_, told = events_of(renewing)
    assert (LoanEventType.TAKEN_OVER, renewing, "Moved in.") == (told.type, told.loan, told.why)


def test_a_loss_that_is_billed_is_another_version_and_one_that_was_billed_at_once_is_not() -> None:
    later, at_once = lent(), lent()
    later.declare_lost(why="", now=NOW, bill_at=NOW + timedelta(days=30))
    at_once.declare_lost(why="", now=NOW)
    versions = [later.version + 1, at_once.version]

    assert (True, False) == (later.bill(), at_once.bill())
    assert (versions, None) == ([later.version, at_once.version], later.bill_at)


@pytest.mark.parametrize(
    ("others_wait", "recalled", "renewals", "left"),
    [(False, False, 0, True), (True, False, 0, None), (False, True, 0, False), (True, False, 2, False)],
)
def test_whether_a_renewal_is_left_is_known_unless_others_wait(
    others_wait: bool, recalled: bool, renewals: int, left: bool | None
) -> None:
    loan = a_loan()
    loan.renewals = renewals

    assert left is is_renewable(loan, others_wait=others_wait, recalled=recalled)


def test_of_a_lost_loan_no_renewal_is_left() -> None:
    loan = a_loan()
    loan.declare_lost(why="", now=NOW)

    assert is_renewable(loan, others_wait=True, recalled=False) is False
