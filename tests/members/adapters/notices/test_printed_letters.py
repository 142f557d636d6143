"""Letters as PDF, read back by another program."""

import logging
import unicodedata
from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pypdfium2 as pdfium
import pytest

from members_service.adapters.notices.printed_letters import LAYOUTS, draw_letters
from members_service.domain.notices.letters import Letter, Sender, Window
from shared.kernel.sheets import Box

_HELLO = "مرحبا"
POINT = 25.4 / 72
SENDER = Sender("Stadtbücherei · Hauptstraße 1 · 12345 Ort", ("zentralbibliothek", "+49 30 1234567"))
ADDRESS = ("Frau Ada Lovelace-Byron of Kirkby Mallory and Ockham Park near London", "12 St James's Square", "London")
TABLE = "Titel\tFällig\tBetrag\nDer Zauberberg\t3. Dezember 2026\t2,50 €"


def a_letter(text: str = TABLE, *, language: str = "de", address: tuple[str, ...] = ADDRESS) -> Letter:
    return Letter(UUID(int=1), address, language, "Mahnung 2: bitte zurückgeben", text)


async def printed(*letters: Letter, window: Window = Window.DIN_5008_B, copy: bool = False) -> pdfium.PdfDocument:
    return pdfium.PdfDocument(
        await draw_letters(letters, window=window, sender=SENDER, day=date(2026, 11, 30), copy=copy)
    )


def letters_on(page: pdfium.PdfPage) -> Iterator[tuple[str, Box]]:
    """Return each letter on a page, and where it stands in millimetres from the upper left corner."""
    text, height = page.get_textpage(), page.get_height() * POINT
    for number in range(text.count_chars()):
        sign = text.get_text_range(number, 1)
        if sign.strip():
            left, bottom, right, top = (value * POINT for value in text.get_charbox(number))
            yield sign, Box(left, height - top, right - left, top - bottom)


def words_of(page: pdfium.PdfPage) -> str:
    return " ".join(unicodedata.normalize("NFKC", page.get_textpage().get_text_range()).split())


@pytest.mark.parametrize("window", Window)
@pytest.mark.parametrize("lines", [1, 3, 4, 6])
async def test_the_address_stands_inside_the_window_of_the_envelope(window: Window, lines: int) -> None:
    address = ("WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", "XXXXXX", "VVVV", "ZZZZ", "YYYYY", "QQQQ")[:lines]
    (page,) = await printed(a_letter("abc", address=address), window=window)
    frame = LAYOUTS[window].window
    marks = [box for sign, box in letters_on(page) if sign in "WXVZYQ"]
    assert {sign for sign, _ in letters_on(page)} >= {line[0] for line in address}
    for box in marks:
        assert frame.left - 1 <= box.left
        assert box.left + box.width <= frame.left + frame.width + 1
        assert frame.top - 1 <= box.top
        assert box.top + box.height <= frame.top + frame.height + 1


@pytest.mark.parametrize("window", Window)
async def test_nothing_of_the_letter_shows_through_the_window(window: Window) -> None:
    (page,) = await printed(a_letter("jjjjjjjj\n" * 10, address=("A",)), window=window)
    frame = LAYOUTS[window].window
    assert all(box.top > frame.top + frame.height + 1 for sign, box in letters_on(page) if sign == "j")


@pytest.mark.parametrize(
    "text",
    [
        "Große Größe, œuvre, Łódź, žluťoučký kůň",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
        "Съешь же ещё этих мягких французских булок",
        "דג סקרן שט בים מאוכזב",
        "صِفْ خَلْقَ خَوْدٍ كَمِثْلِ الشَّمْسِ",
        "吾輩は猫である。三國演義",
    ],
    ids=["Latin", "Greek", "Cyrillic", "Hebrew", "Arabic", "Chinese and Japanese"],
)
async def test_every_script_is_written_without_a_missing_letter(text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        (page,) = await printed(a_letter(f"{text}\n\nTitle\tDue\n{text}\t1", address=(text, "Town")))
    assert "missing" not in caplog.text
    wanted = {sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign)[0] == "L"}
    found = set(unicodedata.normalize("NFKC", page.get_textpage().get_text_range()))
    assert wanted <= found, wanted - found


async def test_a_letter_from_right_to_left_stands_at_the_right_and_begins_its_table_there() -> None:
    (page,) = await printed(a_letter(f"{_HELLO}\n{_HELLO}\t{_HELLO}\n{_HELLO}\t7", language="ar"))
    width = page.get_width() * POINT
    (seven,) = [box for sign, box in letters_on(page) if sign == "7" and box.top > 100]
    hello = [box for sign, box in letters_on(page) if sign in _HELLO and box.top > 100]
    assert max(box.left + box.width for box in hello) == pytest.approx(width - 20, abs=1)
    assert seven.left < width / 2


async def test_a_copy_says_so_on_each_page_and_pages_are_counted_letter_by_letter() -> None:
    long = a_letter("\n\n".join(f"Satz {number}." for number in range(80)))
    original, copy = await printed(a_letter(), long), await printed(a_letter(), long, copy=True)
    assert not any("COPY" in words_of(page) for page in original)
    assert all("COPY" in words_of(page) for page in copy)
    pages = len(copy) - 1
    assert pages > 1
    assert words_of(copy[1]).count(f"1 / {pages}") == 1
    assert f"{pages} / {pages}" in words_of(copy[pages])
    assert " / " not in words_of(copy[0])


async def test_forty_items_are_a_table_whose_header_is_on_each_page() -> None:
    cells = "\t3. Dezember 2026\t2,50 €"
    rows = "\n".join(f"Ein Buch mit einem langen Titel, Nummer {number}{cells}" for number in range(60))
    pages = await printed(a_letter(f"Titel\tFällig\tBetrag\n{rows}"))
    assert len(pages) > 1
    assert all("Fällig" in words_of(page) for page in pages)
    assert "Nummer 59" in words_of(pages[len(pages) - 1])
