"""How the names of people are compared when somebody looks for one."""

import unicodedata


def words_of(name: str) -> frozenset[str]:
    """Return the bare words of `name`: no accents, no case, no punctuation. A word may be looked for by its beginning.

    An apostrophe does not part a word, a hyphen does; letters that only look like one with a stroke count as that one.
    """
    decomposed = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    bare = "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()
    return frozenset("".join(mark if mark.isalnum() else " " for mark in bare).split())


def display_name(given: str | None, family: str | None) -> str:
    """Return the name that is shown for its parts."""
    return " ".join(part for part in (given, family) if part)


_PLAIN = str.maketrans("øØłŁđĐħĦıŧŦ", "oOlLdDhHitT") | {ord(mark): None for mark in "'’`\u02bc"}
