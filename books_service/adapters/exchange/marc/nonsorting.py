"""The marks around the nonfiling characters of a title, as German and French catalogues write them."""

import re
import unicodedata

from pymarc import Field

_MARKS = str.maketrans("", "", "\x98\x9c")
_MARKED = re.compile("\\s*\x98([^\x98\x9c]*)\x9c(\\s*)")


def unmarked(text: str) -> str:
    """Return `text` without these marks, which are invisible."""
    return text.translate(_MARKS)


def nonfiling_of(field: Field) -> str:
    """Return how many characters of a title are passed over: as the second indicator says, else as the marks do."""
    if field.indicator2 in "123456789":
        return str(field.indicator2)
    marked = _MARKED.match(next((value for code, value in field.subfields if code == "a"), ""))
    if marked is None:
        return ""
    begins = re.sub(r"\s+", " ", marked[1] + marked[2]).lstrip()
    return str(len(unicodedata.normalize("NFD", begins)) or "")
