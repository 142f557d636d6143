"""What the library knows of a person beyond name and membership: kept for contact, shown to few, written to no log."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, Self

from shared.kernel.errors import InvalidValue

_EARLIEST_BIRTH = date(1900, 1, 1)
MOST_NOTES = 20

_ENDING = 7
_BEHIND_A_NUMBER = re.compile(r"[^\W\d_]+|[,;]")  # an extension, another number, whose number it is
_TELEPHONE = re.compile(r"[\d\s()+./-]+")


class InvalidDateOfBirth(InvalidValue):
    """Nobody who joins today was born on that day."""

    code = "invalid-date-of-birth"
    detail = "A date of birth lies in the past, and not before 1900."
    field = "date_of_birth"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives. What is not known is None."""

    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None

    @classmethod
    def of(cls, **parts: str | None) -> Self | None:
        """Return the address, or None when nothing of it is known."""
        return cls(**parts) if any(parts.values()) else None

    def merged(self, **parts: str | None) -> Self | None:
        """Return the address with other parts, or None when nothing is left of it."""
        changed = replace(self, **parts)
        return changed if any(getattr(changed, part.name) for part in fields(changed)) else None


@dataclass(frozen=True, slots=True)
class Note:
    """What staff wrote for one another about a member; some of it is to be seen at once when the card is scanned."""

    text: str
    show_at_desk: bool = False


@dataclass(frozen=True, slots=True)
class PersonalDetails:
    """Everything of a member that is kept encrypted at rest belongs in here, and nothing else.

    `title` is the form of address, `preferred_name` what somebody wants to be called.

    `attributes` are what this library alone wants to know, by names of its own.
    """

    phone: str | None = None
    address: Address | None = None
    date_of_birth: date | None = None
    mobile: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    notes: tuple[Note, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    title: str | None = None
    preferred_name: str | None = None
    other_phone: str | None = None
    second_address: Address | None = None

    @property
    def phones(self) -> tuple[str, ...]:
        """The telephones that are known."""
        return tuple(phone for phone in (self.phone, self.mobile, self.other_phone) if phone)

    def check_on(self, today: date) -> None:
        """Raise InvalidDateOfBirth unless the person can be alive `today`."""
        if self.date_of_birth is not None and not _EARLIEST_BIRTH <= self.date_of_birth <= today:
            raise InvalidDateOfBirth

    def filled_from(self, other: Self) -> Self:
        """Return these details, with what is missing taken from `other`, and the notes of both."""
        missing = {one.name: getattr(other, one.name) for one in fields(self) if getattr(self, one.name) is None}
        notes = (self.notes + other.notes)[:MOST_NOTES]
        return replace(self, **missing, notes=notes, attributes={**other.attributes, **self.attributes})


def endings_of(phone: str | None) -> frozenset[str]:
    """Return the last seven digits of each telephone number in a text, without the codes of country and town.

    So a number is found in whatever form it was written. Few share seven digits; shorter numbers are left out.
    """
    numbers = (_digits(part) for part in _BEHIND_A_NUMBER.split(phone or ""))
    return frozenset(digits[-_ENDING:] for digits in numbers if len(digits) >= _ENDING)


def searched_endings(text: str) -> frozenset[str]:
    """Return the endings of a telephone number that is searched for; none where the text is something else."""
    return endings_of(text) if _TELEPHONE.fullmatch(text) else frozenset()


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(mark)) for mark in text if mark.isdecimal())


class InvalidAttributes(InvalidValue):
    """The attributes are not as the library wants them."""

    code = "invalid-attributes"
    example: ClassVar[Mapping[str, Any]] = {"where": "attributes.school", "why": "it is missing"}

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"The library wants other attributes: {where}: {why}.", field=where)


class AttributeRules(Protocol):
    """The rules of this library."""

    def check(self, attributes: Mapping[str, Any]) -> None:
        """Raise InvalidAttributes, several of them as Refusals."""
        ...
