from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from loans_service.domain.circulating_copy import Availability, AvailabilityChanged, NextStop
from loans_service.domain.lending.loan import Loan, LoanEvent
from loans_service.domain.lending.loan_refusals import (
    ClaimedReturned,
    InvalidReturnTime,
    LoanLost,
    LoanNotOpen,
    NothingClaimed,
    NothingToFind,
)
from loans_service.domain.lending.loan_status import LoanEventType, LoanStatus
from loans_service.domain.lending.loan_terms import LoanTerms
from loans_service.domain.rules.reminders import LATE, reminder_lead
from shared.kernel.errors import LibraryError
from tests.loans.makers import NOW, a_loan

LATER = NOW + timedelta(days=2)
NEXT_WEEK = NOW + timedelta(days=7)


def returned(loan: Loan) -> Loan:
    loan.bring_back(NextStop.SHELF, returned_at=LATER, now=LATER)
    return loan


def lost(loan: Loan) -> Loan:
    loan.declare_lost(why="Left on the train.", now=LATER)
    return loan


def claimed(loan: Loan) -> Loan:
    loan.claim_returned(why="Put into the book drop.", now=LATER)
    return loan


def event_types(loan: Loan) -> list[LoanEventType]:
    return [event.type for event in loan.take_events() if isinstance(event, LoanEvent)]


def states(loan: Loan) -> list[tuple[Availability, datetime | None]]:
    return [
        (event.availability, event.due_at) for event in loan.take_events() if isinstance(event, AvailabilityChanged)
    ]


def test_a_check_out_tells_of_the_loan_and_of_the_copys_new_state() -> None:
    told = a_loan().take_events()

    assert [LoanEvent, AvailabilityChanged] == [type(event) for event in told]
    assert [(Availability.ON_LOAN, a_loan().due_at)] == states(a_loan())


def test_events_are_told_once() -> None:
    loan = a_loan()
    loan.take_events()

    assert [] == loan.take_events()


def test_a_returned_copy_closes_its_loan_and_whoever_takes_it_tells_where_it_goes() -> None:
    loan = a_loan()
    loan.take_events()

    loan.bring_back(NextStop.TRANSIT, returned_at=LATER, now=LATER)

    assert (LoanStatus.RETURNED, NextStop.TRANSIT) == (loan.status, loan.next_stop)
    assert [LoanEventType.RETURNED] == [event.type for event in loan.take_events() if isinstance(event, LoanEvent)]


def test_a_copy_from_the_book_drop_came_back_when_it_was_dropped() -> None:
    loan = a_loan()

    loan.bring_back(NextStop.SHELF, returned_at=LATER, now=LATER + timedelta(days=2))

    assert LATER == loan.returned_at


@pytest.mark.parametrize("returned_at", [NOW - timedelta(seconds=1), LATER + timedelta(seconds=1)])
def test_a_copy_comes_back_neither_before_it_was_lent_nor_in_the_future(returned_at: datetime) -> None:
    loan = a_loan()

    with pytest.raises(InvalidReturnTime):
        loan.bring_back(NextStop.SHELF, returned_at=returned_at, now=LATER)

    assert loan.is_open


def test_a_renewal_counts_and_tells_the_new_due_date_and_its_rule() -> None:
    loan = a_loan()
    loan.take_events()

    loan.renew(NEXT_WEEK, terms=LoanTerms("students", 3, 2, "student"), now=LATER)

    told, changed = loan.take_events()
    assert (1, NEXT_WEEK) == (loan.renewals, loan.due_at)
    assert isinstance(told, LoanEvent)
    assert isinstance(changed, AvailabilityChanged)
    assert (LoanEventType.RENEWED, LoanTerms("students", 3, 2, "student")) == (told.type, told.terms)
    assert NEXT_WEEK == changed.due_at


