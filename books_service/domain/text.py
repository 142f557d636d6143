"""How a catalogue writes text, and what two ways of writing the same words have in common."""

import re
import unicodedata

from shared.kernel.combining_marks import MOST_MARKS, MOST_PER_CHARACTER, has_too_many_marks
from shared.kernel.errors import InvalidValue
from shared.kernel.writing_direction import without_turns

_NO_ACCENTS = (0, 7, 8, 9)  # canonical combining classes of letters, and of the signs that change a letter into another
_APOSTROPHES = (  # and what stands for them, or for letters of other scripts that Latin has not
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}\N{PRIME}"
    "\N{MODIFIER LETTER PRIME}\N{MODIFIER LETTER DOUBLE PRIME}\N{MODIFIER LETTER TURNED COMMA}"
    "\N{MODIFIER LETTER APOSTROPHE}\N{MODIFIER LETTER REVERSED COMMA}\N{MODIFIER LETTER RIGHT HALF RING}"
    "\N{MODIFIER LETTER LEFT HALF RING}\N{HEBREW PUNCTUATION GERESH}\N{ZERO WIDTH NON-JOINER}"
)
# Invisible, and so never typed: signs of how letters are joined, broken or turned, and the line that widens them.
_UNSEEN = "\u00ad\u034f\u0640\u061c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t"}
    | {"\N{LATIN SMALL LETTER DOTLESS I}": "i"}
    | {"\N{ARABIC LETTER FARSI YEH}": "\N{ARABIC LETTER YEH}", "\N{ARABIC LETTER KEHEH}": "\N{ARABIC LETTER KAF}"}
    | {"\N{ARABIC LETTER ALEF MAKSURA}": "\N{ARABIC LETTER YEH}"}
    | dict.fromkeys(_APOSTROPHES, "'")
    | dict.fromkeys(_UNSEEN, "")
)
_YES, _NO = frozenset({"true", "yes", "y", "1"}), frozenset({"", "false", "no", "n", "0"})
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, and halves of pairs


class InvalidText(InvalidValue):
    """Text that no title page shows: empty, too long, or with characters that are none."""

    code = "invalid-text"


class InvalidFlag(InvalidValue):
    """Neither yes nor no."""

    code = "invalid-flag"

    def __init__(self, field: str) -> None:
        super().__init__(f"The field {field} is true or false.", field=field)


def line(text: str, *, field: str, limit: int) -> str:
    """Return `text` as one line: composed characters (NFC), single spaces, none around it.

    Characters that turn the direction of writing are left out: a record of a vendor is not refused for them.

    Raises InvalidText when nothing is left, when it is longer than `limit`, or when it holds control characters or
    heaps of combining marks.
    """
    return _checked(" ".join(_composed(text, field, limit).split()), field=field, limit=limit)


def flag(text: str, *, field: str) -> bool | None:
    """Read yes as True, and no as None: nothing is said of it. Raises InvalidFlag."""
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise InvalidFlag(field)
    return word in _YES or None


def paragraph(text: str, *, field: str, limit: int) -> str:
    """Return `text` composed (NFC) and trimmed, its line breaks kept. Raises InvalidText as `line` does."""
    lines = (" ".join(part.split()) for part in _composed(text, field, limit).strip().splitlines())
    return _checked("\n".join(lines), field=field, limit=limit)


def bare(text: str) -> str:
    """Return `text` without case and accents; letters that are one to a reader are one: ß and ss, ø and o, ł and l.

    So are the signs that stand for an apostrophe, for a soft sign of Russian, or for alif and ayn of Arabic. The
    voicing of Japanese syllables and the signs inside Indian words are no accents: they stay.
    """
    if text.isascii():
        return text.lower()
    marks = (mark for mark in unicodedata.normalize("NFKD", text) if unicodedata.combining(mark) in _NO_ACCENTS)
    return unicodedata.normalize("NFC", "".join(marks).casefold().translate(_LETTERS))


def folded(text: str) -> str:
    """Return the bare words of `text`: no accents, no case, no punctuation. Never empty unless `text` is blank."""
    words = "".join(mark if belongs_to_word(mark) else " " for mark in bare(text).replace("'", "")).split()
    return " ".join(words or text.casefold().split())


def belongs_to_word(mark: str) -> bool:
    """Whether it is a letter, a digit, or a sign that sits on one."""
    return mark.isalnum() or (not mark.isascii() and unicodedata.category(mark)[0] == "M")


def _composed(text: str, field: str, limit: int) -> str:
    if len(text) > MOST_PER_CHARACTER * limit:  # before anything that is done to each character
        raise _too_long(text, field=field, limit=limit)
    if has_too_many_marks(text):
        detail = f"The {field} has a letter with more than {MOST_MARKS} combining marks; type it again."
        raise InvalidText(detail, field=field)
    composed = unicodedata.normalize("NFC", without_turns(text))
    if _NO_TEXT.search(composed):
        raise InvalidText(f"The {field} holds control characters or broken ones; type it again.", field=field)
    return composed


def _checked(text: str, *, field: str, limit: int) -> str:
    if not text:
        raise InvalidText(f"The {field} is empty.", field=field)
    if len(text) > limit:
        raise _too_long(text, field=field, limit=limit)
    return text


def _too_long(text: str, *, field: str, limit: int) -> InvalidText:
    return InvalidText(f"The {field} has {len(text)} characters; {limit} is the most.", field=field, limit=limit)
