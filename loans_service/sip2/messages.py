"""Requests and answers as the standard spells them: a code of two digits, fixed fields, and fields with names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from unicodedata import bidirectional, category, normalize

from shared.kernel.currencies import in_minor_units

FIXED_FIELDS: dict[str, tuple[tuple[str, int], ...]] = {
    "01": (("card_retained", 1), ("date", 18)),
    "09": (("no_block", 1), ("date", 18), ("return_date", 18)),
    "11": (("renewal_policy", 1), ("no_block", 1), ("date", 18), ("due_date", 18)),
    "15": (("mode", 1), ("date", 18)),
    "17": (("date", 18),),
    "19": (("date", 18),),
    "23": (("language", 3), ("date", 18)),
    "25": (("date", 18),),
    "29": (("third_party", 1), ("no_block", 1), ("date", 18), ("due_date", 18)),
    "35": (("date", 18),),
    "37": (("date", 18), ("fee_type", 2), ("payment_type", 2), ("currency", 3)),
    "63": (("language", 3), ("date", 18), ("summary", 10)),
    "65": (("date", 18),),
    "93": (("login_algorithm", 1), ("password_algorithm", 1)),
    "97": (),
    "99": (("status", 1), ("width", 3), ("version", 4)),
}
"""The fixed fields of each request that is understood, with their lengths."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_DATE = re.compile(r"[0-9 ]{8}.{4}[0-9 ]{6}")

_PLAIN = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u0153": "oe"}

_CLEANED = dict.fromkeys([*range(32), 127, ord("|")], " ")
_ENDS = {"Cc", "Zl", "Zp"}  # control characters, and ends of lines and paragraphs
_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_MARKS = "\u061c\u200e\u200f"

SUPPORTED = "YYYYYYYYYYYNYYYY"
"""BX: all requests of the standard in its own order, but for 19, which changes what is written on an item."""


class Unreadable(Exception):
    """A request that the standard does not know, or that ends within its fixed fields."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request: its code, its fixed fields by name, and the others by their two letters."""

    code: str
    fixed: dict[str, str]
    fields: dict[str, str]

    def get(self, name: str) -> str:
        """Return a field without blanks around it; empty if it was not sent."""
        return self.fields.get(name, "").strip()

    @property
    def is_dated(self) -> bool:
        """Whether it says when it was sent, so that a repetition can be told from a new request."""
        return bool(self.fixed.get("date", "").strip())

    @property
    def no_block(self) -> bool:
        """Whether what it tells has happened already, while the machine was offline."""
        return self.fixed.get("no_block") == "Y"


def read(text: str) -> Request:
    """Read a request without its tail. Raises Unreadable."""
    code, rest = text[:2], text[2:]
    layout = FIXED_FIELDS.get(code)
    if layout is None:
        raise Unreadable
    fixed = {}
    for name, length in layout:
        if (name, length) == layout[-1] == ("date", 18) and not _DATE.match(rest):
            fixed[name] = ""  # there are machines that leave the date out before the first named field
            continue
        fixed[name], rest = rest[:length], rest[length:]
        if len(fixed[name]) < length:
            raise Unreadable
    fields: dict[str, str] = {}
    for part in rest.split("|"):
        if len(part) >= 2:
            fields.setdefault(part[:2], part[2:])
    return Request(code, fixed, fields)


def write(fixed: str, *fields: tuple[str, str | None]) -> str:
    """Write an answer: code and fixed fields, and each named field that has a value."""
    return fixed + "".join(f"{name}{clean(value)}|" for name, value in fields if value is not None)


def clean(value: str) -> str:
    """Return a value that neither ends its field nor its message, nor turns what stands behind it around."""
    return value.translate(_CLEANED) if value.isascii() else "".join(map(_clean, value))


def _clean(letter: str) -> str:
    if bidirectional(letter) in _TURNS or letter in _MARKS:
        return ""
    return " " if letter == "|" or category(letter) in _ENDS else letter


def in_bytes(text: str, encoding: str) -> bytes:
    """Return a text as a machine reads it; a letter that it does not know comes without its accents, else as `?`.

    What stands for a letter is cleaned again: U+FF5C is plainly written as the sign that ends a field.
    """
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return b"".join(_letter(letter, encoding) for letter in text)


def _letter(letter: str, encoding: str) -> bytes:
    bare = _PLAIN.get(letter) or clean(normalize("NFKD", letter))
    return letter.encode(encoding, "ignore") or bare.encode(encoding, "ignore") or b"?"


def each(name: str, values: Iterable[str]) -> list[tuple[str, str | None]]:
    """Return a field that is repeated."""
    return [(name, value) for value in values]


def flag(value: bool | None) -> str:  # noqa: FBT001 - what is written is the flag
    """Return Y, N, or U for what is not known."""
    return "U" if value is None else "Y" if value else "N"


def stamp(time: datetime, zone: tzinfo) -> str:
    """Return a time as the standard writes it: in the zone of the place, with blanks for the zone."""
    return time.astimezone(zone).strftime("%Y%m%d    %H%M%S")


def moment(text: str, zone: tzinfo) -> datetime | None:
    """Read such a time; None for blanks and for what is no time. A zone of Z is UTC, any other the one of the place.

    A year in which no days can be counted is none, either: machines write 9999 for what never comes.
    """
    day, marked, hours = text[:8], text[8:12].strip(), text[12:18]
    try:
        found = datetime.strptime(day + hours, "%Y%m%d%H%M%S")  # noqa: DTZ007 - the zone stands beside it
    except ValueError:
        return None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return None
    return found.replace(tzinfo=UTC if marked == "Z" else zone).astimezone(UTC)


def minor_units(text: str, currency: str) -> int | None:
    """Return an amount with a point (or a comma) in minor units; None for what is none."""
    whole, _, part = text.replace(",", ".").partition(".")
    if not re.fullmatch("[0-9]{1,7}", whole) or not re.fullmatch("[0-9]{0,4}", part):
        return None
    try:
        return in_minor_units(whole, part, currency)
    except ValueError:
        return None


def count(number: int) -> str:
    """Return a number of four digits."""
    return f"{min(number, 9999):04d}"