def test_another_due_date_is_set_once_and_no_renewal() -> None:
    loan = a_loan()
    loan.take_events()

    for _ in range(2):
        loan.change_due_date(NEXT_WEEK, why="A reading group.", now=LATER)

    assert (0, NEXT_WEEK) == (loan.renewals, loan.due_at)
    assert [LoanEventType.DUE_DATE_CHANGED] == event_types(loan)


def test_a_lost_copy_is_given_up_once_and_available_to_nobody() -> None:
    loan = a_loan()
    loan.take_events()

    lost(lost(loan))

    assert (LoanStatus.LOST, True) == (loan.status, loan.is_open)
    assert [(Availability.UNAVAILABLE, None)] == states(loan)


def test_a_copy_is_claimed_returned_once_and_may_be_given_up_later() -> None:
    loan = a_loan()
    loan.take_events()

    before = claimed(claimed(loan)).status
    after = lost(loan).status
    told = loan.take_events()

    assert (LoanStatus.CLAIMED_RETURNED, LoanStatus.LOST) == (before, after)
    assert [LoanEventType.CLAIMED_RETURNED, LoanEventType.DECLARED_LOST] == [
        each.type for each in told if isinstance(each, LoanEvent)
    ]
    assert 1 == sum(isinstance(each, AvailabilityChanged) for each in told), "it was unavailable before"


@pytest.mark.parametrize("missed", [lost, claimed])
def test_a_missed_copy_that_the_borrower_finds_is_on_loan_as_before(missed: Callable[[Loan], Loan]) -> None:
    loan = missed(a_loan())
    loan.take_events()

    loan.find_with_borrower(why="Behind the sofa.", now=LATER)

    assert LoanStatus.OPEN is loan.status
    assert [(Availability.ON_LOAN, loan.due_at)] == states(loan)


@pytest.mark.parametrize("missed", [lost, claimed])
def test_a_missed_copy_that_comes_back_is_found_and_returned(missed: Callable[[Loan], Loan]) -> None:
    loan = missed(a_loan())
    loan.take_events()

    returned(loan)

    assert LoanStatus.RETURNED is loan.status
    assert [LoanEventType.FOUND, LoanEventType.RETURNED] == event_types(loan)


ACTS: dict[str, Callable[[Loan], None]] = {
    "return": lambda loan: loan.bring_back(NextStop.SHELF, returned_at=LATER, now=LATER),
    "due date": lambda loan: loan.change_due_date(NEXT_WEEK, why="", now=LATER),
    "declare lost": lambda loan: loan.declare_lost(why="", now=LATER),
    "claim returned": lambda loan: loan.claim_returned(why="", now=LATER),
    "find": lambda loan: loan.find_with_borrower(why="", now=LATER),
}
REFUSED: list[tuple[str, Callable[[Loan], Loan], type[LibraryError]]] = [
    *((act, returned, LoanNotOpen) for act in ACTS),
    ("due date", lost, LoanLost),
    ("due date", claimed, ClaimedReturned),
    ("claim returned", lost, LoanLost),
    ("find", lambda loan: loan, NothingToFind),
]


@pytest.mark.parametrize(("act", "before", "refusal"), REFUSED)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    act: str, before: Callable[[Loan], Loan], refusal: type[LibraryError]
) -> None:
    loan = before(a_loan())
    version = loan.version
    loan.take_events()

    with pytest.raises(refusal):
        ACTS[act](loan)

    assert (version, []) == (loan.version, loan.take_events())


def test_each_change_of_a_loan_raises_its_version() -> None:
    loan = a_loan()
    before = loan.version

    returned(loan)

    assert before + 1 == loan.version


@pytest.mark.parametrize(
    ("length", "lead"),
    [
        (timedelta(hours=2), None),
        (timedelta(days=2), None),
        (timedelta(days=3), timedelta(days=1)),
        (timedelta(days=6), timedelta(days=1)),
        (timedelta(days=7), timedelta(days=3)),
        (timedelta(days=365), timedelta(days=3)),
    ],
)
def test_a_reminder_fits_the_length_of_the_loan(length: timedelta, lead: timedelta | None) -> None:
    assert lead == reminder_lead(length)


