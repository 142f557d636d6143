"""What of a cube is published, and its spans."""

import random
from collections import Counter
from datetime import date

import pytest

from shared.kernel.cube import FEWEST, Cell, Count, Span, published


def cells_of(cells: dict[Cell, int]) -> dict[Cell, int]:
    return {one.cell: one.value for one in published(cells)}


def test_cells_of_five_and_more_are_published_as_they_are() -> None:
    cells: dict[Cell, int] = {("MAIN", "child", "0-5"): 5, ("MAIN", "adult", "65+"): 200}

    assert cells == cells_of(cells)


def test_small_cells_become_one_with_their_neighbours_in_the_narrowest_dimension() -> None:
    cells: dict[Cell, int] = {("MAIN", "child", "0-5"): 2, ("MAIN", "child", "6-11"): 4, ("MAIN", "child", "12-17"): 9}

    assert {("MAIN", "child", None): 6, ("MAIN", "child", "12-17"): 9} == cells_of(cells)


def test_a_small_cell_alone_takes_the_smallest_neighbour_with_it() -> None:
    cells: dict[Cell, int] = {("MAIN", "child", "0-5"): 2, ("MAIN", "child", "6-11"): 7, ("MAIN", "child", "12-17"): 9}

    assert {("MAIN", "child", None): 9, ("MAIN", "child", "12-17"): 9} == cells_of(cells)


def test_what_stays_too_small_is_merged_along_the_next_wider_dimension() -> None:
    cells: dict[Cell, int] = {("MAIN", "child", "0-5"): 3, ("MAIN", "adult", "65+"): 2, ("EAST", "adult", "65+"): 1}

    assert {(None, None, None): 6} == cells_of(cells)


def test_what_is_too_small_even_as_a_whole_is_published_as_nothing() -> None:
    (alone,) = published({("MAIN", "child", "0-5"): 3, ("EAST", "child", "0-5"): 1})

    assert ((None, None, None), 0, 2) == (alone.cell, alone.value, alone.of)


@pytest.mark.parametrize("seed", range(40))
def test_published_cells_share_all_that_there_is_and_none_is_small(seed: int) -> None:
    dice = random.Random(seed)
    cells = Counter[Cell]()
    for _ in range(dice.choice((4, 30, 400))):
        cells[dice.choice("ABC"), dice.choice("xyz"), dice.choice("0123")] += 1

    found = published(cells)

    assert all(one.value >= FEWEST for one in found) or [0] == [one.value for one in found]
    assert sum(one.value for one in found) == (sum(cells.values()) if sum(cells.values()) >= FEWEST else 0)
    assert len(cells) == sum(one.of for one in found)
    assert found == published(dict(reversed(cells.items())))


def test_spans_follow_one_another() -> None:
    last_of_year, first_of_next = date(2026, 12, 31), date(2027, 1, 1)

    assert first_of_next == Span.DAY.next(last_of_year) == Span.MONTH.next(last_of_year) == Span.YEAR.next(last_of_year)
    assert date(2026, 12, 1) == Span.MONTH.next(date(2026, 11, 30)) == Span.MONTH.first_day(last_of_year)
    assert date(2025, 1, 1) == Span.YEAR.next(date(2024, 2, 29)) == Span.YEAR.next(date(2024, 1, 1))


def test_a_count_goes_through_json_unchanged() -> None:
    count = Count("things", date(2026, 3, 1), {"place": "here"}, 3)

    assert count == Count.of_json(count.as_json())
