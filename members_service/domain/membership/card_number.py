"""The number on a member's card."""

import re
from dataclasses import dataclass
from typing import Self

from shared.kernel.errors import InvalidValue
from shared.kernel.luhn import luhn_check_digit

DIGITS_DRAWN = 12
_FIRST_DIGIT = "2"  # by custom a library card begins with 2 and a copy's barcode with 3
_FORM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,30}[A-Za-z0-9])?")


class InvalidCardNumber(InvalidValue):
    """No scanner reads such a card number."""

    code = "invalid-card-number"
    detail = "A card number has 1 to 32 letters and digits; hyphens, dots, slashes and underscores may come between."
    field = "card_number"


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A card number as it is printed, and the `key` that finds it whatever its case.

    Cards that exist already keep their numbers, whatever system printed them: only a number drawn here is sure to have
    a check digit.
    """

    number: str
    key: str

    def __post_init__(self) -> None:
        if not _FORM.fullmatch(self.number):
            raise InvalidCardNumber
        if self.key != card_key(self.number):
            raise ValueError("the key does not belong to the number")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as somebody types it; spaces do not count. Raises InvalidCardNumber."""
        number = "".join(text.split())
        return cls(number, card_key(number))

    @classmethod
    def draw(cls, digits: str) -> Self:
        """Make a new number of 14 digits from 12 random ones: a leading 2, these, and the Luhn check digit."""
        if len(digits) != DIGITS_DRAWN:
            raise ValueError(f"a card number is drawn from {DIGITS_DRAWN} digits")
        payload = _FIRST_DIGIT + digits
        return cls.parse(payload + luhn_check_digit(payload))


def card_key(text: str) -> str:
    """Return the form by which cards are compared: without spaces, in one case.

    NUL, which no card bears and no database keeps, becomes a sign that no card bears, either.
    """
    return "".join(text.split()).casefold().replace("\0", "\ufffd")
