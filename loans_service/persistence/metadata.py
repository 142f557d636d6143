"""What all tables of circulation share: their metadata, and how enumerations are stored."""

from enum import StrEnum

from sqlalchemy import Enum

from shared.persistence.types import named_metadata

metadata = named_metadata()


def words(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores the words of `kind` as plain text."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda words: [word.value for word in words])
