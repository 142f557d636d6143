"""The records of the catalogue in their order, batch by batch, by plain selects that hold nothing in between."""

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.persistence.import_tables import source_records
from books_service.persistence.tables import HAS_FLOATED, books, circulation, copies
from books_service.application.exchange.ports import BookRecords, ExportedBook, SourceRecord
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.stock.copy_record import CopyRecord
from books_service.domain.stock.money import Money
from shared.persistence.database import Database

RECORD = tuple(books.c[field.name] for field in fields(BookRecord))
_RECORDS = select(books.c.book_id, *RECORD).order_by(books.c.book_id)
_OF_COPIES = tuple(each.name for each in fields(CopyRecord) if each.name != "price")


class BookRecords:
    """Implements `ports.BookRecords`. Ids grow with time, so their order is that in which the books were added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def behind(self, book_id: UUID | None, *, limit: int) -> Sequence[tuple[UUID, ExportedBook]]:
        query = _RECORDS.limit(limit)
        if book_id is not None:
            query = query.where(books.c.book_id > book_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            return list((await _of_rows(connection, rows)).items())


class CountedRecords:
    """Counts the records that are fetched through it."""

    def __init__(self, records: BookRecords) -> None:
        self._records = records
        self.count = 0

    async def behind(self, book_id: UUID | None, *, limit: int) -> Sequence[tuple[UUID, ExportedBook]]:
        found = await self._records.behind(book_id, limit=limit)
        self.count += len(found)
        return found


async def exported(connection: AsyncConnection, book_ids: Collection[UUID]) -> dict[UUID, ExportedBook]:
    """Return these books as they are shown to other systems, with where their copies stand by now."""
    if not book_ids:
        return {}
    rows = (await connection.execute(_RECORDS.where(books.c.book_id.in_(book_ids)))).all()
    elsewhere = (
        select(copies.c.barcode_key, circulation.c.stands_branch)
        .join_from(copies, circulation, circulation.c.copy_id == copies.c.copy_id)
        .where(copies.c.book_id.in_(book_ids), HAS_FLOATED, circulation.c.stands_branch != copies.c.branch)
    )
    standing = {row.barcode_key: row.stands_branch for row in await connection.execute(elsewhere)}
    found = await _of_rows(connection, rows)
    return {book_id: replace(book, standing=standing) for book_id, book in found.items()}


async def _of_rows(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[UUID, ExportedBook]:
    ids = [row[0] for row in rows]
    held = select(copies).where(copies.c.book_id.in_(ids)).order_by(copies.c.copy_id)
    copies_of: dict[UUID, list[CopyRecord]] = {}
    for row in await connection.execute(held):
        copies_of.setdefault(row.book_id, []).append(_copy(row))
    kept = await connection.execute(select(source_records).where(source_records.c.book_id.in_(ids)))
    sources = {row.book_id: SourceRecord(row.leader, tuple(row.fields)) for row in kept}
    found: dict[UUID, ExportedBook] = {}
    for row in rows:
        book_id, *record = row
        held_here = tuple(copies_of.get(book_id, ()))
        found[book_id] = ExportedBook(BookRecord(*record), held_here, sources.get(book_id), book_id)
    return found


def _copy(row: Row[Any]) -> CopyRecord:
    price = None if row.price_amount is None else Money(row.price_amount, row.price_currency)
    return CopyRecord(**{name: getattr(row, name) for name in _OF_COPIES}, price=price)
