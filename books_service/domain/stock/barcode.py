"""The barcode on a copy: the same copy whatever the case of its letters and the blanks between its digits."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from shared.kernel.errors import InvalidValue
from shared.kernel.luhn import luhn_check_digit

LONGEST_BARCODE = 64


class InvalidBarcode(InvalidValue):
    """No scanner reads that."""

    code = "invalid-barcode"
    detail = f"A barcode has 1 to {LONGEST_BARCODE} letters, digits and signs of ASCII; blanks may stand between them."
    field = "barcode"


@dataclass(frozen=True, slots=True)
class Barcode:
    """A barcode as it is printed on the copy."""

    text: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.text) <= LONGEST_BARCODE or not all(" " <= sign <= "~" for sign in self.text):
            raise InvalidBarcode
        if self.text != self.text.strip():
            raise InvalidBarcode

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a scanner or a person typed, with no regard to spaces around it. Raises InvalidBarcode."""
        return cls(text.strip(" "))

    @classmethod
    def drawn(cls, by: UUID) -> Self:
        """Make one of 14 digits, as is the custom: a 3, 12 digits drawn by a fresh id, and the Luhn check digit."""
        payload = f"3{by.int % 10**12:012}"
        return cls(payload + luhn_check_digit(payload))

    @property
    def key(self) -> str:
        """The same for every way to write this barcode; unique in the library."""
        return barcode_key(self.text)

    def __str__(self) -> str:
        return self.text


def barcode_key(text: str) -> str:
    """Return what is the same for every way to write a barcode; any scanned text has such a key."""
    return text.replace(" ", "").upper()