def test_a_loan_renews_itself_from_when_it_would_be_announced_and_however_late_it_is() -> None:
    loan, comes = a_loan(due_at=NEXT_WEEK), NEXT_WEEK - timedelta(days=3)

    assert [False, True, True] == [
        loan.renews_itself_now(at) for at in (comes - timedelta(microseconds=1), comes, NEXT_WEEK + timedelta(days=7))
    ]


def test_a_loan_whose_borrower_was_reminded_or_that_is_not_simply_open_does_not_renew_itself() -> None:
    reminded = a_loan(due_at=NEXT_WEEK)
    reminded.remind(now=NEXT_WEEK)

    assert [False] * 4 == [
        loan.renews_itself_now(NEXT_WEEK)
        for loan in (reminded, *(act(a_loan(due_at=NEXT_WEEK)) for act in (returned, lost, claimed)))
    ]


def test_a_loan_knows_when_its_borrower_is_told_something_next() -> None:
    loan = a_loan(now=NOW, due_at=NOW + timedelta(days=21))
    seen = [loan.remind_at]
    for late in (timedelta(days=-3), *(late + timedelta(seconds=1) for late in LATE)):
        assert loan.remind(now=loan.due_at + late)
        seen.append(loan.remind_at)

    assert [loan.due_at - timedelta(days=3), *(loan.due_at + late for late in LATE), None] == seen


def test_a_lost_copy_that_is_settled_closes_its_loan_without_having_come_back() -> None:
    loan = a_loan()
    loan.settle(now=NOW)
    untouched = loan.status
    loan.declare_lost(why="", now=NOW)
    loan.settle(now=NOW)

    assert (LoanStatus.OPEN, LoanStatus.LOST_AND_PAID, False) == (untouched, loan.status, loan.is_open)
    assert (None, [LoanNotOpen]) == (loan.next_stop, [type(refusal) for refusal in loan.refusals()])


def test_only_a_settled_loan_opens_again_and_its_copy_is_lost_as_before() -> None:
    loan, missing = a_loan(), a_loan()
    loan.declare_lost(why="", now=NOW)
    loan.settle(now=NOW)
    missing.claim_returned(why="", now=NOW)
    missing.mark_missing(why="", now=NOW)

    for each in (loan, missing):
        each.open_again(why="", now=NOW)

    assert (LoanStatus.LOST, None, None, NOW) == (loan.status, loan.returned_at, loan.settled_at, loan.lost_at)
    assert LoanStatus.MISSING is missing.status


def test_a_settled_copy_that_turns_up_is_returned_after_all() -> None:
    loan = a_loan()
    loan.declare_lost(why="", now=NOW)
    loan.settle(now=NOW)

    loan.bring_back(NextStop.SHELF, returned_at=NOW, now=NOW)

    assert (LoanStatus.RETURNED, None) == (loan.status, loan.settled_at)


def test_only_what_is_claimed_returned_is_marked_missing() -> None:
    loan = a_loan()
    with pytest.raises(NothingClaimed):
        loan.mark_missing(why="", now=NOW)
    loan.claim_returned(why="", now=NOW)

    loan.mark_missing(why="", now=NOW)

    assert (LoanStatus.MISSING, False) == (loan.status, loan.is_open)
    with pytest.raises(LoanNotOpen):
        loan.mark_missing(why="", now=NOW)


def test_a_loan_is_late_until_its_copy_came_back_or_counts_as_lost_whatever_is_first() -> None:
    out, lost = a_loan(), a_loan()
    lost.declare_lost(why="", now=LATER)
    back = returned(a_loan())

    assert (None, LATER, LATER) == (out.late_until, lost.late_until, back.late_until)
    lost.bring_back(NextStop.SHELF, returned_at=NEXT_WEEK, now=NEXT_WEEK)
    assert lost.late_until == LATER
    found = a_loan()
    found.declare_lost(why="", now=LATER)
    found.find_with_borrower(why="", now=LATER)
    assert found.late_until is None
