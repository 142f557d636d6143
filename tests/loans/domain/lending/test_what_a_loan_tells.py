"""Each act of a loan: the event that is told, how everybody sees the copy afterwards, and what is kept."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from loans_service.domain.circulating_copy import Availability, AvailabilityChanged, NextStop, Stands, StandsWhy
from loans_service.domain.lending.loan import Loan, LoanEvent
from loans_service.domain.lending.loan_status import LoanEventType, LoanStatus
from loans_service.domain.lending.loan_terms import LoanTerms, Override
from loans_service.domain.money import Money
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, EMMA, EMMA_COPY, NOW, a_loan, emmas_copy

LATER = NOW + timedelta(days=1)
DUE = NOW + timedelta(days=21)
NEXT_MONTH = NOW + timedelta(days=42)
STUDENTS = LoanTerms("students", 3, 4, "student")
FOR_EXAM = Override(("held-by-other",), "Exam tomorrow.")
T = LoanEventType


def known(loan: Loan | None = None) -> Loan:
    loan = loan or a_loan(due_at=DUE)
    loan.take_events()
    return loan


def claimed() -> Loan:
    loan = known()
    loan.claim_returned(why="", now=NOW)
    return known(loan)


def lost() -> Loan:
    loan = known()
    loan.declare_lost(why="", now=NOW)
    return known(loan)


def settled() -> Loan:
    loan = lost()
    loan.settle(now=NOW)
    return known(loan)


def seen(availability: Availability, due_at: datetime | None = None) -> AvailabilityChanged:
    stands = Stands("MAIN", StandsWhy.ON_LOAN, NOW)
    return AvailabilityChanged(EMMA_COPY, EMMA, availability, due_at, LATER, stands)


ACTS: list[tuple[Callable[[], Loan], Callable[[Loan], object], Callable[[Loan], list[object]]]] = [
    (known, lambda loan: loan.renew(NEXT_MONTH, terms=STUDENTS, now=LATER, override=FOR_EXAM),
     lambda loan: [LoanEvent(T.RENEWED, loan, LATER, "Exam tomorrow.", STUDENTS, overridden=("held-by-other",)),
                   seen(Availability.ON_LOAN, NEXT_MONTH)]),
    (known, lambda loan: loan.renew(NEXT_MONTH, terms=STUDENTS, now=LATER),
     lambda loan: [LoanEvent(T.RENEWED, loan, LATER, "", STUDENTS), seen(Availability.ON_LOAN, NEXT_MONTH)]),
    (known, lambda loan: loan.change_due_date(NEXT_MONTH, why="A journey.", now=LATER),
     lambda loan: [LoanEvent(T.DUE_DATE_CHANGED, loan, LATER, "A journey."), seen(Availability.ON_LOAN, NEXT_MONTH)]),
    (known, lambda loan: loan.declare_lost(why="The train.", now=LATER),
     lambda loan: [LoanEvent(T.DECLARED_LOST, loan, LATER, "The train."), seen(Availability.UNAVAILABLE)]),
    (claimed, lambda loan: loan.declare_lost(why="", now=LATER),
     lambda loan: [LoanEvent(T.DECLARED_LOST, loan, LATER)]),
    (known, lambda loan: loan.claim_returned(why="Book drop.", now=LATER),
     lambda loan: [LoanEvent(T.CLAIMED_RETURNED, loan, LATER, "Book drop."), seen(Availability.UNAVAILABLE)]),
    (claimed, lambda loan: loan.find_with_borrower(why="Sofa.", now=LATER),
     lambda loan: [LoanEvent(T.FOUND, loan, LATER, "Sofa."), seen(Availability.ON_LOAN, DUE)]),
    (claimed, lambda loan: loan.mark_missing(why="Believed.", now=LATER),
     lambda loan: [LoanEvent(T.MARKED_MISSING, loan, LATER, "Believed.")]),
    (lost, lambda loan: loan.settle(now=LATER), lambda loan: [LoanEvent(T.LOST_AND_PAID, loan, LATER)]),
    (settled, lambda loan: loan.open_again(why="Unpaid.", now=LATER),
     lambda loan: [LoanEvent(T.DECLARED_LOST, loan, LATER, "Unpaid.")]),
    (known, lambda loan: loan.bring_back(NextStop.SHELF, returned_at=NOW, now=LATER, why="Drop."),
     lambda loan: [LoanEvent(T.RETURNED, loan, LATER, "Drop.")]),
    (lost, lambda loan: loan.bring_back(NextStop.SHELF, returned_at=NOW, now=LATER, why="Drop."),
     lambda loan: [LoanEvent(T.FOUND, loan, LATER, "Drop."), LoanEvent(T.RETURNED, loan, LATER, "Drop.")]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "act", "told"), ACTS)
def test_an_act_is_told_with_its_time_and_why_and_makes_one_new_version(
    given: Callable[[], Loan], act: Callable[[Loan], object], told: Callable[[Loan], list[object]]
) -> None:
    loan = given()
    version = loan.version

    act(loan)

    assert (told(loan), version + 1) == (loan.take_events(), loan.version)


def test_a_check_out_remembers_its_terms_its_price_and_what_was_overridden_for_it() -> None:
    terms = LoanTerms("adult", 1, 2, "adult")
    loan = Loan(
        id=new_id(), copy=emmas_copy(), member_id=ADA, branch="MAIN", now=LATER, due_at=DUE, terms=terms,
        override=FOR_EXAM, price=Money(990, "EUR"), timezone="UTC",
    )  # fmt: skip

    assert [
        LoanEvent(T.CHECKED_OUT, loan, LATER, "Exam tomorrow.", terms, overridden=("held-by-other",)),
        AvailabilityChanged(
            EMMA_COPY, EMMA, Availability.ON_LOAN, DUE, LATER, Stands("MAIN", StandsWhy.ON_LOAN, LATER), None, LATER
        ),
    ] == loan.take_events()
    assert (("held-by-other",), "Exam tomorrow.", Money(990, "EUR"), "UTC") == (
        loan.override_codes, loan.override_comment, loan.price, loan.timezone,
    )  # fmt: skip
    assert (LATER, DUE, 1, 0, 0, False) == (
        loan.checked_out_at, loan.due_at, loan.version, loan.renewals, loan.reminders, loan.offline,
    )  # fmt: skip


def test_a_check_out_without_price_and_override_remembers_none() -> None:
    loan = a_loan()
    event = loan.take_events()[0]

    assert ((), None, None) == (loan.override_codes, loan.override_comment, loan.price)
    assert isinstance(event, LoanEvent)
    assert ("", ()) == (event.why, event.overridden)
    loan.price_amount = 990
    assert None is loan.price, "an amount without a currency is none"
    loan.price_amount, loan.price_currency = None, "EUR"
    assert None is loan.price


def test_what_was_overridden_for_a_renewal_is_remembered_once_beside_what_was_before() -> None:
    loan = known()
    loan.override_codes = ("loan-limit-reached",)

    for _ in range(2):
        loan.renew(NEXT_MONTH, terms=STUDENTS, now=LATER, override=FOR_EXAM)

    remembered: tuple[str, ...] = loan.override_codes
    assert ("loan-limit-reached", "held-by-other") == remembered


def test_a_loan_that_ends_without_its_copy_says_when_and_how() -> None:
    paid, missed = lost(), claimed()

    paid.settle(now=LATER)
    missed.mark_missing(why="", now=LATER)

    assert [(LoanStatus.LOST_AND_PAID, LATER, LATER), (LoanStatus.MISSING, LATER, LATER)] == [
        (loan.status, loan.returned_at, loan.settled_at) for loan in (paid, missed)
    ]
    paid.bring_back(NextStop.TRANSIT, returned_at=LATER, now=LATER)
    assert (LoanStatus.RETURNED, None, LATER, NextStop.TRANSIT) == (
        paid.status, paid.settled_at, paid.returned_at, paid.next_stop,
    )  # fmt: skip


@pytest.mark.parametrize("loan", [known(), claimed()])
def test_only_the_loss_of_a_copy_is_settled(loan: Loan) -> None:
    status = loan.status

    loan.settle(now=LATER)

    assert (status, []) == (loan.status, loan.take_events())


def test_a_missed_copy_is_missed_since_then_and_found_for_good() -> None:
    loan = known()
    loan.claim_returned(why="", now=NOW)
    loan.declare_lost(why="", now=LATER)
    assert (NOW, LATER) == (loan.claimed_at, loan.lost_at)

    loan.find_with_borrower(why="", now=LATER)
    assert (None, None, True) == (loan.claimed_at, loan.lost_at, loan.is_open)


def test_a_reminder_is_told_with_its_stage_and_counted_once() -> None:
    loan = known()
    soon, late = DUE - timedelta(days=1), DUE + timedelta(days=1)

    assert (True, False) == (loan.remind(now=soon), loan.remind(now=soon))
    assert ([LoanEvent(T.DUE_SOON, loan, soon)], 1, 2) == (loan.take_events(), loan.reminders, loan.version)
    assert (True, False) == (loan.remind(now=late), loan.remind(now=late))
    assert ([LoanEvent(T.OVERDUE, loan, late, stage=1)], 3) == (loan.take_events(), loan.version)


def test_a_copy_that_is_missed_reminds_nobody() -> None:
    loan = lost()

    assert not loan.remind(now=DUE + timedelta(days=30))
    assert [] == loan.take_events()


def test_another_due_date_is_reminded_of_anew() -> None:
    loan = known()
    loan.remind(now=DUE - timedelta(days=1))
    before = loan.remind_at

    loan.renew(NEXT_MONTH, terms=STUDENTS, now=LATER)

    assert (0, NEXT_MONTH - timedelta(days=3)) == (loan.reminders, loan.remind_at)
    assert before != loan.remind_at


def test_what_a_machine_did_offline_is_marked_and_is_no_event() -> None:
    loan = known()

    loan.note_offline()

    assert (True, []) == (loan.offline, loan.take_events())


def test_a_loan_that_was_kept_is_as_it_was_and_tells_nothing() -> None:
    loan = known()
    kept = {name: fact for name, fact in vars(loan).items() if not name.startswith("_")}
    copy, terms = kept.pop("copy"), kept.pop("terms")

    restored = Loan.restored(copy, terms, kept)

    assert (copy, terms, kept) == (restored.copy, restored.terms, {name: getattr(restored, name) for name in kept})
    assert [] == restored.take_events()
    restored.settle(now=LATER)
    restored.declare_lost(why="", now=LATER)
    assert LoanEvent(T.DECLARED_LOST, restored, LATER) == restored.take_events()[0]


def test_a_loan_that_was_just_made_is_on_the_list_of_reminders_and_anonymous_to_nobody() -> None:
    loan = a_loan(due_at=DUE)

    assert (DUE, 0, DUE - timedelta(days=3), None) == (loan.due_at, loan.reminders, loan.remind_at, loan.anonymised_at)


def test_a_loan_that_is_taken_over_reminds_of_nothing_that_is_past_and_is_one_new_version() -> None:
    loan, late = known(), DUE + timedelta(days=1)

    loan.catch_up(renewals=3, now=late)

    assert (3, 2, DUE + timedelta(days=7), 2) == (loan.renewals, loan.reminders, loan.remind_at, loan.version)
    assert (False, []) == (loan.remind(now=late), loan.take_events())


def test_a_return_without_a_word_tells_none() -> None:
    loan, gone = lost(), claimed()

    loan.bring_back(NextStop.SHELF, returned_at=NOW, now=LATER)
    gone.find_with_borrower(why="", now=LATER)

    whys = [event.why for each in (loan, gone) for event in each.take_events() if isinstance(event, LoanEvent)]
    assert ["", "", ""] == whys
