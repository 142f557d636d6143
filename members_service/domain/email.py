"""An e-mail address: how the library reaches somebody, and the name under which somebody signs in."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from shared.kernel.combining_marks import MOST_PER_CHARACTER, has_too_many_marks
from shared.kernel.errors import Conflict, InvalidValue

LONGEST_EMAIL = 254
_LONGEST_LOCAL_PART = 64
_LOCAL_PART = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f]+")
_DOMAIN = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)+")


class InvalidEmail(InvalidValue):
    """Nothing can be sent there."""

    code = "invalid-email"
    detail = "This is no e-mail address; one looks like name@library.example."
    field = "email"


class EmailTaken(Conflict):
    """Somebody else has this e-mail address."""

    code = "email-taken"
    detail = "Another member or account has this e-mail address already."


@dataclass(frozen=True, slots=True)
class Email:
    """An address as its owner writes it, and the `key` by which two of them are the same."""

    address: str
    key: str

    def __post_init__(self) -> None:
        local_part, _, domain = self.address.rpartition("@")
        if (
            len(self.address) > LONGEST_EMAIL
            or len(local_part) > _LONGEST_LOCAL_PART
            or not _LOCAL_PART.fullmatch(local_part)
            or not _DOMAIN.fullmatch(domain)
            or not self.address.isprintable()
        ):
            raise InvalidEmail
        if self.key != email_key(self.address):
            raise ValueError("the key does not belong to the address")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address as somebody types it. Raises InvalidEmail."""
        if _cannot_be_address(text.strip()):
            raise InvalidEmail
        address = unicodedata.normalize("NFC", text.strip())
        return cls(address, email_key(address))


def email_key(text: str) -> str:
    """Return the form by which addresses are compared: case, and the ways to encode a letter, do not count.

    A text that is too long or has too many combining marks to be an address is compared by its beginning.
    """
    text = text.strip()
    if _cannot_be_address(text):
        return text[: LONGEST_EMAIL + 1].casefold()
    return unicodedata.normalize("NFKC", text).casefold()


def _cannot_be_address(text: str) -> bool:
    """Return whether it is too long or has too many marks to be normalised."""
    return len(text) > MOST_PER_CHARACTER * LONGEST_EMAIL or has_too_many_marks(text)
