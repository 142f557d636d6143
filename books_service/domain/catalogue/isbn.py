"""The International Standard Book Number: cannot be built wrong, and kept as ISBN-13 however it was written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, TypeVar

from shared.kernel.errors import InvalidValue

Thing = TypeVar("Thing")

_FULL_WIDTH = {ord("\uff10") + digit: str(digit) for digit in range(10)} | {0xFF38: "X", 0xFF58: "x"}
_HYPHENS = "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
_SPACES = " \t\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"
_PLAIN = str.maketrans(_FULL_WIDTH | dict.fromkeys(map(ord, _HYPHENS + _SPACES), ""))
_LONGEST_TEXT = 200  # with all that stands between the digits
_FEWEST_DIGITS_LEFT = 6  # of an ISBN-10 whose leading zeros are lost; no publisher's numbers begin with more than four
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
_AS_A_NUMBER = re.compile(r"([0-9]+)[.,]0+")


class InvalidIsbn(InvalidValue):
    """This is not an ISBN."""

    code = "invalid-isbn"
    field = "isbns"


class RoundedIsbn(InvalidIsbn):
    """A spreadsheet has rounded the number; which one it was, nobody can tell."""

    code = "isbn-rounded"
    detail = "The ISBN was rounded to scientific notation, so its last digits are lost. Take it from the book itself."


@dataclass(frozen=True, slots=True, order=True)
class Isbn:
    """The 13 digits of an ISBN whose check digit is right."""

    digits: str

    def __post_init__(self) -> None:
        if len(self.digits) != 13 or not (self.digits.isascii() and self.digits.isdecimal()):
            raise InvalidIsbn("An ISBN is kept as 13 digits.")
        if not self.digits.startswith(("978", "979")) or self.digits.startswith("9790"):
            raise InvalidIsbn("An ISBN of 13 digits begins with 978, or with 979 and not 9790 (that is printed music).")
        if self.digits[12] != _check_digit_13(self.digits[:12]):
            raise InvalidIsbn(f"The check digit of the ISBN {self.digits} is wrong: one of its digits is mistyped.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ISBN-10 or ISBN-13, with or without hyphens and spaces, digits of any width. Raises InvalidIsbn."""
        if len(text) > _LONGEST_TEXT:
            raise InvalidIsbn(f"An ISBN has 10 or 13 digits; this is a text of {len(text)} characters.")
        bare = text.translate(_PLAIN)
        _refuse_other_characters(text, bare)
        if len(bare) == 10:
            if bare[9].upper() != _check_digit_10(bare[:9]):
                raise InvalidIsbn(f"The check digit of the ISBN {bare} is wrong: one of its digits is mistyped.")
            return cls(f"978{bare[:9]}{_check_digit_13(f'978{bare[:9]}')}")
        if len(bare) != 13:
            raise InvalidIsbn(f"An ISBN has 10 or 13 digits; this one has {len(bare)}.")
        return cls(bare)

    @classmethod
    def repaired(cls, text: str) -> Self:
        """Read an ISBN that may have been through a spreadsheet, undoing only what the check digit proves.

        Undone are `="…"` and a leading apostrophe, `439023483.0`, and lost leading zeros. Raises RoundedIsbn for
        scientific notation, else InvalidIsbn.
        """
        bare = text.strip().removeprefix("=").strip("\"'")
        if _ROUNDED.fullmatch(bare):
            raise RoundedIsbn
        if number := _AS_A_NUMBER.fullmatch(bare):
            bare = number[1]
        if _FEWEST_DIGITS_LEFT <= len(bare) < 10 and bare[:-1].isdecimal():
            bare = bare.rjust(10, "0")
        return cls.parse(bare)

    @property
    def isbn10(self) -> str | None:
        """The same number as ISBN-10; None: it has no such form (979)."""
        if not self.digits.startswith("978"):
            return None
        return self.digits[3:12] + _check_digit_10(self.digits[3:12])

    @property
    def key(self) -> str:
        """What the books that have it are found by."""
        return f"isbn::{self.digits}"

    def __str__(self) -> str:
        return self.digits


def bearer(having: Iterable[tuple[Thing, bool]]) -> Thing | None:
    """Return what an ISBN names, of all that have it; each comes with whether the ISBN is its main one.

    Where it is the main ISBN of none, it names the only one that has it. That of a set, which several have, names none.
    """
    found = list(having)
    main = [thing for thing, is_main in found if is_main]
    return main[0] if main else found[0][0] if len(found) == 1 else None


def claimant(having: Iterable[tuple[Thing, bool]], *, is_main: bool) -> Thing | None:
    """Return what keeps another book from having an ISBN, of all that have it, each as for `bearer`.

    As its main ISBN no book takes one that names another. Beside the main one two books may have the same, the number
    of a set, unless it is the main one of either.
    """
    return bearer(having if is_main else (each for each in having if each[1]))


def _refuse_other_characters(text: str, bare: str) -> None:
    """Refuse what is no digit at its place in `text`, counted from 1. An X counts as one at the end of ten."""
    last_of_ten = len(text.rstrip(_HYPHENS + _SPACES)) if len(bare) == 10 else 0
    for place, mark in enumerate(text, start=1):
        plain = mark.translate(_PLAIN)
        if not plain or plain in "0123456789" or (plain in "xX" and place == last_of_ten):
            continue
        raise InvalidIsbn(
            f"An ISBN is made of digits (an ISBN-10 may end in X); character {place} is something else.", position=place
        )


def _check_digit_10(nine: str) -> str:
    rest = sum((10 - place) * int(digit) for place, digit in enumerate(nine)) % 11
    return "0123456789X"[-rest % 11]


def _check_digit_13(twelve: str) -> str:
    return str(-sum((3 if place % 2 else 1) * int(digit) for place, digit in enumerate(twelve)) % 10)
