"""In which order shelf marks stand on the shelf."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.domain.stock.shelf_mark import LONGEST_SHELF_KEY, expect_shelf_mark_range, shelf_mark_key

SHELVES = {
    "numbers as numbers": ["", "B", "B 2", "B 10", "B 10 a", "B 100", "C 1"],
    "Library of Congress": [
        "QA 8", "QA 76", "QA 76 .A5", "QA 76.73", "QA 76.73 .J38 E25 2001", "QA76.73.J38 E3 2001", "QA 76.73 .P976",
        "QA76.73.P98 1990", "QA76.73.P98 2004", "QA 76.9",
    ],
    "Dewey": ["823", "823.12 AUS", "823.8", "823.8 B277e", "823.8 B3", "823/.81", "823.9", "824"],
    "volumes": ["Enc v.2", "Enc v.9", "Enc v.10"],
    "accents": ["A 9", "Ä 10", "a 11", "B 1"],
}  # fmt: skip


@pytest.mark.parametrize("scheme", SHELVES)
def test_shelf_marks_are_filed_as_they_stand_on_the_shelf(scheme: str) -> None:
    keys = [shelf_mark_key(mark) for mark in SHELVES[scheme]]

    assert all(one < next_one for one, next_one in pairwise(keys)), keys


@pytest.mark.parametrize(
    ("one", "other"), [("B 10", "b10"), ("QA76.73", "QA 76.730"), ("B-2/a", "B 2 A"), ("B 007", "B 7"), (None, " ")]
)
def test_what_is_written_in_two_ways_stands_in_one_place(one: str | None, other: str) -> None:
    assert shelf_mark_key(one).strip() == shelf_mark_key(other).strip()


def test_signs_alone_are_filed_as_they_are() -> None:
    assert ("*", "***") == (shelf_mark_key("*"), shelf_mark_key("***"))


@given(st.text(max_size=200))
def test_whatever_is_written_there_has_a_place_that_fits_the_column(mark: str) -> None:
    key = shelf_mark_key(mark)

    assert len(key) <= LONGEST_SHELF_KEY
    expect_shelf_mark_range(mark, mark)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_of_two_numbers_the_smaller_one_comes_first(one: int, other: int) -> None:
    assert (one < other) == (shelf_mark_key(f"B {one} x") < shelf_mark_key(f"B {other} x"))
