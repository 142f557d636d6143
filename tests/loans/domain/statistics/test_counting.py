"""What each act of circulation counts for, and what figures know of an act and of a person."""

from datetime import date, timedelta
from typing import Any

import pytest

from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.fines.fine import Fine, FineReason
from loans_service.domain.holds.hold import Hold
from loans_service.domain.lending.loan import Loan, LoanEvent
from loans_service.domain.statistics.atoms import ATOMS, age_band_of, channel_of
from loans_service.domain.statistics.counting import Act, fine_count, hold_counts, in_house_use, loan_counts
from shared.kernel.cube import Count, Kind
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, NOW, a_hold, a_loan, emmas_copy, euros

DAY = date(2026, 3, 2)
ACT = Act("EAST", DAY, "desk")
OF_ACT = {"branch": "EAST", "channel": "desk"}
OF_LOAN = OF_ACT | {"item_type": "book", "location": "unknown", "category": "adult", "age_band": "unknown"}
OF_HOLD = {"branch": "EAST", "item_type": "unknown"}
WHOLE = OF_HOLD | {"category": "adult", "age_band": "unknown", "channel": "desk"}


def of_loan(loan: Loan) -> list[Count]:
    events = (event for event in loan.take_events() if isinstance(event, LoanEvent))
    return [count for event in events for count in loan_counts(event, ACT)]


def of_hold(hold: Hold, *, waited: int = 0) -> list[Count]:
    placed_on = DAY - timedelta(days=waited)
    return [count for event in hold.take_events() for count in hold_counts(event, ACT, placed_on=placed_on)]


def placed() -> Hold:
    hold = a_hold()
    hold.take_events()
    return hold


def test_a_loan_counts_and_so_does_whoever_borrows() -> None:
    person = {"branch": "EAST", "category": "adult", "age_band": "unknown"}

    assert [Count("loans", DAY, OF_LOAN), Count("active_borrowers", DAY, person, person=ADA)] == of_loan(a_loan())


def test_a_loan_counts_with_the_location_of_its_copy_and_a_return_once_more_but_not_whom_it_was_lent_to() -> None:
    loan = a_loan()
    loan.take_events()
    loan.location = "KIDS"
    loan.bring_back(NextStop.SHELF, returned_at=NOW, now=NOW)

    assert [Count("returns", DAY, OF_LOAN | {"location": "KIDS"})] == of_loan(loan)


def test_what_becomes_of_a_loan_besides_counts_for_nothing() -> None:
    loan = a_loan()
    loan.take_events()
    loan.claim_returned(why="I brought it back.", now=NOW)

    assert [] == of_loan(loan)


def test_a_copy_that_is_used_in_the_library_counts_there() -> None:
    along = OF_ACT | {"item_type": "dvd", "location": "KIDS"}

    assert Count("in_house_uses", DAY, along) == in_house_use("dvd", "KIDS", ACT)
    assert Count("in_house_uses", DAY, along | {"location": "unknown"}) == in_house_use("dvd", None, ACT)


def test_a_hold_counts_when_it_is_placed_by_what_figures_know_of_its_member() -> None:
    hold = a_hold(item_type="dvd")
    hold.age_band = "6-11"

    assert [Count("holds_placed", DAY, WHOLE | {"item_type": "dvd", "age_band": "6-11"})] == of_hold(hold)


@pytest.mark.parametrize("waited", [0, 1, 9])
def test_a_hold_that_is_filled_counts_with_the_days_of_waiting(waited: int) -> None:
    hold = placed()
    hold.fulfil(emmas_copy(), now=NOW)

    days = [Count("days_waited", DAY, OF_HOLD, waited)] if waited else []
    assert [Count("holds_filled", DAY, WHOLE), *days] == of_hold(hold, waited=waited)


def test_a_hold_that_ends_in_vain_counts_with_its_reason() -> None:
    cancelled, by_the_library, expired = placed(), placed(), placed()
    cancelled.cancel(now=NOW)
    by_the_library.cancel(now=NOW, reason="no-lendable-copy")
    expired.expire(now=NOW)

    assert [[Count("holds_ended", DAY, WHOLE | {"reason": why})] for why in ("cancelled", "no-lendable-copy")] == [
        of_hold(hold) for hold in (cancelled, by_the_library)
    ]
    assert [Count("holds_ended", DAY, WHOLE | {"reason": "expired"})] == of_hold(expired)


def test_a_hold_that_is_ready_counts_for_nothing_yet() -> None:
    hold = placed()
    hold.capture(emmas_copy(), branch="MAIN", until=NOW, now=NOW)

    assert [] == of_hold(hold)


def test_money_counts_as_it_is_posted_and_less_what_is_given_back() -> None:
    fine = Fine(id=new_id(), loan_id=None, member_id=ADA, reason=FineReason.LOST, amount=euros(500), now=NOW)
    fine.pay(euros(300), now=NOW)
    fine.take_back(euros(100), why="A mistake.", now=NOW)
    fine.waive(euros(50), why="A flood.", now=NOW)
    along = OF_ACT | {"reason": "lost"}

    assert [
        Count("charged", DAY, along, 500),
        Count("paid", DAY, along, 300),
        Count("paid", DAY, along, -100),
        Count("waived", DAY, along, 50),
    ] == [fine_count(event, ACT) for event in fine.take_events()]


@pytest.mark.parametrize(
    ("by", "offline", "channel"),
    [
        (str(new_id()), False, "desk"),
        (str(new_id()), True, "offline"),
        ("kiosk-1", False, "machine"),
        ("borrower", False, "reader"),
        ("guardian", False, "reader"),
        ("system", False, "itself"),
        ("", False, "unknown"),
    ],
)
def test_an_act_comes_in_at_a_desk_by_a_machine_by_a_reader_or_by_itself(by: str, offline: bool, channel: str) -> None:
    assert channel == channel_of(by, offline=offline)


@pytest.mark.parametrize(
    ("ages", "band"),
    [((None,), "unknown"), ((0, 5), "0-5"), ((6, 11), "6-11"), ((12, 17), "12-17"), ((18, 64), "18-64"),
     ((65, 110), "65+")],
)  # fmt: skip
def test_of_an_age_figures_know_the_band(ages: tuple[int | None, ...], band: str) -> None:
    assert {band} == {age_band_of(age) for age in ages}


def test_what_is_published_of_people_is_told_by_few_dimensions() -> None:
    facts: dict[str, Any] = {atom.name: (atom.kind, atom.of_people, atom.personal, atom.published) for atom in ATOMS}

    of_member = frozenset({"category", "age_band"})
    published = ("branch", "category", "age_band")
    assert (Kind.SUM, False, of_member, published) == facts["loans"]
    assert (Kind.PEOPLE, True, of_member, published) == facts["active_borrowers"]
    assert (Kind.SUM, False, frozenset(), ()) == facts["in_house_uses"] == facts["paid"]
