"""What a record says in the script of the book itself, beside its romanised form."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from books_service.domain.text import line
from shared.kernel.errors import InvalidValue

LONGEST_TEXT = 1000


class OwnScriptField(StrEnum):
    """The fields of a record beside which a text in its own script may stand, in the order of the record."""

    TITLE = "title"
    SUBTITLE = "subtitle"
    VARIANT_TITLES = "variant_titles"
    AUTHORS = "authors"
    CONTRIBUTORS = "contributors"
    PLACE = "place"
    PUBLISHER = "publisher"
    SERIES = "series"
    SUBJECTS = "subjects"


class InvalidOwnScript(InvalidValue):
    code = "invalid-own-script"
    detail = f"A text in its own script stands beside one of these fields: {', '.join(OwnScriptField)}."
    field = "own_script"


@dataclass(frozen=True, slots=True)
class OwnScript:
    """`field` is the one that says the same in Latin letters."""

    field: OwnScriptField
    text: str

    @classmethod
    def of(cls, field: str, text: str) -> Self:
        """Raises InvalidOwnScript or InvalidText."""
        try:
            parsed = OwnScriptField(field)
        except ValueError:
            raise InvalidOwnScript from None
        return cls(parsed, line(text, field="own_script", limit=LONGEST_TEXT))
