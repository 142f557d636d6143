"""Notations, part by part and level by level."""

import pytest

from books_service.domain.notation import MOST_LEVELS, notation_levels, notation_parts


@pytest.mark.parametrize(
    ("notation", "levels"),
    [
        ("QA 76.73", ["QA", "QA 00276", "QA 00276.73"]),
        ("qa76", ["QA", "QA 00276"]),
        ("823.912 AUS", ["003823", "003823.912", "003823.912 AUS"]),
        ("Krimi", ["KRIMI"]),
        ("***", []),
    ],
)
def test_a_notation_stands_below_all_that_is_broader(notation: str, levels: list[str]) -> None:
    assert tuple(levels) == notation_levels(notation)


def test_a_long_notation_has_no_more_levels_than_can_be_of_use() -> None:
    assert MOST_LEVELS == len(notation_levels(" ".join("ABCDEFGHIJKL")))


def test_a_number_behind_a_point_is_a_fraction_and_any_other_a_number() -> None:
    assert notation_parts("B 2") < notation_parts("B 10")
    assert notation_parts("823.12") < notation_parts("823.8")
