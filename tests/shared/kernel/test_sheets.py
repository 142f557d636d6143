import pytest

from shared.kernel.sheets import SHEETS, Box, Sheet, SheetOffPage, UnknownSheet, sheet_named


def test_labels_stand_row_by_row_and_begin_anew_on_the_next_page() -> None:
    sheet = Sheet((100, 60), 2, 2, (40, 25), (5, 4), (45, 27))

    places = sheet.places(skip=1)

    assert [Box(50, 4, 40, 25), Box(5, 31, 40, 25), Box(50, 31, 40, 25), Box(5, 4, 40, 25)] == [
        next(places) for _ in range(4)
    ]


def test_more_used_labels_than_a_page_has_are_those_of_whole_pages() -> None:
    assert next(SHEETS["a4-3x7"].places(skip=1)) == next(SHEETS["a4-3x7"].places(skip=22))


@pytest.mark.parametrize(
    "off",
    [
        {"label": (60, 25)},
        {"label": (40, 35)},
        {"margin": (20, 4)},
        {"margin": (5, 10)},
        {"pitch": (39, 27)},
        {"pitch": (45, 24)},
    ],
    ids=str,
)
def test_labels_over_the_edge_or_over_each_other_are_refused(off: dict[str, tuple[float, float]]) -> None:
    fitting: dict[str, tuple[float, float]] = {"label": (40, 25), "margin": (5, 4), "pitch": (45, 27)}

    with pytest.raises(SheetOffPage, match="do not fit on their page"):
        Sheet((100, 60), 2, 2, **(fitting | off))


def test_an_unknown_sheet_is_refused_with_the_names_of_the_known_ones() -> None:
    with pytest.raises(UnknownSheet, match="a4-3x8") as refused:
        sheet_named("a4-9x9")

    assert list(SHEETS) == refused.value.figures["sheets"]


def test_a_box_is_parted_by_shares() -> None:
    assert [Box(1, 1, 8, 2), Box(1, 3, 8, 6)] == Box(0, 0, 10, 10).inset(1, 1).rows(1, 3)
