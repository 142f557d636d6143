"""Books as they are shown, by plain selects: one statement a question, however long the list."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, String, bindparam, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.application.catalogue.history import CatalogueChange, FieldChange
from books_service.application.catalogue.views import (
    AvailabilityView,
    BookAvailability,
    BookView,
    RelationView,
    other_forms_of,
)
from books_service.domain.catalogue.book import BookNotFound, MergedIntoAnother
from books_service.domain.catalogue.copy_counts import CopyCounts
from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.viewer import PUBLIC, STAFF, Viewer
from books_service.persistence.catalogue.book_rows import identifiers_of, isbns_of, languages_of
from books_service.persistence.catalogue.relations import IS_RELATED, RELATED
from books_service.persistence.past_tables import changes, gone_books
from books_service.persistence.tables import books, stock
from books_service.persistence.types import Many
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database

COUNTS: tuple[ColumnElement[Any], ...] = (
    *(
        func.coalesce(stock.c[field.name], 0).label(field.name)
        for field in fields(CopyCounts)
        if field.name != "branches"
    ),
    stock.c.branches,
)
BOOK = select(
    *(column for column in books.c if column.name not in ("isbn", "language", "further_languages", "index_terms")),
    *(type_coerce(books.c[name], String).label(name) for name in ("isbn", "language")),
    type_coerce(books.c.further_languages, Many).label("further_languages"),
    *COUNTS,
).join_from(books, stock, isouter=True)


def _survivor() -> Select[tuple[UUID]]:
    """Return the statement that finds what a book was merged into; that may have been merged itself, and so on."""
    step = select(gone_books.c.into_id).where(gone_books.c.book_id == bindparam("book_id"))
    steps = step.cte("steps", recursive=True)
    further = select(gone_books.c.into_id).join_from(gone_books, steps, gone_books.c.book_id == steps.c.into_id)
    steps = steps.union(further)
    return select(books.c.book_id).join_from(books, steps, books.c.book_id == steps.c.into_id)


_SURVIVOR = _survivor()
_IS_RELATED = IS_RELATED.label("is_related")


class BookQueries:
    """Fetches books as they are shown."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(BookNotFound, MergedIntoAnother)
    async def book(self, book_id: UUID, viewer: Viewer = PUBLIC) -> BookView:
        """Raises BookNotFound, also for what `viewer` is not shown.

        Of a merged book, raises MergedIntoAnother with the book that the catalogue has in its place at last.
        """
        row: Any = await self._database.first(BOOK.add_columns(_IS_RELATED).where(books.c.book_id == book_id))
        if row is not None:
            if row.hidden and not viewer.sees_hidden:
                raise BookNotFound
            related = await self._database.rows(RELATED, of_book=book_id) if row.is_related else ()
            return replace(book_view(row, viewer), relations=relations_of(related, viewer))
        async with self._database.reading() as connection:
            raise await not_there(connection, book_id)

    async def availability(self, book_ids: Sequence[UUID], viewer: Viewer = PUBLIC) -> list[BookAvailability]:
        """Return the availability of the existing ones of these books, in the order asked."""
        query = select(books.c.book_id, *COUNTS).join_from(books, stock, isouter=True)
        rows = await self._database.rows(query.where(books.c.book_id.in_(book_ids), *shown_to(viewer)))
        found = {row.book_id: BookAvailability(row.book_id, availability_view(row, viewer)) for row in rows}
        return [found[book_id] for book_id in dict.fromkeys(book_ids) if book_id in found]


async def not_there(connection: AsyncConnection, book_id: UUID) -> BookNotFound:
    """Return why there is no such book: it was merged into another one, or never was there."""
    into: Any = (await connection.execute(_SURVIVOR, {"book_id": book_id})).scalar()
    return BookNotFound() if into is None else MergedIntoAnother(into=into)


def shown_to(viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the books that `viewer` is shown."""
    return () if viewer.sees_hidden else (books.c.hidden.is_(False),)


def availability_view(row: Row[Any], viewer: Viewer) -> AvailabilityView:
    """Return the counts that a row with `COUNTS` shows."""
    return from_attributes(row, AvailabilityView).shown_to(viewer)


def book_view(row: Row[Any], viewer: Viewer) -> BookView:
    """Return a book as a row of `BOOK` shows it."""
    hyphenated, isbn10 = other_forms_of(row.isbn)
    return from_attributes(
        row,
        BookView,
        isbns=isbns_of(row.isbn, row.identifiers),
        identifiers=identifiers_of(row.identifiers),
        languages=languages_of(row.language, row.further_languages),
        suppressed=bool(row.suppressed),
        availability=availability_view(row, viewer),
        isbn_hyphenated=hyphenated,
        isbn10=isbn10,
        relations=None,
    )


def relations_of(rows: Sequence[Row[Any]], viewer: Viewer = STAFF) -> tuple[RelationView, ...]:
    """Return the relations that rows of `RELATED` show, without those to books that `viewer` is not shown."""
    shown = (row for row in rows if viewer.sees_hidden or not row.hidden)
    return tuple(RelationView(RelationKind(row.kind), row.other_id, row.title, row.label) for row in shown)


class BookHistory:
    """Fetches what was done to a book."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(BookNotFound)
    async def of_book(self, book_id: UUID, *, before: int | None, limit: int) -> list[CatalogueChange]:
        """Return up to `limit` changes before the place `before`, newest first, even of a book that is gone.

        Raises BookNotFound.
        """
        found = await changes_of(self._database, book_id, before=before, limit=limit)
        if not found and await self._database.first(select(books.c.book_id).where(books.c.book_id == book_id)) is None:
            raise BookNotFound
        return found


async def changes_of(database: Database, thing_id: UUID, *, before: int | None, limit: int) -> list[CatalogueChange]:
    """Return up to `limit` changes of a book or a copy before the place `before`, newest first."""
    rows = await database.rows(page_of_changes(thing_id, before, limit))
    return [
        CatalogueChange(row.sequence, row.at, row.by, row.act, tuple(FieldChange(**one) for one in row.changed))
        for row in rows
    ]


def page_of_changes(thing_id: UUID, before: int | None, limit: int) -> Select[Any]:
    """Return the statement that lists what was done to a thing, newest first."""
    page = select(changes).where(changes.c.thing_id == thing_id).order_by(changes.c.sequence.desc()).limit(limit)
    return page if before is None else page.where(changes.c.sequence < before)
