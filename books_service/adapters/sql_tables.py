"""The tables of the catalogue, and the one place that maps the model onto them."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import composite, configure_mappers, deferred, registry

from books_service.domain.availability import Availability
from books_service.domain.barcode import LONGEST_BARCODE, Barcode
from books_service.domain.book import Book
from books_service.domain.branch import LONGEST_BRANCH_NAME, LONGEST_CODE, Branch
from books_service.domain.contributor import LONGEST_NAME, Contributor
from books_service.domain.copy import LONGEST_ITEM_TYPE, LONGEST_NOTE, LONGEST_REASON, Copy
from books_service.domain.copy_status import CopyStatus
from books_service.domain.identifier import LONGEST_KEY, Identifier
from books_service.domain.isbn import Isbn
from books_service.domain.language import Language
from books_service.domain.money import Money
from books_service.domain.record import LONGEST_TITLE, NO_YEAR, BookRecord
from books_service.domain.series import Series
from shared.persistence.types import BigNumber, UtcDateTime, named_metadata
from shared.persistence.work import PlumbingTables

Value = TypeVar("Value")
LONGEST_ACTOR = 100


class _AsText(TypeDecorator[Value]):
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


class _Many(TypeDecorator[tuple[Any, ...]]):
    """Names or values of several parts in their order, stored as a JSON array: one row holds all of a book."""

    impl = JSON
    cache_ok = True

    def __init__(self, kind: Callable[..., Any] | None = None) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> list[Any] | None:  # noqa: ARG002 - SQLAlchemy calls it so
        if value is None or self.kind is None:
            return None if value is None else list(value)
        return [asdict(part) for part in value]

    def process_result_value(self, value: list[Any] | None, dialect: Dialect) -> tuple[Any, ...] | None:  # noqa: ARG002 - SQLAlchemy calls it so
        if value is None or self.kind is None:
            return None if value is None else tuple(value)
        return tuple(self.kind(**parts) for parts in value)


class Catchwords(TypeDecorator[tuple[str, ...]]):
    """The words under which a book is found, as each database indexes them. They are only looked in, never read."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return " ".join(f"'{word}'" for word in value) if dialect.name == "postgresql" else " ".join(value)


