"""The catalogue as imports change it, on tables."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.catalogue.book import Book, BookEvent, MergedIntoAnother
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn, bearer
from books_service.domain.catalogue.past import BookNotRemoved
from books_service.domain.catalogue.record import external_key
from books_service.domain.exchange.record_links import links_of
from books_service.domain.exchange.source_record import SourceRecord
from books_service.persistence.catalogue.books import Books, Track
from books_service.persistence.import_tables import sought_books
from books_service.persistence.past_tables import gone_books
from books_service.persistence.tables import book_identifiers, books, source_records


class ExchangeBooks(Books):
    """The books of the catalogue, as imports change them."""

    def __init__(self, session: AsyncSession, track: Track) -> None:
        super().__init__(session, track)
        self._sources: dict[UUID, SourceRecord | None] = {}
        self._sources_before: list[tuple[str, Any, str]] = []

    async def located(self, names: Collection[str]) -> Mapping[str, UUID]:
        """Return the books with these names: `isbn:…`, `id:…` or `external:…`."""
        isbns, ids, keys = dict[str, Isbn](), dict[str, UUID](), dict[str, str]()
        for name in names:
            kind, _, value = name.partition(":")
            with suppress(ValueError, InvalidIsbn):
                if kind == "isbn":
                    isbns[name] = Isbn.repaired(value)
                elif kind == "id":
                    ids[name] = UUID(value)
                else:
                    keys[name] = external_key(value)
        found: dict[object, UUID] = {}
        if ids:
            found |= {book_id: book.id for book_id, book in (await self.survivors({*ids.values()})).items()}
        if keys:
            query = select(book_identifiers).where(book_identifiers.c.key.in_({*keys.values()}))
            found |= {row.key: row.book_id for row in await self._session.execute(query)}
        named = {isbn: bearer(having) for isbn, having in (await self.having({*isbns.values()})).items()}
        found |= {isbn: book_id for isbn, book_id in named.items() if book_id is not None}
        return {name: found[key] for name, key in (isbns | ids | keys).items() if key in found}

    async def survivors(self, book_ids: Collection[UUID]) -> Mapping[UUID, Book]:
        """Return the books with these ids; for a merged one, the book that is in its place at last."""
        place = {book_id: book_id for book_id in book_ids}
        found: dict[UUID, Book] = {}
        while missing := {now for now in place.values() if now not in found}:
            query = select(Book).where(books.c.book_id.in_(missing))
            for book in await self._session.scalars(query):
                self._track(book)
                found[book.id] = book
            gone = select(gone_books.c.book_id, gone_books.c.into_id).where(
                gone_books.c.book_id.in_(missing - found.keys()), gone_books.c.into_id.is_not(None)
            )
            into = {row.book_id: row.into_id for row in await self._session.execute(gone)}
            place = {one: into.get(now, now) for one, now in place.items() if now in found or now in into}
        return {one: found[now] for one, now in place.items()}

    async def sources_of(self, book_ids: Collection[UUID]) -> Mapping[UUID, SourceRecord]:
        """Return how those of these books came in that came as MARC."""
        query = select(source_records).where(source_records.c.book_id.in_(book_ids))
        rows = await self._session.execute(query)
        return {row.book_id: SourceRecord(row.leader, tuple(row.fields)) for row in rows}

    async def take_back(self, book_id: UUID) -> int | None:
        """Forget that this book is gone, and store again how it came in. Raises MergedIntoAnother.

        Returns the number that it had, if that is known.

        Raises BookNotRemoved if somebody else has just brought it back.
        """
        taken = delete(gone_books).where(gone_books.c.book_id == book_id)
        columns = gone_books.c.into_id, gone_books.c.source, gone_books.c.number
        row = (await self._session.execute(taken.returning(*columns))).first()
        if row is None:
            raise BookNotRemoved
        if row.into_id is not None:
            raise MergedIntoAnother(into=row.into_id)
        if row.source is not None:
            self.keep_sources({book_id: SourceRecord(row.source["leader"], tuple(row.source["fields"]))})
        number: int | None = row.number
        return number

    def keep_sources(self, sources: Mapping[UUID, SourceRecord]) -> None:
        """Store how these books came in, in place of what was stored of them before."""
        self._sources |= sources

    def sources_before(self) -> list[tuple[str, Any, str]]:
        """Return what was stored of books before this transaction stored another source, with a mark of that."""
        return self._sources_before

    async def put_back_sources(self, before: Sequence[tuple[str, Any, str]]) -> None:
        """Store again what was stored of books before these `sources_before`, where that is as it was left then."""
        stored = await self._stored_sources([UUID(book_id) for book_id, _, _ in before])
        for id_, source, mark in before:
            book_id = UUID(id_)
            if book_id in stored and _mark(*stored[book_id]) == mark:
                self._sources[book_id] = None if source is None else SourceRecord(source[0], tuple(source[1]))

    async def remove_all(self, removed: Sequence[Book]) -> None:
        """Take books out whose copies were removed in this transaction. Locks books first, as everywhere."""
        await self.lock({book.id for book in removed})
        await self._session.flush()
        for book in removed:
            await self.remove(book)

    async def _stored_sources(self, book_ids: Collection[UUID]) -> dict[UUID, tuple[str, Any]]:
        if not book_ids:
            return {}
        query = select(source_records).where(source_records.c.book_id.in_(book_ids))
        return {row.book_id: (row.leader, row.fields) for row in await self._session.execute(query)}

    async def lock_changed(self, book_ids: Collection[UUID]) -> Collection[UUID]:
        """Lock also the books whose source has changed: what is not read of it goes out as well."""
        self._sources = await self._changed_among(self._sources)
        return await super().lock_changed({*book_ids, *self._sources})

    async def file(self, events: Sequence[BookEvent]) -> None:
        """Index the books, then store the sources, whose foreign key needs the books, and what these say of others."""
        await super().file(events)
        rows = [
            {"book_id": book_id, "leader": source.leader, "fields": list(source.fields)}
            for book_id, source in self._sources.items()
            if source is not None
        ]
        if self._sources:
            await self._session.execute(delete(source_records).where(source_records.c.book_id.in_(self._sources)))
            await self._session.execute(delete(sought_books).where(sought_books.c.book_id.in_(self._sources)))
        if rows:
            await self._session.execute(insert(source_records), rows)
        sources = {book_id: source for book_id, source in self._sources.items() if source is not None}
        if sought := [row for book_id, source in sources.items() for row in _sought(book_id, source)]:
            await self._session.execute(insert(sought_books), sought)

    async def _changed_among(self, sources: Mapping[UUID, SourceRecord | None]) -> dict[UUID, SourceRecord | None]:
        """Return the sources that differ from what is stored."""
        stored = await self._stored_sources(sources)
        new = {id_: None if one is None else (one.leader, list(one.fields)) for id_, one in sources.items()}
        changed = {id_: source for id_, source in sources.items() if stored.get(id_) != new[id_]}
        self._sources_before = [
            (str(id_), stored.get(id_), _mark(*now)) for id_ in changed if (now := new[id_]) is not None
        ]
        return changed


def _sought(book_id: UUID, source: SourceRecord) -> list[dict[str, Any]]:
    """Return by which keys a record names others."""
    return [
        {"book_id": book_id, "place": place, "rank": rank, "key": key, "kind": link.kind, "label": link.label}
        for place, link in enumerate(links_of(source))
        for rank, key in enumerate(link.keys)
    ]


def _mark(leader: str, fields: Any) -> str:
    text = json.dumps([leader, fields], ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=6).hexdigest()
