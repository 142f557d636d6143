"""How a catalogue writes text, and what two ways of writing the same words have in common."""

import unicodedata

from shared.kernel.errors import InvalidValue


class InvalidText(InvalidValue):
    """Text that no title page shows: empty, too long, or with characters that are none."""

    code = "invalid-text"


def line(text: str, *, field: str, limit: int) -> str:
    """Return `text` as one line: composed characters (NFC), single spaces, none around it.

    Raises InvalidText when nothing is left, when it is longer than `limit`, or when it holds control characters.
    """
    return _checked(" ".join(_composed(text, field).split()), field=field, limit=limit)


def paragraph(text: str, *, field: str, limit: int) -> str:
    """Return `text` composed (NFC) and trimmed, its line breaks kept. Raises InvalidText as `line` does."""
    lines = (" ".join(part.split()) for part in _composed(text, field).strip().splitlines())
    return _checked("\n".join(lines), field=field, limit=limit)


def folded(text: str) -> str:
    """Return the bare words of `text`: no accents, no case, no punctuation. Never empty unless `text` is blank."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()
    words = "".join(mark if mark.isalnum() else " " for mark in bare.replace("'", "").replace("’", "")).split()
    return " ".join(words or text.casefold().split())


def _composed(text: str, field: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(mark) in {"Cc", "Cs"} and mark not in "\t\r\n" for mark in composed):
        raise InvalidText(f"The {field} holds control characters or broken ones; type it again.", field=field)
    return composed


def _checked(text: str, *, field: str, limit: int) -> str:
    if not text:
        raise InvalidText(f"The {field} is empty.", field=field)
    if len(text) > limit:
        raise InvalidText(f"The {field} has {len(text)} characters; {limit} is the most.", field=field, limit=limit)
    return text