def _words(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores the words of `kind` as plain text."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda words: [word.value for word in words])


_NONE = text("'[]'")

metadata = named_metadata()
plumbing = PlumbingTables.declare(metadata)

books = Table(
    "books",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("title", String(LONGEST_TITLE), nullable=False),
    Column("authors", _Many, nullable=False),
    Column("contributors", _Many(Contributor), nullable=False, server_default=_NONE),
    Column("isbn", _AsText(Isbn, 13), unique=True),
    Column("identifiers", _Many(Identifier), nullable=False, server_default=_NONE),
    Column("subtitle", String(LONGEST_TITLE)),
    Column("publisher", String(LONGEST_NAME)),
    Column("published_year", Integer),
    Column("edition", String(LONGEST_NAME)),
    Column("language", _AsText(Language, 3)),
    Column("series", _Many(Series), nullable=False, server_default=_NONE),
    Column("subjects", _Many, nullable=False),
    Column("description", Text),
    Column("match_key", String(32), nullable=False, index=True),
    # Filed by code points, so that both databases file alike.
    Column("sort_key", String(150).with_variant(String(150, collation="C"), "postgresql"), nullable=False),
    Column("year_key", Integer, nullable=False, server_default=text(str(NO_YEAR))),
    Column("catchwords", Catchwords, nullable=False, server_default=text("''")),
    Column("added_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)
Index("ix_books_added_at", books.c.added_at, books.c.book_id)
Index("ix_books_sort_key", books.c.sort_key, books.c.book_id)
Index("ix_books_year_key", books.c.year_key, books.c.book_id)

known_words = Table(
    "known_words",
    metadata,
    Column("word", String(60).with_variant(String(60, collation="C"), "postgresql"), primary_key=True),
    comment="The words of titles and authors, to look for what somebody meant who misspelt one.",
)

book_identifiers = Table(
    "book_identifiers",
    metadata,
    Column("key", String(LONGEST_KEY), primary_key=True),
    Column("book_id", Uuid, ForeignKey(books.c.book_id, ondelete="CASCADE"), primary_key=True, index=True),
    comment="Finds books by what books.identifiers says; written anew with each change of it.",
)

branches = Table(
    "branches",
    metadata,
    Column(
        "key", String(LONGEST_CODE).with_variant(String(LONGEST_CODE, collation="C"), "postgresql"), primary_key=True
    ),
    Column("code", String(LONGEST_CODE), nullable=False, unique=True),
    Column("name", String(LONGEST_BRANCH_NAME), nullable=False),
    Column("timezone", String(100), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)

copies = Table(
    "copies",
    metadata,
    Column("copy_id", Uuid, primary_key=True),
    Column("book_id", Uuid, ForeignKey(books.c.book_id), nullable=False),
    Column("barcode", _AsText(Barcode, LONGEST_BARCODE), nullable=False),
    Column("barcode_key", String(LONGEST_BARCODE), nullable=False),
    Column("branch", String(LONGEST_CODE), ForeignKey(branches.c.code), nullable=False, index=True),
    Column("item_type", String(LONGEST_ITEM_TYPE), nullable=False),
    Column("shelf_mark", String(LONGEST_NOTE)),
    Column("condition", String(LONGEST_NOTE)),
    Column("price_amount", BigInteger),
    Column("price_currency", String(3)),
    Column("status", _words(CopyStatus), nullable=False),
    Column("status_since", UtcDateTime, nullable=False),
    Column("status_reason", String(LONGEST_REASON)),
    Column("status_by", String(LONGEST_ACTOR)),
    Column("added_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("barcode_key"),
)
Index("ix_copies_book_id", copies.c.book_id, copies.c.copy_id)

circulation = Table(
    "circulation",
    metadata,
    Column("copy_id", Uuid, primary_key=True),
    Column("availability", _words(Availability), nullable=False),
    Column("due_at", UtcDateTime),
    Column("sequence", BigInteger, nullable=False),
    comment="What circulation last said of each copy; no foreign key, because it may know a copy that is not here.",
)

stock = Table(
    "stock",
    metadata,
    Column("book_id", Uuid, ForeignKey(books.c.book_id, ondelete="CASCADE"), primary_key=True),
    *(
        Column(name, Integer, nullable=False)
        for name in ("copies", "lendable", "available", "on_loan", "on_hold_shelf")
    ),
    comment="The copies of each book that has any, counted: what copies and circulation say together.",
    postgresql_with={"fillfactor": 70},  # each loan changes a row, and no index
)

changes = Table(
    "changes",
    metadata,
    Column("sequence", BigNumber, primary_key=True, autoincrement=True),
    Column("thing_id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(LONGEST_ACTOR)),
    Column("act", String(40), nullable=False),
    Column("changed", JSON, nullable=False),
    comment="Who changed which book or copy, when and how; rows are only ever added, and outlive the thing.",
    sqlite_autoincrement=True,
)
Index("ix_changes_thing_id", changes.c.thing_id, changes.c.sequence)

imports = Table(
    "imports",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("state", String(10), nullable=False),
    Column("format", String(20), nullable=False),
    Column("by", String(LONGEST_ACTOR)),
    Column("options", JSON, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    *(Column(name, Integer, nullable=False) for name in ("read", "created", "updated", "skipped", "failed", "errors")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("lease", Uuid),
    Column("leased_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
_unfinished = imports.c.state.in_(("queued", "running"))
Index("ix_imports_unfinished", imports.c.created_at, postgresql_where=_unfinished, sqlite_where=_unfinished)

import_pieces = Table(
    "import_pieces",
    metadata,
    Column("import_id", Uuid, ForeignKey(imports.c.import_id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    comment="The files of unfinished imports, in pieces, so that any worker can read them.",
)

import_errors = Table(
    "import_errors",
    metadata,
    Column("import_id", Uuid, ForeignKey(imports.c.import_id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("record", Integer, nullable=False),
    Column("identifier", String(100)),
    Column("code", String(60), nullable=False),
    Column("detail", Text, nullable=False),
)

_mappers = registry(metadata=metadata)
_RECORD = tuple(field.name for field in fields(BookRecord))
_PRICE = ("price_amount", "price_currency")


def _nothing(*values: object) -> bool:
    return all(value is None for value in values)


def map_model() -> None:
    """Map the model. Call it once per process, before the first session; calling again does nothing."""
    if _mappers.mappers:
        return
    versioned = {"version_id_generator": False}
    _mappers.map_imperatively(
        Book,
        books,
        version_id_col=books.c.version,
        **versioned,
        properties={
            "id": books.c.book_id,
            "catchwords": deferred(books.c.catchwords),
            "record": composite(BookRecord, *(books.c[name] for name in _RECORD)),
            **{f"_{name}": books.c[name] for name in _RECORD},
        },
    )
    _mappers.map_imperatively(
        Copy,
        copies,
        version_id_col=copies.c.version,
        **versioned,
        properties={
            "id": copies.c.copy_id,
            "price": composite(Money, *(copies.c[name] for name in _PRICE), return_none_on=_nothing),
            **{f"_{name}": copies.c[name] for name in _PRICE},
        },
    )
    _mappers.map_imperatively(Branch, branches, version_id_col=branches.c.version, **versioned)
    for kind in (Book, Copy):
        event.listen(kind, "load", _wake_up)
    configure_mappers()


def _wake_up(loaded: Book | Copy, context: object) -> None:  # noqa: ARG001 - SQLAlchemy calls it so
    """Give what comes from the database what the model's constructor gives a new one."""
    loaded._events = []  # noqa: SLF001 - loading is a kind of construction
