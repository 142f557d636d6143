"""Sheets of labels and cards: how many stand on a page, how large, and where. All lengths are millimetres."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.errors import InvalidValue, Refused

_A4 = (210.0, 297.0)
_LETTER = (215.9, 279.4)


class Symbology(StrEnum):
    """The kind of a printed code."""

    CODE39 = "code39"
    CODE128 = "code128"
    QR = "qr"


class UnknownSheet(InvalidValue):
    """No sheet has this name."""

    code = "unknown-sheet"
    field = "sheet"

    def __init__(self, name: str) -> None:
        known = ", ".join(SHEETS)
        super().__init__(f"There is no sheet {name}. Choose one of {known}, or describe your own.", sheets=list(SHEETS))


class SheetOffPage(InvalidValue):
    """The labels of a sheet reach over the edge of its page, or over each other."""

    code = "sheet-off-page"
    field = "sheet"
    detail = "These labels do not fit on their page, or overlap. Measure margins, sizes and pitches again."


class CodeTooWide(Refused):
    """A code cannot be made so narrow that it fits and can still be scanned."""

    code = "code-too-wide"

    def __init__(self, text: str, *, needed: float, width: float) -> None:
        super().__init__(
            f"The code {text} needs {needed:.0f} mm, and there are {width:.0f} mm. "
            "Choose a larger label, or another kind of code.",
            text=text,
            needed=round(needed, 1),
            width=round(width, 1),
        )


class CharacterNotInCode(Refused):
    """A kind of code cannot say a character."""

    code = "character-not-in-code"

    def __init__(self, text: str, symbology: str) -> None:
        super().__init__(
            f"{text} has characters that {symbology} does not know. Choose another kind of code.",
            text=text,
            symbology=symbology,
        )


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page: its upper left corner, and its size."""

    left: float
    top: float
    width: float
    height: float

    def inset(self, across: float, down: float) -> "Box":
        """Return the box without a margin on each side."""
        return Box(self.left + across, self.top + down, self.width - 2 * across, self.height - 2 * down)

    def rows(self, *shares: float) -> list["Box"]:
        """Part the box into rows, one below the other, whose heights are to each other as the shares."""
        whole, top, parts = sum(shares), self.top, []
        for share in shares:
            height = self.height * share / whole
            parts.append(Box(self.left, top, self.width, height))
            top += height
        return parts


@dataclass(frozen=True, slots=True)
class Sheet:
    """Labels in columns and rows. A pitch reaches from the edge of one label to the same edge of the next.

    Raises SheetOffPage.
    """

    page: tuple[float, float]
    columns: int
    rows: int
    label: tuple[float, float]
    margin: tuple[float, float] = (0, 0)
    pitch: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for number, size, margin, pitch, page in zip(
            (self.columns, self.rows), self.label, self.margin, self.pitch or self.label, self.page, strict=True
        ):
            if (number > 1 and pitch < size) or margin + (number - 1) * pitch + size > page + _TOLERANCE:
                raise SheetOffPage

    def places(self, *, skip: int = 0) -> Iterator[Box]:
        """Return the places of the labels of all pages, row by row, without the first `skip`; it does not end.

        A place that starts a page anew follows the last of the one before.
        """
        across, down = self.pitch or self.label
        at = skip % self.on_page
        while True:
            row, column = divmod(at % self.on_page, self.columns)
            yield Box(self.margin[0] + column * across, self.margin[1] + row * down, *self.label)
            at += 1

    @property
    def on_page(self) -> int:
        """Return how many labels a page has."""
        return self.columns * self.rows


_TOLERANCE = 0.01  # of sums of broken numbers


def _sheets() -> dict[str, Sheet]:
    return {
        "a4-2x5": Sheet(_A4, 2, 5, (85, 54), (15, 13.5), (95, 54)),
        "a4-3x7": Sheet(_A4, 3, 7, (63.5, 38.1), (7.25, 15.15), (66, 38.1)),
        "a4-3x8": Sheet(_A4, 3, 8, (70, 37), (0, 0.5)),
        "a4-4x10": Sheet(_A4, 4, 10, (48.5, 25.4), (8, 21.5)),
        "a4-5x13": Sheet(_A4, 5, 13, (38.1, 21.2), (4.75, 10.7), (40.6, 21.2)),
        "letter-2x5": Sheet(_LETTER, 2, 5, (88.9, 50.8), (19.05, 12.7)),
        "letter-3x10": Sheet(_LETTER, 3, 10, (66.675, 25.4), (4.76, 12.7), (69.85, 25.4)),
        "roll-25x38": Sheet((25, 38), 1, 1, (25, 38)),
        "roll-57x32": Sheet((57, 32), 1, 1, (57, 32)),
        "card": Sheet((85.6, 54), 1, 1, (85.6, 54)),
    }


SHEETS = _sheets()
"""The common sheets: labels in columns and rows on A4 or letter paper, single ones on a roll, and plastic cards."""


def sheet_named(name: str) -> Sheet:
    """Raise UnknownSheet."""
    if name not in SHEETS:
        raise UnknownSheet(name)
    return SHEETS[name]
