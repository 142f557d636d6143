from dataclasses import replace
from typing import Any

import pytest

from loans_service.domain.tills.balance import DrawerSums, LedgerSums, MoneySums, Numbers

LEDGER = LedgerSums(charged=1000, waived=200, settled=500, owed=300, elsewhere=50)
MONEY = MoneySums(taken={"cash": 600, "card": 100}, given_back={"cash": 150, "transfer": 40}, due=60)
DRAWER = DrawerSums("DESK-1", opening=10_000, taken=600, given=150, moved=-5000, differences=-20, drawer=5430)


def test_what_was_charged_and_not_forgiven_is_owed_or_settled() -> None:
    assert LEDGER.agrees


@pytest.mark.parametrize("change", [{"charged": 999}, {"waived": 201}, {"settled": 501}, {"owed": 299}])
def test_a_ledger_that_differs_by_a_cent_does_not_agree(change: dict[str, int]) -> None:
    assert not replace(LEDGER, **change).agrees


def test_what_is_settled_was_taken_and_neither_given_back_nor_due() -> None:
    assert MONEY.agrees_with(LEDGER)


@pytest.mark.parametrize(
    "change",
    [
        {"taken": {"cash": 600, "card": 101}},
        {"given_back": {"cash": 150, "transfer": 41}},
        {"due": 61},
    ],
)
def test_money_that_differs_by_a_cent_does_not_agree(change: dict[str, Any]) -> None:
    assert not replace(MONEY, **change).agrees_with(LEDGER)


def test_what_was_paid_elsewhere_counts_as_taken() -> None:
    assert not MONEY.agrees_with(replace(LEDGER, elsewhere=49))


@pytest.mark.parametrize("name", ["opening", "taken", "given", "moved", "differences", "drawer"])
def test_a_drawer_holds_what_its_parts_come_to(name: str) -> None:
    assert DRAWER.agrees
    assert not replace(DRAWER, **{name: getattr(DRAWER, name) + 1}).agrees


def test_a_till_has_as_many_receipts_as_serials() -> None:
    assert Numbers("DESK-1", 2026, last=42, receipts=42).agrees
    assert not Numbers("DESK-1", 2026, last=42, receipts=41).agrees
