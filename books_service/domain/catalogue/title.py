"""What a title is filed under: without its nonfiling characters, most often an article and its blank."""

import unicodedata

from books_service.domain.text import folded
from shared.kernel.errors import InvalidValue

MOST_NONFILING = 9  # MARC has one digit for it
LONGEST_KEY = 150  # it travels in cursors


class InvalidNonfilingCharacters(InvalidValue):
    """No title is filed so."""

    code = "invalid-nonfiling-characters"
    detail = (
        f"How many characters of a title are passed over is a whole number from 0 to {MOST_NONFILING}: 4 for The with"
        " the blank behind it, 2 for L'."
    )
    field = "nonfiling_characters"


def nonfiling_characters(number: int) -> int | None:
    """Return how many characters are passed over; None: no character. Raises InvalidNonfilingCharacters."""
    if not 0 <= number <= MOST_NONFILING:
        raise InvalidNonfilingCharacters
    return number or None


def title_key(title: str) -> str:
    """Return the words of a title without accents and case, to find what it begins with."""
    return folded(title)[:LONGEST_KEY]


def sort_key(title: str, nonfiling: int | None) -> str:
    """Return what a title is filed under: its words without accents and case, and without what is passed over."""
    return title_key(_parts(title, nonfiling)[1]) or title_key(title)


def begin_alike(title: str, other: str, nonfiling: int | None) -> bool:
    """Whether both titles begin with the same nonfiling characters."""
    return _parts(title, nonfiling)[0] == _parts(other, nonfiling)[0]


def _parts(title: str, nonfiling: int | None) -> tuple[str, str]:
    """Return the nonfiling characters and the rest. As in MARC, an accent counts as a character of its own.

    A blank behind an article that was not counted is left in the rest, but not in a key.
    """
    number = nonfiling or 0
    apart = unicodedata.normalize("NFD", title)
    return apart[:number], apart[number:]
