"""Column types of the catalogue: values, lists and words as each database keeps them."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import JSON, Dialect, Enum, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from books_service.domain.catalogue.copy_counts import BranchCounts

Value = TypeVar("Value")


class AsText(TypeDecorator[Value]):
    """A value of one text, stored as that text."""

    impl = String
    cache_ok = True

    def __init__(self, kind: Callable[[str], Value], length: int) -> None:
        super().__init__(length)
        self.kind = kind

    def process_bind_param(self, value: Value | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy calls it so
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Value | None:  # noqa: ARG002 - SQLAlchemy calls it so
        return None if value is None else self.kind(value)


class Many(TypeDecorator[tuple[Any, ...]]):
    """Texts or values in their order, stored as a JSON array: one row holds all of a book.

    Of values, `kind` makes one of its parts by their names, or `code` of its one text.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, kind: Callable[..., Any] | None = None, *, code: Callable[[str], Any] | None = None) -> None:
        super().__init__()
        self.kind = kind
        self.code = code

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> list[Any] | None:  # noqa: ARG002 - SQLAlchemy calls it so
        if value is None:
            return None
        if self.kind is None:
            return list(value) if self.code is None else list(map(str, value))
        return [asdict(part) for part in value]

    def process_result_value(self, value: list[Any] | None, dialect: Dialect) -> tuple[Any, ...] | None:  # noqa: ARG002 - SQLAlchemy calls it so
        if value is None:
            return None
        if self.kind is None:
            return tuple(value if self.code is None else map(self.code, value))
        return tuple(self.kind(**parts) for parts in value)


class PerBranch(TypeDecorator[tuple[BranchCounts, ...]]):
    """Counts of branches, stored as a JSON object by the keys of the branches; null for none. Databases write it."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())

    def process_result_value(
        self,
        value: dict[str, list[Any]] | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy calls it so
    ) -> tuple[BranchCounts, ...]:
        return tuple(BranchCounts(*counts) for _, counts in sorted((value or {}).items()))


class IndexTerms(TypeDecorator[tuple[str, ...]]):
    """The words under which a book is found, as each database indexes them. They are searched, never read."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return " ".join(f"'{word}'" for word in value) if dialect.name == "postgresql" else " ".join(value)


def words(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores the words of `kind` as plain text."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda kinds: [word.value for word in kinds])
