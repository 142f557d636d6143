"""Column types for words of the model."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import Dialect, Enum, String, TypeDecorator


class Words(TypeDecorator[frozenset[Any]]):
    """A set of words as one text, sorted, so that equal sets are equal texts."""

    impl = String
    cache_ok = True

    def __init__(self, length: int, kind: type[str] = str) -> None:
        super().__init__(length)
        self.kind = kind

    def process_bind_param(self, value: Iterable[str] | None, _: Dialect) -> str | None:
        return None if value is None else " ".join(sorted(value))

    def process_result_value(self, value: str | None, _: Dialect) -> frozenset[str] | None:
        return None if value is None else frozenset(self.kind(word) for word in value.split())


def one_of(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores the words of `kind` as plain text."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda words: [word.value for word in words])
