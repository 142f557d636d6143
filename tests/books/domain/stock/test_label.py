import pytest

from tests.books.makers import a_label


@pytest.mark.parametrize(
    ("shelf_mark", "lines"),
    [
        ("823.8 AUS", ["823.8", "AUS"]),
        ("QA76.73 .P98 2019", ["QA76.73", ".P98", "2019"]),
        ("R/Aus/3", ["R/", "Aus/", "3"]),
        ("a b c d e f g h", ["a", "b", "c", "d", "e", "f g h"]),
        (None, []),
    ],
)
def test_a_spine_has_a_line_for_each_part_of_the_shelf_mark_and_loses_none(
    shelf_mark: str | None, lines: list[str]
) -> None:
    assert lines == a_label(shelf_mark=shelf_mark).spine_lines


def test_the_volume_ends_the_spine() -> None:
    assert ["823.8", "AUS", "Bd. 2"] == a_label(shelf_mark="823.8 AUS", volume="Bd. 2").spine_lines
