"""The syntax of requests and answers: a code of two digits, fixed fields, and named fields."""

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
"""The fixed fields of each supported request, with their lengths."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_DATE = re.compile(r"[0-9 ]{8}.{4}[0-9 ]{6}")

_PLAIN = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u0153": "oe"}

_CLEANED = dict.fromkeys([*range(32), 127, ord("|")], " ")
_ENDS = {"Cc", "Zl", "Zp"}  # control characters, and ends of lines and paragraphs
_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_MARKS = "\u061c\u200e\u200f"

SUPPORTED = "YYYYYYYYYYYNYYYY"
"""BX: all requests in the order of the standard are supported, except 19, item status update."""


class UnreadableRequest(Exception):
    """The request is unknown to the standard, or ends within its fixed fields."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request: its code, its fixed fields by name, and the others by their two letters."""

    code: str
    fixed: dict[str, str]
    fields: dict[str, str]

    def get(self, name: str) -> str:
        """Return a field, stripped of blanks; empty if it was not sent."""
        return self.fields.get(name, "").strip()

    @property
    def is_dated(self) -> bool:
        """Whether it has a date, by which a repetition differs from a new request."""
        return bool(self.fixed.get("date", "").strip())

    @property
    def no_block(self) -> bool:
        """Whether the act has already happened, while the machine was offline."""
        return self.fixed.get("no_block") == "Y"


def read(text: str) -> Request:
    """Read a request without its tail. Raises Unreadable."""
    code, rest = text[:2], text[2:]
    layout = FIXED_FIELDS.get(code)
    if layout is None:
        raise UnreadableRequest
    fixed = {}
    for name, length in layout:
        if (name, length) == layout[-1] == ("date", 18) and not _DATE.match(rest):
            fixed[name] = ""  # some machines omit the date before the first named field
            continue
        fixed[name], rest = rest[:length], rest[length:]
        if len(fixed[name]) < length:
            raise UnreadableRequest
    fields: dict[str, str] = {}
    for part in rest.split("|"):
        if len(part) >= 2:
            fields.setdefault(part[:2], part[2:])
    return Request(code, fixed, fields)


def write(fixed: str, *fields: tuple[str, str | None]) -> str:
    """Write an answer: code and fixed fields, and each named field that has a value."""
    return fixed + "".join(f"{name}{clean(value)}|" for name, value in fields if value is not None)


def clean(value: str) -> str:
    """Return a value that cannot end its field or message, nor change the direction of what follows."""
    return value.translate(_CLEANED) if value.isascii() else "".join(map(_clean, value))


def _clean(letter: str) -> str:
    if bidirectional(letter) in _TURNS or letter in _MARKS:
        return ""
    return " " if letter == "|" or category(letter) in _ENDS else letter


def in_bytes(text: str, encoding: str) -> bytes:
    """Return a text in a machine's encoding; letters outside of it lose their accents, or become `?`.

    Replacements are cleaned again: U+FF5C decomposes into the separator of fields.
    """
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return b"".join(_letter(letter, encoding) for letter in text)


def _letter(letter: str, encoding: str) -> bytes:
    bare = _PLAIN.get(letter) or clean(normalize("NFKD", letter))
    return letter.encode(encoding, "ignore") or bare.encode(encoding, "ignore") or b"?"


def each(name: str, values: Iterable[str]) -> list[tuple[str, str | None]]:
    """Return a repeated field."""
    return [(name, value) for value in values]


def flag(value: bool | None) -> str:  # noqa: FBT001 - what is written is the flag
    """Return Y, N, or U for unknown."""
    return "U" if value is None else "Y" if value else "N"


def stamp(time: datetime, zone: tzinfo) -> str:
    """Return a time in the format of the standard: local, with blanks for the zone."""
    return time.astimezone(zone).strftime("%Y%m%d    %H%M%S")


def moment(text: str, zone: tzinfo) -> datetime | None:
    """Read a time of the standard; None for blanks and invalid times. The zone Z is UTC, any other is local.

    Years out of range are invalid, too: machines write 9999 for "never".
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
    """Return an amount with a point or comma in minor units; None if it is invalid."""
    whole, _, part = text.replace(",", ".").partition(".")
    if not re.fullmatch("[0-9]{1,7}", whole) or not re.fullmatch("[0-9]{0,4}", part):
        return None
    try:
        return in_minor_units(whole, part, currency)
    except ValueError:
        return None


def count(number: int) -> str:
    """Return a number as four digits."""
    return f"{min(number, 9999):04d}"
