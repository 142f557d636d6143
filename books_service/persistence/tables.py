"""The tables of the catalogue, and the one place that maps the model onto them."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    event,
    false,
    literal_column,
    or_,
    text,
)
from sqlalchemy.orm import composite, configure_mappers, deferred, registry

from books_service.domain.attributes import Attribute
from books_service.domain.authorities.authority import AUTHORITY_FIELDS, Authority, AuthorityRecord
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.contributor import LONGEST_NAME, Contributor, ContributorRole
from books_service.domain.catalogue.format import Audience, BookFormat
from books_service.domain.catalogue.heading_uri import HeadingUri
from books_service.domain.catalogue.identifier import LONGEST_KEY as LONGEST_IDENTIFIER_KEY
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.language import Language
from books_service.domain.catalogue.link import Classification, Link
from books_service.domain.catalogue.own_script import OwnScript, OwnScriptField
from books_service.domain.catalogue.record import (
    LONGEST_EXTENT,
    LONGEST_EXTERNAL_ID,
    LONGEST_TITLE,
    NO_YEAR,
    BookRecord,
)
from books_service.domain.catalogue.relation import LONGEST_LABEL, RelationKind
from books_service.domain.catalogue.series import Series
from books_service.domain.catalogue.title import LONGEST_KEY
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.barcode import LONGEST_BARCODE, Barcode
from books_service.domain.stock.branch import CONTACTS, LONGEST_BRANCH_NAME, LONGEST_CODE, Branch, Location
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_facts import LONGEST_NOTE, LONGEST_REASON, LONGEST_VOLUME
from books_service.domain.stock.copy_refusals import LONGEST_ITEM_TYPE
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from books_service.domain.stock.shelf_mark import LONGEST_SHELF_KEY, NO_SHELF_MARK
from books_service.domain.stock.stands import StandsWhy
from books_service.persistence import serial_tables
from books_service.persistence.authority_tables import (
    authorities,
    authority_keys,
    gone_authorities,
    heading_corrections,
)
from books_service.persistence.catalogue.book_rows import RECORD_COLUMNS, StoredNumber, record_of, values_of
from books_service.persistence.import_tables import import_profiles, imported_records, source_records
from books_service.persistence.inventory_tables import inventories, inventory_scans
from books_service.persistence.metadata import LONGEST_ACTOR, metadata, plumbing
from books_service.persistence.past_tables import changes, gone_books
from books_service.persistence.places import all_none, place_columns, place_properties
from books_service.persistence.types import AsText, IndexTerms, Many, PerBranch, words
from shared.persistence.numbers import number_column
from shared.persistence.types import UtcDateTime


def _contributor(name: str, role: str) -> Contributor:
    return Contributor(name, ContributorRole(role))


def _own_script(field: str, text: str) -> OwnScript:
    return OwnScript(OwnScriptField(field), text)


__all__ = [
    "HAS_FLOATED",
    "IS_AWAY",
    "IS_SHOWN",
    "authorities",
    "authority_keys",
    "book_identifiers",
    "book_relations",
    "books",
    "bound_copies",
    "branches",
    "changes",
    "circulation",
    "copies",
    "gone_authorities",
    "gone_books",
    "heading_corrections",
    "headings",
    "import_profiles",
    "imported_records",
    "inventories",
    "inventory_scans",
    "known_words",
    "map_model",
    "metadata",
    "plumbing",
    "serial_tables",
    "source_records",
    "stock",
]

_NONE = text("'[]'")
# Filed by code points, so that both databases file alike.
_FILED = String(LONGEST_KEY).with_variant(String(LONGEST_KEY, collation="C"), "postgresql")

books = Table(
    "books",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    number_column(),
    Column("title", String(LONGEST_TITLE), nullable=False),
    Column("nonfiling_characters", Integer),
    Column("authors", Many, nullable=False),
    Column("contributors", Many(_contributor), nullable=False, server_default=_NONE),
    Column("isbn", AsText(Isbn, 13), unique=True),
    Column("identifiers", Many(StoredNumber), nullable=False, server_default=_NONE),
    Column("subtitle", String(LONGEST_TITLE)),
    Column("variant_titles", Many, nullable=False, server_default=_NONE),
    Column("own_script", Many(_own_script), nullable=False, server_default=_NONE),
    Column("place", String(LONGEST_NAME)),
    Column("publisher", String(LONGEST_NAME)),
    Column("published_year", Integer),
    Column("edition", String(LONGEST_NAME)),
    Column("language", AsText(Language, 3)),
    Column("further_languages", Many(code=Language), nullable=False, server_default=_NONE),
    Column("series", Many(Series), nullable=False, server_default=_NONE),
    Column("subjects", Many, nullable=False),
    Column("description", Text),
    Column("format", words(BookFormat)),
    Column("extent", String(LONGEST_EXTENT)),
    Column("audience", words(Audience)),
    Column("classification", Many(Classification), nullable=False, server_default=_NONE),
    Column("notes", Many, nullable=False, server_default=_NONE),
    Column("links", Many(Link), nullable=False, server_default=_NONE),
    Column("external_id", String(LONGEST_EXTERNAL_ID)),
    Column("suppressed", Boolean),
    Column("tags", Many, nullable=False, server_default=_NONE),
    Column("attributes", Many(Attribute), nullable=False, server_default=_NONE),
    Column("heading_uris", Many(HeadingUri), nullable=False, server_default=_NONE),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    Column("match_key", String(32), nullable=False, index=True),
    Column("title_key", _FILED, nullable=False),
    Column("sort_key", _FILED, nullable=False),
    Column("author_key", _FILED, nullable=False, server_default=text("''")),
    Column("year_key", Integer, nullable=False, server_default=text(str(NO_YEAR))),
    Column("index_terms", IndexTerms, nullable=False, server_default=text("''")),
    Column("added_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime),
    Column("version", Integer, nullable=False),
)
Index("uq_books_number", books.c.number, unique=True)
_HIDDEN = books.c.suppressed.is_not(None)
Index("ix_books_suppressed", books.c.added_at, books.c.book_id, postgresql_where=_HIDDEN, sqlite_where=_HIDDEN)
for _key in ("changed_at", "added_at", "title_key", "sort_key", "author_key", "year_key"):
    Index(f"ix_books_{_key}", books.c[_key], books.c.book_id)

known_words = Table(
    "known_words",
    metadata,
    Column("word", String(60).with_variant(String(60, collation="C"), "postgresql"), primary_key=True),
    comment="The words of titles and authors, to look for what somebody meant who misspelt one.",
)

book_identifiers = Table(
    "book_identifiers",
    metadata,
    Column("key", String(LONGEST_IDENTIFIER_KEY), primary_key=True),
    Column("book_id", Uuid, ForeignKey(books.c.book_id, ondelete="CASCADE"), primary_key=True, index=True),
    comment="Finds books by what books.identifiers says; written anew with each change of it.",
)

headings = Table(
    "headings",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("key", _FILED, primary_key=True),
    Column("heading", String(LONGEST_NAME), nullable=False),
    Column("books", Integer, nullable=False),
    comment="The names and subjects of the catalogue, filed, with the number of books of each.",
)

book_relations = Table(
    "book_relations",
    metadata,
    Column("book_id", Uuid, ForeignKey(books.c.book_id, ondelete="CASCADE"), primary_key=True),
    Column("other_id", Uuid, ForeignKey(books.c.book_id, ondelete="CASCADE"), primary_key=True, index=True),
    Column("kind", words(RelationKind), nullable=False),
    Column("label", String(LONGEST_LABEL)),
    comment="What a book is to another one; each pair of books once.",
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
    Column("locations", Many(Location), nullable=False, server_default=_NONE),
    *(Column(name, String(longest)) for name, longest in CONTACTS.items()),
    Column("closed_at", UtcDateTime),
    Column("copies_to", String(LONGEST_CODE)),
    Column("added_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)

copies = Table(
    "copies",
    metadata,
    Column("copy_id", Uuid, primary_key=True),
    number_column(),
    Column("book_id", Uuid, ForeignKey(books.c.book_id), nullable=False),
    Column("barcode", AsText(Barcode, LONGEST_BARCODE), nullable=False),
    Column("barcode_key", String(LONGEST_BARCODE), nullable=False),
    Column("branch", String(LONGEST_CODE), ForeignKey(branches.c.code), nullable=False),
    Column("location", String(LONGEST_CODE)),
    Column("item_type", String(LONGEST_ITEM_TYPE), nullable=False),
    Column("shelf_mark", String(LONGEST_NOTE)),
    Column(
        "shelf_mark_key",
        String(LONGEST_SHELF_KEY).with_variant(String(LONGEST_SHELF_KEY, collation="C"), "postgresql"),
        nullable=False,
        server_default=text("''"),
    ),
    Column("volume", String(LONGEST_VOLUME)),
    Column("condition", String(LONGEST_NOTE)),
    Column("note", String(LONGEST_NOTE)),
    Column("staff_note", String(LONGEST_NOTE)),
    Column("keep_reason", String(LONGEST_NOTE)),
    Column("external_id", String(LONGEST_EXTERNAL_ID)),
    Column("external_key", String(2 * LONGEST_EXTERNAL_ID), index=True),
    Column("suppressed", Boolean, nullable=False, server_default=false()),
    Column("bound_with", Many(code=UUID), nullable=False, server_default=_NONE),
    Column("tags", Many, nullable=False, server_default=_NONE),
    Column("attributes", Many(Attribute), nullable=False, server_default=_NONE),
    Column("price_amount", BigInteger),
    Column("price_currency", String(3)),
    Column("status", words(CopyStatus), nullable=False),
    Column("status_since", UtcDateTime, nullable=False),
    Column("status_reason", String(LONGEST_REASON)),
    Column("status_by", String(LONGEST_ACTOR)),
    Column("last_seen_at", UtcDateTime),
    Column("added_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    *place_columns(),
    UniqueConstraint("barcode_key"),
)
Index("uq_copies_number", copies.c.number, unique=True)
Index("ix_copies_shelf", copies.c.branch, copies.c.shelf_mark_key)
Index("ix_copies_shelf_mark_key", copies.c.shelf_mark_key)
Index("ix_copies_book_id", copies.c.book_id, copies.c.copy_id)
IS_MISSING = copies.c.status == literal_column(f"'{CopyStatus.MISSING}'")
Index(
    "ix_copies_missing", copies.c.status_since, copies.c.copy_id, postgresql_where=IS_MISSING, sqlite_where=IS_MISSING
)
HAS_TAGS = copies.c.tags != literal_column("'[]'")
Index("ix_copies_tagged", copies.c.copy_id, postgresql_where=HAS_TAGS, sqlite_where=HAS_TAGS)
HAS_ATTRIBUTES = copies.c.attributes != literal_column("'[]'")
Index("ix_copies_described", copies.c.copy_id, postgresql_where=HAS_ATTRIBUTES, sqlite_where=HAS_ATTRIBUTES)
IS_SHOWN = and_(
    copies.c.suppressed.is_(False),
    copies.c.status.not_in([literal_column(f"'{status}'") for status in CopyStatus if not status.public]),
)
"""A copy that the public is shown, if it is shown the book."""
_IS_ELSEWHERE = copies.c.permanent_branch.is_not(None)
Index("ix_copies_permanent", copies.c.permanent_branch, postgresql_where=_IS_ELSEWHERE, sqlite_where=_IS_ELSEWHERE)
ENDS = copies.c.temporary_until.is_not(None)
Index("ix_copies_temporary", copies.c.temporary_until, postgresql_where=ENDS, sqlite_where=ENDS)

bound_copies = Table(
    "bound_copies",
    metadata,
    Column("book_id", Uuid, ForeignKey(books.c.book_id), primary_key=True),
    Column("copy_id", Uuid, ForeignKey(copies.c.copy_id, ondelete="CASCADE"), primary_key=True, index=True),
    comment="Finds copies by what copies.bound_with says; written anew with each change of it.",
)

circulation = Table(
    "circulation",
    metadata,
    Column("copy_id", Uuid, primary_key=True),
    Column("availability", words(Availability), nullable=False),
    Column("due_at", UtcDateTime),
    Column("transit_to", String(LONGEST_CODE)),
    Column("sequence", BigInteger, nullable=False),
    Column("stands_why", words(StandsWhy), nullable=False, server_default=StandsWhy.HOME),
    Column("stands_branch", String(LONGEST_CODE)),
    Column("stands_since", UtcDateTime),
    Column("scanned_at", UtcDateTime),
    Column("loans", Integer, nullable=False, server_default=text("0")),
    Column("lent_at", UtcDateTime),
    comment="What circulation last said of each copy; no foreign key, because it may know a copy that is not here.",
)
IS_AWAY = or_(
    circulation.c.availability != literal_column(f"'{Availability.AVAILABLE}'"),
    circulation.c.stands_why != literal_column(f"'{StandsWhy.HOME}'"),
)
"""Not simply at home. With literals, not parameters, so that the planner can match the partial index."""
Index("ix_circulation_away", circulation.c.copy_id, postgresql_where=IS_AWAY, sqlite_where=IS_AWAY)
HAS_FLOATED = circulation.c.stands_why == literal_column(f"'{StandsWhy.FLOATED}'")
Index("ix_circulation_floated", circulation.c.stands_branch, postgresql_where=HAS_FLOATED, sqlite_where=HAS_FLOATED)

stock = Table(
    "stock",
    metadata,
    Column("book_id", Uuid, ForeignKey(books.c.book_id, ondelete="CASCADE"), primary_key=True),
    *(
        Column(name, Integer, nullable=False)
        for name in ("copies", "lendable", "available", "on_loan", "on_hold_shelf")
    ),
    *(Column(name, Integer, nullable=False, server_default=text("0")) for name in ("requested", "hidden_copies")),
    Column("branches", PerBranch),
    Column("loans", Integer, nullable=False, server_default=text("0")),
    Column("shelf_key", _FILED, nullable=False, server_default=text(f"'{NO_SHELF_MARK}'")),
    Column("copy_terms", Text),
    Column("has_strays", Boolean, nullable=False, server_default=text("false")),
    comment="The copies of each book, counted: what copies and circulation say together.",
    postgresql_with={"fillfactor": 70},  # most changes of a row change no index
)
Index("ix_stock_loans", stock.c.loans, stock.c.book_id)
Index("ix_stock_shelf_key", stock.c.shelf_key, stock.c.book_id)

_mappers = registry(metadata=metadata)
_PRICE = ("price_amount", "price_currency")


def _record_of(kind: Callable[..., object], table: Table, names: Sequence[str]) -> dict[str, Any]:
    """Return the properties of an entity whose `record` has these columns."""
    columns = {f"_{name}": table.c[name] for name in names}
    return {"record": composite(kind, *columns.values()), **columns}


def _of_a_copy() -> dict[str, Any]:
    return {
        "id": copies.c.copy_id,
        "price": composite(Money, *(copies.c[name] for name in _PRICE), return_none_on=all_none),
        **{f"_{name}": copies.c[name] for name in _PRICE},
        **place_properties(copies),
    }


def map_model() -> None:
    """Map the model. Call it once per process, before the first session; calling again does nothing."""
    if _mappers.mappers:
        return
    BookRecord.__composite_values__ = values_of  # type: ignore[attr-defined]  # SQLAlchemy asks values for their columns
    # A number that the database has given is read where it is shown.
    versioned = {"version_id_generator": False, "eager_defaults": False}
    _mappers.map_imperatively(
        Book,
        books,
        version_id_col=books.c.version,
        **versioned,
        properties={
            "id": books.c.book_id,
            "index_terms": deferred(books.c.index_terms),
            "changed_at": books.c.changed_at,
            **_record_of(record_of, books, RECORD_COLUMNS),
        },
    )
    _mappers.map_imperatively(Copy, copies, version_id_col=copies.c.version, **versioned, properties=_of_a_copy())
    _mappers.map_imperatively(Branch, branches, version_id_col=branches.c.version, **versioned)
    of_authorities = _record_of(AuthorityRecord, authorities, AUTHORITY_FIELDS)
    _mappers.map_imperatively(
        Authority,
        authorities,
        version_id_col=authorities.c.version,
        **versioned,
        properties={"id": authorities.c.authority_id, **of_authorities},
    )
    for kind in (Book, Copy, Authority):
        event.listen(kind, "load", _begin_events)
    configure_mappers()


def _begin_events(loaded: Book | Copy | Authority, context: object) -> None:  # noqa: ARG001 - SQLAlchemy calls it so
    """Give a loaded entity the list of events that the constructor gives a new one."""
    loaded._events = []  # noqa: SLF001 - loading is a kind of construction
