"""Headings: how a catalogue writes a name or a subject, and when two ways of writing are the same."""

from functools import lru_cache

from books_service.domain.text import bare, belongs_to_word, line
from shared.kernel.errors import InvalidValue

LONGEST_HEADING = 200
LONGEST_KEY = 600


class InvalidHeading(InvalidValue):
    """Nobody could look that up."""

    code = "invalid-heading"
    detail = "A heading and its other forms have a letter or a digit. Add what it is: !!! (Musical group)."


def heading(text: str, *, field: str) -> str:
    """Return a heading, or another form of one, as it is kept. Raises InvalidText or InvalidHeading."""
    clean = line(text, field=field, limit=LONGEST_HEADING)
    if not any(map(str.isalnum, heading_key(clean))):
        raise InvalidHeading(field=field)
    return clean


@lru_cache(maxsize=8192)
def heading_key(text: str) -> str:
    """Return what is the same for every way to write a heading: without accents, case and punctuation.

    C++ and C# are other words than C.
    """
    marks = bare(text).replace("'", "")
    return " ".join("".join(one if belongs_to_word(one) or one in "+#" else " " for one in marks).split())[:LONGEST_KEY]
