from datetime import datetime, timedelta

import pytest

from loans_service.domain.circulating_copy import Availability, AvailabilityChanged, NextStop
from loans_service.domain.loan import AlreadyReturned, CopyCheckedOut, CopyReturned, InvalidReturnTime
from tests.loans.makers import NOW, a_loan

LATER = NOW + timedelta(days=2)


def test_a_check_out_tells_of_the_loan_and_of_the_copys_new_state() -> None:
    loan = a_loan()

    told = loan.take_events()

    assert [CopyCheckedOut, AvailabilityChanged] == [type(event) for event in told]
    assert isinstance(told[1], AvailabilityChanged)
    assert (Availability.ON_LOAN, loan.due_at) == (told[1].availability, told[1].due_at)


def test_events_are_told_once() -> None:
    loan = a_loan()
    loan.take_events()

    assert [] == loan.take_events()


def test_a_copy_brought_back_to_its_home_branch_goes_on_the_shelf() -> None:
    loan = a_loan()
    loan.take_events()

    stop = loan.bring_back(branch="MAIN", returned_at=LATER, now=LATER)

    told = loan.take_events()
    assert NextStop.SHELF == stop
    assert not loan.is_open
    assert [CopyReturned, AvailabilityChanged] == [type(event) for event in told]
    assert isinstance(told[1], AvailabilityChanged)
    assert (Availability.AVAILABLE, None) == (told[1].availability, told[1].due_at)


def test_a_copy_brought_back_elsewhere_travels_home_and_arrives_there() -> None:
    loan = a_loan()

    assert NextStop.TRANSIT == loan.bring_back(branch="EAST", returned_at=LATER, now=LATER)
    assert NextStop.TRANSIT == loan.arrive(branch="EAST", now=LATER)
    assert NextStop.SHELF == loan.arrive(branch="MAIN", now=LATER)

    states = [event.availability for event in loan.take_events() if isinstance(event, AvailabilityChanged)]
    assert [Availability.ON_LOAN, Availability.IN_TRANSIT, Availability.AVAILABLE] == states


def test_a_closed_loan_cannot_be_closed_again() -> None:
    loan = a_loan()
    loan.bring_back(branch="MAIN", returned_at=LATER, now=LATER)

    with pytest.raises(AlreadyReturned):
        loan.bring_back(branch="MAIN", returned_at=LATER, now=LATER)


def test_a_copy_from_the_book_drop_came_back_when_it_was_dropped() -> None:
    loan = a_loan()

    loan.bring_back(branch="MAIN", returned_at=LATER, now=LATER + timedelta(days=2))

    assert LATER == loan.returned_at


@pytest.mark.parametrize("returned_at", [NOW - timedelta(seconds=1), LATER + timedelta(seconds=1)])
def test_a_copy_comes_back_neither_before_it_was_lent_nor_in_the_future(returned_at: datetime) -> None:
    loan = a_loan()

    with pytest.raises(InvalidReturnTime):
        loan.bring_back(branch="MAIN", returned_at=returned_at, now=LATER)

    assert loan.is_open


def test_each_change_of_a_loan_raises_its_version() -> None:
    loan = a_loan()
    before = loan.version

    loan.bring_back(branch="MAIN", returned_at=LATER, now=LATER)

    assert before + 1 == loan.version
