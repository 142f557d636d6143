"""The tables of the catalogue, and the one place that maps the model onto them."""

from dataclasses import fields

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    event,
    literal_column,
    text,
)
from sqlalchemy.orm import composite, configure_mappers, deferred, registry

from books_service.adapters.sql_types import AsText, IndexTerms, Many, words
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.contributor import LONGEST_NAME, Contributor, Role
from books_service.domain.catalogue.identifier import LONGEST_KEY, Identifier, Scheme
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.language import Language
from books_service.domain.catalogue.record import LONGEST_TITLE, NO_YEAR, BookRecord
from books_service.domain.catalogue.series import Series
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.barcode import LONGEST_BARCODE, Barcode
from books_service.domain.stock.branch import LONGEST_BRANCH_NAME, LONGEST_CODE, Branch
from books_service.domain.stock.copy import LONGEST_ITEM_TYPE, LONGEST_NOTE, LONGEST_REASON, Copy
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from shared.persistence.types import BigNumber, UtcDateTime, named_metadata
from shared.persistence.work import PlumbingTables

LONGEST_ACTOR = 100


def _contributor(name: str, role: str) -> Contributor:
    return Contributor(name, Role(role))


def _identifier(scheme: str, value: str, source: str | None) -> Identifier:
    return Identifier(Scheme(scheme), value, source)


_NONE = text("'[]'")

metadata = named_metadata()
plumbing = PlumbingTables.declare(metadata)

books = Table(
    "books",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("title", String(LONGEST_TITLE), nullable=False),
    Column("authors", Many, nullable=False),
    Column("contributors", Many(_contributor), nullable=False, server_default=_NONE),
    Column("isbn", AsText(Isbn, 13), unique=True),
    Column("identifiers", Many(_identifier), nullable=False, server_default=_NONE),
    Column("subtitle", String(LONGEST_TITLE)),
    Column("publisher", String(LONGEST_NAME)),
    Column("published_year", Integer),
    Column("edition", String(LONGEST_NAME)),
    Column("language", AsText(Language, 3)),
    Column("series", Many(Series), nullable=False, server_default=_NONE),
    Column("subjects", Many, nullable=False),
    Column("description", Text),
    Column("match_key", String(32), nullable=False, index=True),
    # Filed by code points, so that both databases file alike.
    Column("sort_key", String(150).with_variant(String(150, collation="C"), "postgresql"), nullable=False),
    Column("year_key", Integer, nullable=False, server_default=text(str(NO_YEAR))),
    Column("index_terms", IndexTerms, nullable=False, server_default=text("''")),
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
    Column("barcode", AsText(Barcode, LONGEST_BARCODE), nullable=False),
    Column("barcode_key", String(LONGEST_BARCODE), nullable=False),
    Column("branch", String(LONGEST_CODE), ForeignKey(branches.c.code), nullable=False, index=True),
    Column("item_type", String(LONGEST_ITEM_TYPE), nullable=False),
    Column("shelf_mark", String(LONGEST_NOTE)),
    Column("condition", String(LONGEST_NOTE)),
    Column("price_amount", BigInteger),
    Column("price_currency", String(3)),
    Column("status", words(CopyStatus), nullable=False),
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
    Column("availability", words(Availability), nullable=False),
    Column("due_at", UtcDateTime),
    Column("sequence", BigInteger, nullable=False),
    comment="What circulation last said of each copy; no foreign key, because it may know a copy that is not here.",
)
IS_AWAY = circulation.c.availability != literal_column(f"'{Availability.AVAILABLE}'")
"""With literals, not parameters, so that the planner can match the partial index."""
Index("ix_circulation_away", circulation.c.copy_id, postgresql_where=IS_AWAY, sqlite_where=IS_AWAY)

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
            "index_terms": deferred(books.c.index_terms),
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
