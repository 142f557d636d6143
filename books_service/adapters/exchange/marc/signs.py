"""What of a record has places of one byte each: its leader, tags, indicators and codes. Else no MARC 21 can be made."""

import re

_NO_SIGN = re.compile(r"[^ -~]")
_NO_TAG = re.compile(r"[^0-9A-Za-z]")


def leader_of(text: str) -> str:
    """Return the 24 characters of a leader, blank where they are none."""
    return _NO_SIGN.sub(" ", text)[:24].ljust(24)


def tag_of(text: str) -> str:
    """Return a tag of three letters and digits, X where they are none."""
    return _NO_TAG.sub("X", text)[:3].rjust(3, "0")


def is_control(tag: str) -> bool:
    """Whether a field with this tag holds a text alone, without indicators and subfields."""
    return tag < "010" and tag.isdigit()


def indicator_of(text: str) -> str:
    """Return an indicator, blank where it is none."""
    return _NO_SIGN.sub(" ", text)[:1] or " "


def code_of(text: str) -> str:
    """Return the code of a subfield, a question mark where it is none."""
    return _NO_SIGN.sub("?", text)[:1] or "?"
