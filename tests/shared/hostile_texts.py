"""Texts that make careless programs think for long, at any length."""

from collections.abc import Mapping

UNITS: Mapping[str, str] = {
    "digits": "9",
    "blanks": " ",
    "quotes and backslashes": '\\"',
    "brackets": "[",
    "commas": ",",
    "apostrophes": "a'",
    "marks": "\u0301\u0327",
    "marks that are none by themselves": "\u0f73",
    "zero-width": "\u200b",
}


def hostile(unit: str, size: int, *, before: str = "", after: str = "") -> str:
    """Return a text of about `size` bytes in UTF-8 made of `unit`."""
    return before + unit * (max(0, size - len(before) - len(after)) // len(unit.encode())) + after
