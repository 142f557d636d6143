"""How many accents and other marks may sit on one letter, before anybody puts them in order.

Normalising a text sorts the marks of each letter, in time that grows with the square of their number; and longer texts
are of no use to anybody. So a text is looked at here before it is normalised.
"""

import unicodedata

MOST_MARKS = 30
"""As many as the Stream-Safe Text Format of Unicode allows (UAX 15)."""
MOST_PER_CHARACTER = 4
"""So many characters at most become one when they are composed."""

_COMPOSED_OF_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")  # not marks themselves, but nothing else is in them


def has_too_many_marks(text: str) -> bool:
    """Return whether more than MOST_MARKS combining marks follow one another. Takes time that grows like the text."""
    if len(text) <= MOST_MARKS or text.isascii():
        return False
    run = 0
    for character in text:
        if character < "\u0300" or not (unicodedata.combining(character) or character in _COMPOSED_OF_MARKS):
            run = 0
        else:
            run += 1
            if run > MOST_MARKS:
                return True
    return False
