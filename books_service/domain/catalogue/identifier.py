"""The numbers that others gave a book, beside its ISBNs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from books_service.domain.text import line
from shared.kernel.errors import InvalidValue

LONGEST_VALUE = 200
LONGEST_SOURCE = 100
LONGEST_KEY = 640  # small letters may be two for one capital
_SEPARATORS = str.maketrans("", "", "- ")


class Scheme(StrEnum):
    """Who counts."""

    CONTROL_NUMBER = "control_number"
    DOI = "doi"
    EAN = "ean"
    ISMN = "ismn"
    ISSN = "issn"
    LCCN = "lccn"
    OCLC = "oclc"
    OTHER = "other"
    UPC = "upc"
    URI = "uri"
    URN = "urn"


_WRITTEN_IN_GROUPS = frozenset({Scheme.EAN, Scheme.ISMN, Scheme.ISSN, Scheme.UPC})


class InvalidScheme(InvalidValue):
    code = "invalid-scheme"
    detail = f"An identifier's scheme is one of {', '.join(Scheme)}. Name any other in the source of 'other'."
    field = "identifiers"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number as it was given. `source` says whose: the catalogue of a control number, the name of another scheme."""

    scheme: Scheme
    value: str
    source: str | None = None

    @classmethod
    def of(cls, scheme: str, value: str, source: str | None = None) -> Self:
        """Raises InvalidText or InvalidScheme."""
        try:
            parsed = Scheme(scheme)
        except ValueError:
            raise InvalidScheme from None
        clean = line(value, field="identifiers", limit=LONGEST_VALUE)
        whose = None if source is None else line(source, field="identifiers", limit=LONGEST_SOURCE)
        return cls(parsed, clean, whose)

    @property
    def key(self) -> str:
        """What books are found by: the same for every way to write this number."""
        value = self.value.translate(_SEPARATORS) if self.scheme in _WRITTEN_IN_GROUPS else self.value
        return f"{self.scheme}:{(self.source or '').lower()}:{value.lower()}"
