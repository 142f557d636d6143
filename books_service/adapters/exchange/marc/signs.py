"""Leader, tags, indicators and codes of a record: MARC 21 has one byte for each of their characters."""

import re

_NO_SIGN = re.compile(r"[^ -~]")
_NO_TAG = re.compile(r"[^0-9A-Za-z]")


def leader_of(text: str) -> str:
    """Return the 24 characters of a leader, with a blank for each that is invalid."""
    return _NO_SIGN.sub(" ", text)[:24].ljust(24)


def tag_of(text: str) -> str:
    """Return a tag of three letters and digits, with an X for each character that is neither."""
    return _NO_TAG.sub("X", text)[:3].rjust(3, "0")


def indicator_of(text: str) -> str:
    """Return an indicator; a blank if it is invalid."""
    return _NO_SIGN.sub(" ", text)[:1] or " "


def code_of(text: str) -> str:
    """Return the code of a subfield; a question mark if it is invalid."""
    return _NO_SIGN.sub("?", text)[:1] or "?"
