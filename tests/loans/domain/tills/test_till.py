from datetime import UTC, datetime

import pytest

from loans_service.domain.money import Money
from loans_service.domain.tills.till import (
    DrawerTooShort,
    MovementKind,
    OtherCurrencyOfTill,
    SessionOpen,
    Till,
    TillClosed,
    TillKind,
    TillSession,
    receipt_number,
    till_code,
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
    codes = list(map(till_code, ("main", "Main Branch", "Köln", "ß" * 40, "---")))

    assert ["MAIN", "MAIN-BRANCH", "K-LN", "S" * 40, "MACHINE"] == codes


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
