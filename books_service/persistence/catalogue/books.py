"""The catalogue, on tables."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from books_service.domain.catalogue.book import (
    Book,
    BookAdded,
    BookEvent,
    BookHasCopies,
    BookMerged,
    BookNotFound,
    BookRemoved,
    BookRevised,
)
from books_service.domain.catalogue.copy_counts import NO_COPIES, CopyCounts
from books_service.domain.catalogue.heading import headings_of
from books_service.domain.catalogue.index_term import spelt_words
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.past import PastEntry
from books_service.domain.catalogue.record import BookRecord
from books_service.persistence.history import past_of
from books_service.persistence.import_tables import sought_books
from books_service.persistence.past_tables import gone_books
from books_service.persistence.tables import book_identifiers, books, headings, source_records, stock
from shared.persistence.work import out_of_date

Track = Callable[[Book], None]
"""Called with every book that a transaction has in hand, so that its events can be collected."""


_NEW_WORDS = {
    "sqlite": text("INSERT OR IGNORE INTO known_words (word) SELECT value FROM json_each(:words)"),
    "postgresql": text(
        "INSERT INTO known_words (word) SELECT value FROM json_array_elements_text(CAST(:words AS json))"
        " ON CONFLICT DO NOTHING"
    ),
}


_COUNT_HEADINGS = {
    "sqlite": text(
        "INSERT INTO headings (kind, key, heading, books) SELECT value ->> 'kind', value ->> 'key',"
        " value ->> 'heading', value ->> 'books' FROM json_each(:rows) WHERE true"
        " ON CONFLICT (kind, key) DO UPDATE SET books = headings.books + excluded.books"
    ),
    "postgresql": text(
        "INSERT INTO headings (kind, key, heading, books) SELECT kind, key, heading, books FROM json_to_recordset("
        "CAST(:rows AS json)) AS rows (kind text, key text, heading text, books integer)"
        " ON CONFLICT (kind, key) DO UPDATE SET books = headings.books + excluded.books"
    ),
}


_FILE_OWN_ISBNS = text(
    "INSERT INTO book_identifiers (key, book_id)"
    " SELECT 'isbn::' || isbn, book_id FROM books WHERE isbn IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM book_identifiers AS known"
    " WHERE known.key = 'isbn::' || books.isbn AND known.book_id = books.book_id)"
    " ON CONFLICT DO NOTHING"
)


class Books:
    """The books of the catalogue."""

    def __init__(self, session: AsyncSession, track: Track) -> None:
        self._session = session
        self._track = track
        self._put_aside: dict[UUID, Any] = {}
        self._numbers: dict[UUID, int] = {}
        self._hidden: set[UUID] = set()

    def add(self, book: Book) -> None:
        self._session.add(book)
        self._track(book)

    async def get(self, book_id: UUID) -> Book:
        """Raises BookNotFound."""
        book = await self._session.get(Book, book_id)
        if book is None:
            raise BookNotFound
        self._track(book)
        return book

    async def some(self, book_ids: Collection[UUID]) -> Sequence[Book]:
        """Return those of these books that are still there, locked until the end. In one order for all."""
        query = select(Book).where(books.c.book_id.in_(book_ids)).order_by(books.c.book_id).with_for_update()
        found = (await self._session.scalars(query)).all()
        for book in found:
            self._track(book)
        return found

    async def remove(self, book: Book) -> None:
        """Take it out, with its identifiers; its source record is kept, in case that it comes back."""
        query = select(source_records).where(source_records.c.book_id == book.id)
        for row in await self._session.execute(query):
            self._put_aside[book.id] = {"leader": row.leader, "fields": row.fields}
        self._numbers[book.id] = book.number
        await self._session.delete(book)

    async def past(self, book_id: UUID) -> Sequence[PastEntry]:
        """Return all entries of the history of a book, newest first."""
        return await past_of(self._session, book_id)

    async def give_way(self, book: Book, other: Book) -> None:
        """Delete it now, so that `other` may take its ISBN, and its source record if it has none.

        Raises BookHasCopies.
        """
        await self.lock({book.id, other.id})
        try:
            await self._session.flush()  # its copies belong to another book by now
        except StaleDataError as error:
            raise out_of_date() from error
        of_other = select(source_records.c.book_id).where(source_records.c.book_id == other.id)
        handed_on = update(source_records).where(source_records.c.book_id == book.id, ~of_other.exists())
        if (await self._session.execute(handed_on.values(book_id=other.id))).rowcount:  # type: ignore[attr-defined]  # an UPDATE has one
            named = update(sought_books).where(sought_books.c.book_id == book.id)
            await self._session.execute(named.values(book_id=other.id))
        self._numbers[book.id] = book.number
        await self._session.delete(book)
        try:
            await self._session.flush()  # before another book takes the ISBN
        except IntegrityError as error:
            raise BookHasCopies from error
        except StaleDataError as error:
            raise out_of_date() from error

    async def lock(self, book_ids: Collection[UUID]) -> None:
        """Lock these books against changes and new copies. In one order for all, and before their copies."""
        locked = select(books.c.book_id).where(books.c.book_id.in_(book_ids)).order_by(books.c.book_id)
        await self._session.execute(locked.with_for_update())

    async def availability_of(self, book_id: UUID) -> CopyCounts:
        """Return how many copies of a book there are and can be had."""
        counts = [stock.c[field.name] for field in fields(CopyCounts)]
        row = (await self._session.execute(select(*counts).where(stock.c.book_id == book_id))).first()
        return NO_COPIES if row is None else CopyCounts(*row)

    async def having(self, isbns: Collection[Isbn]) -> Mapping[Isbn, Sequence[tuple[UUID, bool]]]:
        """Return for each of these ISBNs the books that have it, and of which of them it is the main one."""
        found: dict[Isbn, list[tuple[UUID, bool]]] = {isbn: [] for isbn in isbns}
        by_key = {isbn.key: isbn for isbn in isbns}
        query = select(book_identifiers.c.key, books.c.book_id, books.c.isbn).join_from(book_identifiers, books)
        query = query.where(book_identifiers.c.key.in_(by_key))
        for key, book_id, main in (await self._session.execute(query)) if by_key else ():
            found[by_key[key]].append((book_id, main == by_key[key]))
        return found

    async def identified(self, keys: Sequence[str]) -> Mapping[str, Sequence[Book]]:
        """Return the books that have one of these identifiers (`Identifier.key`), oldest first, by that key."""
        query = (
            select(book_identifiers.c.key, Book)
            .join_from(book_identifiers, books)
            .where(book_identifiers.c.key.in_(keys))
            .order_by(books.c.book_id)
        )
        found: dict[str, list[Book]] = {}
        for key, book in (await self._session.execute(query)) if keys else ():
            found.setdefault(key, []).append(book)
            self._track(book)
        return found

    async def lock_changed(self, book_ids: Collection[UUID]) -> Collection[UUID]:
        """Lock the books that are to be marked as changed, in one order for all; return them."""
        if book_ids:
            locked = select(books.c.book_id, books.c.hidden).where(books.c.book_id.in_(book_ids))
            rows = await self._session.execute(locked.order_by(books.c.book_id).with_for_update(key_share=True))
            self._hidden |= {row.book_id for row in rows if row.hidden}
        return book_ids

    async def give_up_isbns(self, book_ids: Collection[UUID]) -> None:
        """Take the ISBNs from these books now, so that others in this transaction may have them in any order."""
        if book_ids:
            without = update(books).where(books.c.book_id.in_(book_ids)).values(isbn=None)
            await self._session.execute(without, execution_options={"synchronize_session": False})

    async def file(self, events: Sequence[BookEvent]) -> None:
        """Index the books of `events` by their present identifiers and words, and record which are gone."""
        await self._file_identifiers(events)
        await self._note_words(events)
        gone = [
            {
                "book_id": event.book.id,
                "gone_at": event.at,
                "into_id": getattr(event, "into", None),
                "source": self._put_aside.get(event.book.id),
                "number": self._numbers.get(event.book.id),
            }
            for event in events
            if isinstance(event, BookRemoved | BookMerged)
        ]
        if gone:
            await self._session.execute(insert(gone_books), gone)

    async def _file_identifiers(self, events: Sequence[BookEvent]) -> None:
        added = {event.book.id: event.book for event in events if isinstance(event, BookAdded)}
        revised = {
            event.book.id: event.book
            for event in events
            if isinstance(event, BookRevised) and event.before.keys != event.book.record.keys
        }
        if revised:
            await self._session.execute(delete(book_identifiers).where(book_identifiers.c.book_id.in_(revised)))
        rows = [
            {"key": key, "book_id": book.id} for book in (added | revised).values() for key in sorted(book.record.keys)
        ]
        if rows:
            await self._session.execute(insert(book_identifiers), rows)

    async def _note_words(self, events: Sequence[BookEvent]) -> None:
        """Add the words of new titles and authors. In one order for all, so that there is no deadlock."""
        words = {
            word
            for event in events
            if isinstance(event, BookAdded | BookRevised)
            for word in spelt_words(event.book.record)
        }
        if words:
            statement = _NEW_WORDS[self._session.get_bind().dialect.name]
            await self._session.execute(statement, {"words": json.dumps(sorted(words))})

    async def note_hidden(self, events: Sequence[BookEvent]) -> None:
        """Note which books that are removed were hidden, before their rows go."""
        if gone := [event.book.id for event in events if isinstance(event, BookRemoved | BookMerged)]:
            await self.lock_changed(gone)

    async def count_headings(self, events: Sequence[BookEvent], turned: Mapping[UUID, bool]) -> None:
        """Count anew the books of each heading that the public sees: in one order for all, to have no deadlock.

        The books of `turned` were just hidden or shown again.
        """
        more, names = Counter[tuple[str, str]](), dict[tuple[str, str], str]()
        for book_id, before, after in await self._records(events, turned):
            was_hidden = book_id in self._hidden
            is_hidden = turned.get(book_id, was_hidden)
            for record, number in ((None if was_hidden else before, -1), (None if is_hidden else after, 1)):
                found = {} if record is None else headings_of(record)
                names |= found
                more.update(dict.fromkeys(found, number))
        changed = {heading: number for heading, number in sorted(more.items()) if number}
        rows = [
            {"kind": kind, "key": key, "heading": names[kind, key], "books": number}
            for (kind, key), number in changed.items()
        ]
        if rows:
            statement = _COUNT_HEADINGS[self._session.get_bind().dialect.name]
            await self._session.execute(statement, {"rows": json.dumps(rows)})
        if gone := [heading for heading, number in changed.items() if number < 0]:
            empty = tuple_(headings.c.kind, headings.c.key).in_(gone), headings.c.books <= 0
            await self._session.execute(delete(headings).where(*empty))

    async def _records(
        self, events: Sequence[BookEvent], turned: Mapping[UUID, bool]
    ) -> list[tuple[UUID, BookRecord | None, BookRecord | None]]:
        """Return what these books say, before and now; None: there was, or is, no such book."""
        found = list[tuple[UUID, BookRecord | None, BookRecord | None]]()
        for event in events:
            before = getattr(event, "before", None) or (None if isinstance(event, BookAdded) else event.book.record)
            found.append(
                (event.book.id, before, event.book.record if isinstance(event, BookAdded | BookRevised) else None)
            )
        if others := turned.keys() - {event.book.id for event in events}:
            self._hidden |= {book_id for book_id in others if not turned[book_id]}
            some = await self._session.scalars(select(Book).where(books.c.book_id.in_(others)))
            found += [(book.id, book.record, book.record) for book in some]
        return found

    async def like(self, records: Sequence[BookRecord]) -> Sequence[Book]:
        """Return the books that share with one of `records` an ISBN, or title, authors and year."""
        if not records:
            return ()
        isbns = {isbn.key for record in records for isbn in record.isbns}
        keys = {record.match_key for record in records}
        numbered = select(book_identifiers.c.book_id).where(book_identifiers.c.key.in_(isbns))
        alike = select(books.c.book_id).where(books.c.match_key.in_(keys))
        query = select(Book).where(books.c.book_id.in_(numbered.union(alike)))  # OR would read all books
        found = (await self._session.scalars(query)).all()
        for book in found:
            self._track(book)
        return found


async def file_own_isbns(connection: AsyncConnection) -> None:
    """Index each book by its ISBN that is not: an older release added it, during an upgrade or after the way back."""
    await connection.execute(_FILE_OWN_ISBNS)
