"""Letters as PDF: the address where the window of the envelope is, the text in the reader's direction of writing.

Lengths are millimetres. DIN 5008 form B puts the address 45 mm below the upper edge of A4 and folds at 105 and 210 mm.
An envelope #10 has a window of 4 1/2 by 1 1/8 inches, 7/8 inch from the left and 1/2 inch from below, in which a sheet
folded in thirds may slide by 25 mm sideways and 12 mm upwards: the address stays where it is always seen.
"""

import asyncio
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from babel.dates import format_date

from members_service.adapters.notices.local_forms import locale_of
from members_service.domain.notices.letters import Letter, Sender, Window
from shared.kernel.sheets import Box
from shared.printing.pages import font_file

if TYPE_CHECKING:
    pass

_FONT, _FALLBACK = "DejaVuSans", "DroidSansFallback"
_SIZE, _SMALL, _LARGE, _SMALLEST = 11, 8, 13, 6.5  # points; 11 is what everybody can read
_POINT = 25.4 / 72
_LINE, _SMALL_LINE = 5.2, 3.6
_FROM_RIGHT = ("R", "AL")
_COPY = "COPY"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a letter stand on its first page."""

    page: tuple[float, float]
    window: Box
    address: Box
    sender: Box
    details: Box
    text_top: float
    folds: tuple[float, ...]
    margin: float = 25
    right: float = 20
    bottom: float = 25


LAYOUTS = {
    Window.DIN_5008_B: Layout(
        page=(210, 297),
        window=Box(20, 45, 85, 45),
        address=Box(25, 62.7, 80, 27.3),
        sender=Box(25, 57.5, 80, 4),
        details=Box(125, 50, 65, 40),
        text_top=98.5,
        folds=(105, 210),
    ),
    Window.NUMBER_10: Layout(
        page=(215.9, 279.4),
        window=Box(22.2, 51.8, 88.9, 16.9),
        address=Box(25.4, 52, 84, 16.7),
        sender=Box(25.4, 20, 84, 4),
        details=Box(130, 20, 65, 40),
        text_top=98.5,
        folds=(93.1, 186.3),
        margin=25.4,
    ),
}


async def draw_letters(letters: Sequence[Letter], *, window: Window, sender: Sender, day: date, copy: bool) -> bytes:
    """Return the letters as PDF, drawn beside the event loop; on a copy each page says so."""
    return await asyncio.to_thread(lambda: _draw(letters, _Press(LAYOUTS[window], sender, day, copy=copy)))


def _draw(letters: Sequence[Letter], press: "_Press") -> bytes:
    try:
        for letter in letters:
            press.print(letter)
        return press.output()
    finally:
        press.close()


class _Press:
    """Draws one letter after the other into a document."""

    def __init__(self, layout: Layout, sender: Sender, day: date, *, copy: bool) -> None:
        from fpdf import FPDF  # noqa: PLC0415 - with Pillow and font tools: for whoever prints

        self._layout, self._sender, self._day, self._copy = layout, sender, day, copy
        self._pdf: FPDF = FPDF(unit="mm", format=layout.page)
        self._pdf.set_margins(layout.margin, layout.margin, layout.right)
        self._pdf.set_auto_page_break(auto=True, margin=layout.bottom)
        self._pdf.c_margin = 0
        for name in (_FONT, _FALLBACK):
            self._pdf.add_font(name, fname=font_file(name))
        self._pdf.set_fallback_fonts([_FALLBACK])

    def print(self, letter: Letter) -> None:
        self._pdf.add_page()
        first = self._pdf.page_no()
        from_right = locale_of(letter.language).text_direction == "rtl"
        self._fold_marks()
        self._lines(self._layout.sender, [self._sender.line], size=_SMALL, height=_SMALL_LINE)
        height = min(_LINE - 0.7, self._layout.address.height / max(len(letter.address), 1))
        self._lines(self._layout.address, letter.address, size=_SIZE, height=height)
        day = format_date(self._day, "long", locale=locale_of(letter.language))
        self._lines(self._layout.details, [*self._sender.details, day], size=9, height=4.2)
        self._pdf.set_xy(self._layout.margin, self._layout.text_top)
        if letter.subject:
            self._paragraph(letter.subject, size=_LARGE, from_right=from_right)
            self._pdf.ln(_LINE)
        for rows, lines in groupby(letter.text.split("\n"), key=lambda line: "\t" in line):
            if rows:
                self._table([line.split("\t") for line in lines], from_right=from_right)
            else:
                for line in lines:
                    self._paragraph(line, size=_SIZE, from_right=from_right)
        self._number_pages(first)

    def output(self) -> bytes:
        return bytes(self._pdf.output())

    def close(self) -> None:
        from fpdf.fonts import TTFFont  # noqa: PLC0415 - as above

        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def _write_as(self, text: str, size: float) -> None:
        self._pdf.set_font(_FONT, size=size)
        shaped = any(unicodedata.bidirectional(sign) in _FROM_RIGHT for sign in text)
        self._pdf.set_text_shaping(use_shaping_engine=shaped)

    def _lines(self, box: Box, lines: Sequence[str], *, size: float, height: float) -> None:
        """Write lines into a box; one that is too long is written smaller, and cut in the end."""
        for number, line in enumerate(lines):
            if (number + 1) * height > box.height + 0.5:
                break
            self._write_as(line, min(size, height / _POINT / 1.15))
            while self._pdf.get_string_width(line) > box.width and self._pdf.font_size_pt > _SMALLEST:
                self._pdf.set_font_size(self._pdf.font_size_pt - 0.5)
            shown = line
            while len(shown) > 1 and self._pdf.get_string_width(shown) > box.width:
                shown = f"{shown[:-2].rstrip()}…"
            self._pdf.set_xy(box.left, box.top + number * height)
            self._pdf.cell(box.width, height, shown, align="L")

    def _paragraph(self, text: str, *, size: float, from_right: bool) -> None:
        if not text:
            self._pdf.ln(_LINE * 0.7)
            return
        self._write_as(text, size)
        self._pdf.set_x(self._layout.margin)
        side = "R" if from_right else "L"
        self._pdf.multi_cell(0, _LINE * size / _SIZE, text, align=side, new_x="LMARGIN", new_y="NEXT")

    def _table(self, rows: Sequence[Sequence[str]], *, from_right: bool) -> None:
        columns = max(map(len, rows))
        widths = (3.0, *(1.4 for _ in range(columns - 1)))
        cells = [[*row, *("" for _ in range(columns - len(row)))] for row in rows]
        if from_right:
            widths, cells = widths[::-1], [row[::-1] for row in cells]
        self._write_as("".join(map("".join, cells)), _SIZE)
        with self._pdf.table(
            col_widths=widths,
            text_align="RIGHT" if from_right else "LEFT",
            line_height=_LINE,
            padding=0.8,
            borders_layout="HORIZONTAL_LINES",
            headings_style=_plain_headings(),
            first_row_as_headings=True,
        ) as table:
            for row in cells:
                table.row(row)
        self._pdf.set_x(self._layout.margin)

    def _fold_marks(self) -> None:
        for at in self._layout.folds:
            self._pdf.line(4, at, 8, at)

    def _number_pages(self, first: int) -> None:
        last = self._pdf.page_no()
        self._pdf.set_auto_page_break(auto=False)
        width, height = self._layout.page
        for page in range(first, last + 1):
            self._pdf.page = page
            if self._copy:
                self._lines(Box(width - 45, 8, 30, 8), [_COPY], size=16, height=8)
            if last > first:
                shown = f"{page - first + 1} / {last - first + 1}"
                self._lines(Box(width - 45, height - 15, 30, 6), [shown], size=9, height=6)
        self._pdf.page = last
        self._pdf.set_auto_page_break(auto=True, margin=self._layout.bottom)


def _plain_headings() -> object:
    from fpdf.fonts import FontFace  # noqa: PLC0415 - as above

    return FontFace(emphasis="")
