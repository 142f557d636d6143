"""How many accents and other marks may sit on one letter of a text that is to be normalised.

Normalising sorts the marks of each letter in quadratic time, and no language needs many. So a text is checked before.
"""

import unicodedata

MOST_MARKS = 30
"""As many as the Stream-Safe Text Format of Unicode allows (UAX 15)."""
MOST_PER_CHARACTER = 4
"""The most characters that compose to one."""

_COMPOSED_OF_MARKS = frozenset(
    "\u0f73\u0f75\u0f81\uff9e\uff9f"
)  # not marks themselves, but they decompose to marks alone


def has_too_many_marks(text: str) -> bool:
    """Return whether more than MOST_MARKS combining marks follow one another. Takes linear time."""
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
