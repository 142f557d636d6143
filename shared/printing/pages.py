"""Pages of labels as PDF, drawn label by label."""

import unicodedata
from importlib.resources import files
from itertools import groupby
from typing import Self

from shared.kernel.sheets import Box, CodeTooWide, Sheet, Symbology
from shared.printing.codes import modules_of

_FONT, _FALLBACK = "DejaVuSans", "DroidSansFallback"
_POINT = 25.4 / 72  # millimetres
_SMALLEST = 6  # points that can be read
_LINE = 1.25  # of the size of the letters
_NARROWEST = {Symbology.CODE39: 0.19, Symbology.CODE128: 0.19, Symbology.QR: 0.35}  # mm a module
_WIDEST = {Symbology.CODE39: 0.5, Symbology.CODE128: 0.5, Symbology.QR: 1.0}
_QUIET = {Symbology.CODE39: 10, Symbology.CODE128: 10, Symbology.QR: 4}  # modules on each side
_WITH_SHAPES = ("R", "AL")  # written from right to left; letters take the shape of their place


class Pages:
    """Pages of a sheet; `next_label` goes from one label to the next. Fonts are open inside of `with` alone."""

    def __init__(self, sheet: Sheet, *, skip: int = 0) -> None:
        from fpdf import FPDF  # noqa: PLC0415 - with Pillow and font tools: for whoever prints
        from fpdf.fonts import TTFFont  # noqa: PLC0415 - as above

        self._places = sheet.places(skip=skip)
        self._on_page, self._used = sheet.on_page, skip % sheet.on_page
        self._pdf = FPDF(unit="mm", format=sheet.page)
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.add_page()
        self._pdf.add_font(_FONT, fname=font_file(_FONT))
        self._of_file = TTFFont
        self._own = frozenset(self._pdf.fonts[_FONT.lower()].cmap)  # type: ignore[union-attr]  # fonts of files have one
        self._has_fallback = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for font in self._pdf.fonts.values():
            if isinstance(font, self._of_file):
                font.ttfont.close()

    def next_label(self) -> Box:
        """Return the place of the next label."""
        if self._used == self._on_page:
            self._pdf.add_page()
            self._used = 0
        self._used += 1
        return next(self._places)

    def write(self, box: Box, text: str, *, largest: float = 12, centred: bool = False) -> None:
        """Write one line into a box, in letters of up to `largest` points; what does not fit ends in an ellipsis."""
        text = " ".join(text.split())
        if not text:
            return
        self._choose_font(text)
        size = max(min(largest, box.height / _LINE / _POINT), _SMALLEST)
        self._pdf.set_font_size(size)
        while size > _SMALLEST and self._pdf.get_string_width(text) > box.width:
            size = max(size - 0.5, _SMALLEST)
            self._pdf.set_font_size(size)
        shown = text
        while len(text) > 1 and self._pdf.get_string_width(shown) > box.width:
            text = text[:-1]
            shown = f"{text.rstrip()}…"
        self._pdf.set_xy(box.left, box.top)
        self._pdf.cell(box.width, box.height, shown, align="C" if centred else "L")

    def draw_code(self, box: Box, text: str, symbology: Symbology) -> None:
        """Draw a code as large as it fits into a box, with its quiet zone. Raises CharacterNotInCode or CodeTooWide."""
        rows = modules_of(text, symbology)
        quiet, square = _QUIET[symbology], len(rows) > 1
        across = len(rows[0]) + 2 * quiet
        room = min(box.width, box.height) if square else box.width
        module = min(room / across, _WIDEST[symbology])
        if module < _NARROWEST[symbology]:
            raise CodeTooWide(text, needed=across * _NARROWEST[symbology], width=room)
        left = box.left + (box.width - across * module) / 2 + quiet * module
        height = module if square else box.height
        top = box.top + quiet * module if square else box.top
        for number, row in enumerate(rows):
            at = left
            for dark, run in groupby(row):
                width = len(list(run)) * module
                if dark == "1":
                    self._pdf.rect(at, top + number * height, width, height, style="F")
                at += width

    def output(self) -> bytes:
        """Return the PDF."""
        return bytes(self._pdf.output())

    def _choose_font(self, text: str) -> None:
        self._pdf.set_font(_FONT, size=_SMALLEST)
        if not self._has_fallback and not self._own.issuperset(map(ord, text)):
            self._pdf.add_font(_FALLBACK, fname=font_file(_FALLBACK))
            self._pdf.set_fallback_fonts([_FALLBACK])
            self._has_fallback = True
        shaped = any(unicodedata.bidirectional(sign) in _WITH_SHAPES for sign in text)
        self._pdf.set_text_shaping(use_shaping_engine=shaped)


def font_file(name: str) -> str:
    """Return where a font of the package lies."""
    return str(files("shared.printing") / "fonts" / f"{name}.ttf")
