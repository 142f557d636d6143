from typing import Any

import pytest

from loans_service.domain.circulating_copy import (
    Availability,
    CopyState,
    Stands,
    StandsWhy,
    barcode_key,
    same_branch,
)
from tests.loans.makers import EMMA, EMMA_COPY, NOW


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("MAIN", "main", True),
        ("MAIN", "EAST", False),
        (None, "MAIN", False),
        ("MAIN", None, False),
        (None, None, False),
    ],
)
def test_a_branch_is_the_same_in_any_case_and_none_is_like_none(one: str | None, other: str | None, same: bool) -> None:
    assert same is same_branch(one, other)


def test_a_barcode_is_the_same_whatever_its_case_and_its_blanks() -> None:
    assert {"AB1"} == {barcode_key(each) for each in ("AB1", "ab 1", " A B 1 ")}
    assert "AB-1" == barcode_key("ab-1")


def test_a_copy_of_which_nothing_is_said_can_be_had_at_home() -> None:
    home = Stands(None, StandsWhy.HOME)

    assert CopyState(EMMA_COPY, Availability.AVAILABLE, stands=home) == CopyState.at_home(EMMA_COPY)


def in_transit(**facts: Any) -> CopyState:
    usual: dict[str, Any] = {"transit_to": "WEST", "stands": Stands("EAST", StandsWhy.IN_TRANSIT)}
    return CopyState(EMMA_COPY, Availability.IN_TRANSIT, **usual | facts)


@pytest.mark.parametrize(
    ("other", "agree"),
    [
        ({"transit_to": "west", "stands": Stands("east", StandsWhy.IN_TRANSIT, NOW), "book_id": EMMA}, True),
        ({"transit_to": "MAIN"}, False),
        ({"transit_to": None}, False),
        ({"stands": Stands("MAIN", StandsWhy.IN_TRANSIT)}, False),
        ({"stands": Stands("EAST", StandsWhy.TEMPORARY)}, False),
        ({"stands": None}, False),
        ({"due_at": NOW}, False),
    ],
)
def test_books_and_loans_agree_on_where_a_copy_is_and_goes_whatever_the_case(
    other: dict[str, Any], *, agree: bool
) -> None:
    assert agree is in_transit().agrees_with(in_transit(**other))


def test_a_copy_that_can_be_had_is_not_one_that_is_requested() -> None:
    requested = CopyState(EMMA_COPY, Availability.REQUESTED, stands=Stands(None, StandsWhy.HOME))

    assert not CopyState.at_home(EMMA_COPY).agrees_with(requested)


@pytest.mark.parametrize(
    ("why", "agree"),
    [(StandsWhy.HOME, True), (StandsWhy.ON_LOAN, True), (StandsWhy.FLOATED, False), (StandsWhy.HOLD_SHELF, False)],
)
def test_the_branch_of_a_copy_at_home_or_on_loan_is_nothing_to_agree_on(why: StandsWhy, *, agree: bool) -> None:
    east, west = (CopyState(EMMA_COPY, "any", stands=Stands(branch, why)) for branch in ("EAST", "WEST"))

    assert agree is east.agrees_with(west)
