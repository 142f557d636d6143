"""The catalogue as imports change it, on tables."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import String, delete, insert, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.adapters.catalogue.sql_books import Seen, SqlBooks
from books_service.adapters.sql_tables import book_identifiers, books, source_records
from books_service.application.exchange.ports import SourceRecord
from books_service.domain.catalogue.book import BookEvent
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn
from books_service.domain.catalogue.record import external_key


class SqlExchangeBooks(SqlBooks):
    """Implements `ports.ExchangeBooks`."""

    def __init__(self, session: AsyncSession, seen: Seen) -> None:
        super().__init__(session, seen)
        self._sources: dict[UUID, SourceRecord] = {}

    async def located(self, names: Collection[str]) -> Mapping[str, UUID]:
        isbns, ids, keys = dict[str, str](), dict[UUID, str](), dict[str, str]()
        for name in names:
            kind, _, value = name.partition(":")
            with suppress(ValueError, InvalidIsbn):
                if kind == "isbn":
                    isbns[Isbn.repaired(value).digits] = name
                elif kind == "id":
                    ids[UUID(value)] = name
                else:
                    keys[external_key(value)] = name
        found: dict[str, UUID] = {}
        if isbns or ids:
            query = select(books.c.book_id, type_coerce(books.c.isbn, String)).where(
                or_(type_coerce(books.c.isbn, String).in_(isbns), books.c.book_id.in_(ids))
            )
            for book_id, isbn in await self._session.execute(query):
                found |= {name: book_id for name in (isbns.get(isbn), ids.get(book_id)) if name is not None}
        if keys:
            known = select(book_identifiers).where(book_identifiers.c.key.in_(keys))
            found |= {keys[key]: book_id for key, book_id in await self._session.execute(known)}
        return found

    def keep_sources(self, sources: Mapping[UUID, SourceRecord]) -> None:
        self._sources |= sources

    async def file(self, events: Sequence[BookEvent]) -> None:
        """File the books, and keep the sources, which want their books to be there."""
        await super().file(events)
        if self._sources:
            await self._write_sources(self._sources)

    async def _write_sources(self, sources: Mapping[UUID, SourceRecord]) -> None:
        kept = select(source_records).where(source_records.c.book_id.in_(sources))
        known = {row.book_id: (row.leader, row.fields) for row in await self._session.execute(kept)}
        rows = [
            {"book_id": book_id, "leader": source.leader, "fields": list(source.fields)}
            for book_id, source in sources.items()
            if known.get(book_id) != (source.leader, list(source.fields))
        ]
        if rows:
            changed = {row["book_id"] for row in rows}
            await self._session.execute(delete(source_records).where(source_records.c.book_id.in_(changed)))
            await self._session.execute(insert(source_records), rows)
