from datetime import UTC, datetime

import pytest

from loans_service.domain.money import Money
from loans_service.domain.tills.till import (
    DrawerTooShort,
    MovementKind,
    OtherCurrencyOfTill,
    ReservedTillCode,
    SessionOpen,
    Till,
    TillClosed,
    TillKind,
    TillOwner,
    TillSession,
    expect_desk_code,
    receipt_number,
)
from shared.kernel.ids import new_id
from tests.loans.makers import euros

SESSION = TillSession(new_id(), datetime(2026, 3, 2, 8, tzinfo=UTC), "clerk")


def a_till(drawer: int = 0, session: TillSession | None = SESSION) -> Till:
    return Till("DESK-1", TillKind.DESK, "MAIN", "Main desk", "EUR", drawer, session)


def test_a_receipt_is_numbered_by_till_and_year_with_six_digits_or_more() -> None:
    assert "DESK-1-2026-000042" == receipt_number("DESK-1", 2026, 42)
    assert "DESK-1-2026-1000000" == receipt_number("DESK-1", 2026, 1_000_000)


def test_the_till_of_a_branch_has_a_code_that_may_stand_in_a_url() -> None:
    codes = [TillOwner.BRANCH.till(name) for name in ("main", "Main Branch", "Köln", "ß" * 40, "---")]

    assert [f"BRANCH.{name}" for name in ("MAIN", "MAIN-BRANCH", "K-LN", "S" * 33, "---")] == codes


def test_own_tills_share_no_code_with_each_other_or_with_a_till_that_was_made() -> None:
    codes = [owner.till("desk-1") for owner in TillOwner]

    assert 3 == len({*codes})
    for code in codes:
        with pytest.raises(ReservedTillCode):
            expect_desk_code(code)
    for code in ("DESK-1", "BRANCH", "BRANCH-1", "CLIENTS.1", "EAST.BRANCH."):
        expect_desk_code(code)


def test_only_an_open_till_has_a_session_and_only_a_closed_one_is_opened() -> None:
    closed = a_till(session=None)

    assert SESSION == a_till().expect_open()
    closed.expect_closed()
    with pytest.raises(TillClosed):
        closed.expect_open()
    with pytest.raises(SessionOpen):
        a_till().expect_closed()


def test_what_is_put_in_adds_to_the_drawer_and_what_is_taken_out_is_no_more_than_is_in_it() -> None:
    till = a_till(500)

    assert 700 == till.moved(MovementKind.IN, euros(700))
    assert -500 == till.moved(MovementKind.OUT, euros(500))
    with pytest.raises(DrawerTooShort):
        till.moved(MovementKind.OUT, euros(501))


def test_a_count_differs_by_what_is_too_much_or_missing() -> None:
    till = a_till(500)

    assert [0, 20, -500] == [till.difference(euros(counted)) for counted in (500, 520, 0)]


def test_a_till_keeps_one_currency() -> None:
    dollars = Money(1, "USD")

    for act in (a_till().difference, lambda amount: a_till().moved(MovementKind.IN, amount)):
        with pytest.raises(OtherCurrencyOfTill) as refused:
            act(dollars)
        assert {"currency": "EUR"} == refused.value.figures
