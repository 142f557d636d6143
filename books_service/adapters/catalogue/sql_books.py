"""The catalogue, the stock, the branches and circulation's word, on tables."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, delete, insert, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.adapters.sql_tables import book_identifiers, books, branches, circulation, stock
from books_service.adapters.stock.sql_stock import SqlStock
from books_service.application.catalogue.views import AvailabilityView
from books_service.application.ports import ReportedAvailability
from books_service.domain.catalogue.book import Book, BookAdded, BookEvent, BookNotFound, BookRevised
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.search.index_term import spelt_words
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.branch import Branch, branch_key
from books_service.domain.stock.copy import Copy, CopyEvent, CopyNotFound

Seen = Callable[[Book | Copy], None]
"""Told of everything that a transaction has in hand, so that its events can be collected."""


def _keep_newer(insert: Callable[..., Any]) -> Executable:
    """Return the statement that keeps a row of news if it is newer than what is there; made once for each database."""
    news = insert(circulation)
    reported = {name: news.excluded[name] for name in ("availability", "due_at", "sequence")}
    newer = circulation.c.sequence < news.excluded.sequence
    statement: Executable = news.on_conflict_do_update(index_elements=["copy_id"], set_=reported, where=newer)
    return statement


_KEEP_NEWER = {"sqlite": _keep_newer(sqlite.insert), "postgresql": _keep_newer(postgresql.insert)}


_NEW_WORDS = {
    "sqlite": text("INSERT OR IGNORE INTO known_words (word) SELECT value FROM json_each(:words)"),
    "postgresql": text(
        "INSERT INTO known_words (word) SELECT value FROM json_array_elements_text(CAST(:words AS json))"
        " ON CONFLICT DO NOTHING"
    ),
}


class SqlBooks:
    """Implements `ports.Books`."""

    def __init__(self, session: AsyncSession, seen: Seen) -> None:
        self._session = session
        self._seen = seen

    def add(self, book: Book) -> None:
        self._session.add(book)
        self._seen(book)

    async def get(self, book_id: UUID) -> Book:
        book = await self._session.get(Book, book_id)
        if book is None:
            raise BookNotFound
        self._seen(book)
        return book

    async def remove(self, book: Book) -> None:
        await self._session.delete(book)

    async def availability_of(self, book_id: UUID) -> AvailabilityView:
        counts = [stock.c[field.name] for field in fields(AvailabilityView)]
        row = (await self._session.execute(select(*counts).where(stock.c.book_id == book_id))).first()
        return AvailabilityView() if row is None else AvailabilityView(*row)

    async def id_of(self, isbn: Isbn) -> UUID | None:
        return await self._session.scalar(select(books.c.book_id).where(books.c.isbn == isbn))

    async def identified(self, keys: Sequence[str]) -> Mapping[str, Sequence[Book]]:
        query = (
            select(book_identifiers.c.key, Book)
            .join_from(book_identifiers, books)
            .where(book_identifiers.c.key.in_(keys))
            .order_by(books.c.book_id)
        )
        found: dict[str, list[Book]] = {}
        for key, book in (await self._session.execute(query)) if keys else ():
            found.setdefault(key, []).append(book)
            self._seen(book)
        return found

    async def file_identifiers(self, events: Sequence[BookEvent | CopyEvent]) -> None:
        """Let the books that `events` tell of be found by their identifiers of now."""
        added = {event.book.id: event.book for event in events if isinstance(event, BookAdded)}
        revised = {
            event.book.id: event.book
            for event in events
            if isinstance(event, BookRevised) and event.before.identifiers != event.book.record.identifiers
        }
        if revised:
            await self._session.execute(delete(book_identifiers).where(book_identifiers.c.book_id.in_(revised)))
        rows = [
            {"key": key, "book_id": book.id}
            for book in (added | revised).values()
            for key in sorted({identifier.key for identifier in book.record.identifiers})
        ]
        if rows:
            await self._session.execute(insert(book_identifiers), rows)

    async def note_words(self, events: Sequence[BookEvent | CopyEvent]) -> None:
        """Know the words of new titles and authors. In one order for all, so that nobody waits in a circle."""
        words = {
            word
            for event in events
            if isinstance(event, BookAdded | BookRevised)
            for word in spelt_words(event.book.record)
        }
        if words:
            statement = _NEW_WORDS[self._session.get_bind().dialect.name]
            await self._session.execute(statement, {"words": json.dumps(sorted(words))})

    async def like(self, records: Sequence[BookRecord]) -> Sequence[Book]:
        if not records:
            return ()
        isbns = {record.isbn for record in records if record.isbn is not None}
        keys = {record.match_key for record in records}
        query = select(Book).where(or_(books.c.isbn.in_(isbns), books.c.match_key.in_(keys)))
        found = (await self._session.scalars(query)).all()
        for book in found:
            self._seen(book)
        return found


class SqlCopies:
    """Implements `ports.Copies`."""

    def __init__(self, session: AsyncSession, seen: Seen) -> None:
        self._session = session
        self._seen = seen

    def add(self, copy: Copy) -> None:
        self._session.add(copy)
        self._seen(copy)

    async def get(self, copy_id: UUID) -> Copy:
        copy = await self._session.get(Copy, copy_id)
        if copy is None:
            raise CopyNotFound
        self._seen(copy)
        return copy


class SqlBranches:
    """Implements `ports.Branches`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, branch: Branch) -> None:
        self._session.add(branch)

    async def find(self, code: str) -> Branch | None:
        query = select(Branch).where(branches.c.key == branch_key(code))
        return (await self._session.scalars(query)).one_or_none()


class SqlCirculation:
    """Implements `ports.Circulation`."""

    def __init__(self, session: AsyncSession, stock: SqlStock) -> None:
        self._session = session
        self._stock = stock

    async def keep(self, reports: Sequence[ReportedAvailability]) -> None:
        in_one_order = sorted(reports, key=lambda reported: reported.copy_id)  # for all, so that nobody deadlocks
        rows = [
            {
                "copy_id": reported.copy_id,
                "availability": reported.availability.availability,
                "due_at": reported.availability.due_at,
                "sequence": reported.sequence,
            }
            for reported in in_one_order
        ]
        await self._session.execute(_KEEP_NEWER[self._session.get_bind().dialect.name], rows)
        self._stock.changed.update(reported.copy_id for reported in reports)

    async def of(self, copy_id: UUID) -> CopyAvailability | None:
        query = select(circulation.c.availability, circulation.c.due_at).where(circulation.c.copy_id == copy_id)
        row = (await self._session.execute(query)).first()
        return None if row is None else CopyAvailability(row.availability, row.due_at)
