"""Shelf marks in the order in which they stand on the shelf, whatever scheme they follow."""

import re
import unicodedata

from shared.kernel.errors import InvalidValue

LONGEST_SHELF_KEY = 600
_PART = re.compile(r"(?P<number>[0-9]+)(?:\.(?P<fraction>[0-9]+))?|(?P<point>\.?)(?P<word>[^\W0-9_]+)")


class InvalidShelfMarkRange(InvalidValue):
    """Nothing stands between these shelf marks."""

    code = "invalid-shelf-mark-range"
    detail = "The range of shelf marks ends before it begins. Exchange the two, or correct them."
    field = "shelf_mark_to"


def shelf_mark_key(shelf_mark: str | None) -> str:
    """Return what shelf marks are filed by, compared by code points; none comes first.

    Neither case, accents and blanks count, nor other signs but the point. A number is a number, B 2 before B 10, with
    what is behind its point as a fraction, 823.12 before 823.8. In Dewey and LC a letter with digits is a fraction,
    too, P976 before P98: so it is where a point was met already, as in QA 76.73 .P98. Without a point nothing says so.
    """
    text = unicodedata.normalize("NFKD", shelf_mark or "").upper()
    text = "".join(sign for sign in text if not unicodedata.combining(sign)).replace("/.", ".")
    parts: list[str] = []
    end_of_word, with_point, numbers = -1, False, 0
    for part in _PART.finditer(text):
        number, fraction, word = part["number"], part["fraction"], part["word"]
        if word:
            parts.append(word)
            end_of_word, with_point = part.end(), with_point or bool(part["point"] and numbers)
            continue
        numbers += 1
        if with_point and part.start() == end_of_word:
            parts[-1] += f".{number}"
        else:
            parts.append(_padded(number))
        if fraction and (rest := fraction.rstrip("0")):
            parts[-1] += f".{rest}"
        with_point = with_point or fraction is not None
    return (" ".join(parts) or text)[:LONGEST_SHELF_KEY]


def expect_shelf_mark_range(first: str | None, last: str | None) -> None:
    """Raise InvalidShelfMarkRange if both are given, and the first stands behind the last."""
    if first is not None and last is not None and shelf_mark_key(first) > shelf_mark_key(last):
        raise InvalidShelfMarkRange


def _padded(number: str) -> str:
    """Return a number as a text that sorts like numbers: with the count of its digits in front."""
    digits = number.lstrip("0") or "0"
    return f"{len(digits):03}{digits}"
