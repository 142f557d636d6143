from collections.abc import Iterator

import pytest

from shared.kernel.sheets import SHEETS, CharacterNotInCode, CodeTooWide, Sheet, Symbology
from shared.printing.pages import Pages
from tests.paper import read


@pytest.fixture
def a4() -> Iterator[Pages]:
    with Pages(SHEETS["a4-3x7"]) as pages:
        yield pages


@pytest.fixture
def small() -> Iterator[Pages]:
    with Pages(SMALL) as pages:
        yield pages


SMALL = Sheet((30, 20), 1, 1, (30, 20))


@pytest.mark.parametrize(
    ("symbology", "kind"), [(Symbology.CODE39, "Code39"), (Symbology.CODE128, "Code128"), (Symbology.QR, "QRCode")]
)
def test_a_scanner_reads_each_kind_of_code(symbology: Symbology, kind: str, a4: Pages) -> None:
    for text in ("30000000000019", "AB-1"):
        a4.draw_code(a4.next_label().inset(2, 6), text, symbology)

    assert [(kind, "30000000000019"), (kind, "AB-1")] == read(a4.output()).codes


def test_code_39_says_small_letters_as_capitals_and_the_others_keep_them(a4: Pages) -> None:
    for symbology in Symbology:
        a4.draw_code(a4.next_label().inset(2, 6), "ab-1", symbology)

    assert [("Code39", "AB-1"), ("Code128", "ab-1"), ("QRCode", "ab-1")] == read(a4.output()).codes


@pytest.mark.parametrize("symbology", [Symbology.CODE39, Symbology.CODE128])
def test_a_code_that_would_be_too_narrow_for_a_scanner_is_refused_with_the_width_that_it_needs(
    symbology: Symbology, small: Pages
) -> None:

    with pytest.raises(CodeTooWide, match="Choose a larger label") as refused:
        small.draw_code(small.next_label(), "LONG-BARCODE-4711", symbology)

    assert 30 < refused.value.figures["needed"] < 90


@pytest.mark.parametrize("symbology", [Symbology.CODE39, Symbology.CODE128])
def test_a_character_that_a_code_does_not_know_is_refused(symbology: Symbology, a4: Pages) -> None:

    with pytest.raises(CharacterNotInCode, match="Choose another kind"):
        a4.draw_code(a4.next_label(), "Ω1", symbology)


@pytest.mark.parametrize("text", ["Gödel, Escher", "Война и мир", "Όμηρος", "紅樓夢", "ノルウェイの森", "채식주의자"])
def test_names_are_printed_in_their_own_script(text: str, a4: Pages) -> None:
    a4.write(a4.next_label(), text)

    assert [text] == [each.strip() for each in read(a4.output()).texts]


def test_arabic_letters_have_the_shape_of_their_place(a4: Pages) -> None:
    def width_of(text: str) -> float:
        a4.write(a4.next_label(), text)
        return a4._pdf.get_string_width(text)

    assert width_of("كتاب") < 0.9 * sum(map(width_of, "كتاب"))


def test_what_does_not_fit_ends_in_an_ellipsis_and_line_breaks_are_spaces(small: Pages) -> None:
    small.write(small.next_label(), "A very\nlong title " * 9)

    (text,) = read(small.output()).texts

    assert text.strip().startswith("A very long title A")
    assert text.strip().endswith("…")


def test_a_page_that_is_full_is_followed_by_another_of_the_same_size() -> None:
    with Pages(SHEETS["a4-2x5"], skip=9) as pages:
        for text in ("first", "second"):
            pages.write(pages.next_label(), text)
        printed = read(pages.output())

    assert (["first", "second"], [(210, 297)] * 2) == ([text.strip() for text in printed.texts], printed.sizes)
