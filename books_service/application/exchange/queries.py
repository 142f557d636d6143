"""Whole records for files, harvesters and other catalogues, by plain selects that keep nothing open in between."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Row, Select, and_, func, or_, select, text, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.application.catalogue.queries import not_there
from books_service.application.exchange.ports import ExportedBook, ExportedRelation
from books_service.application.search.queries.statements import Has, SearchCriteria, has_clearly, has_on_sqlite
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.exchange.source_record import SourceRecord
from books_service.domain.search.search import Search
from books_service.domain.stock.copy_record import CopyRecord
from books_service.domain.stock.money import Money
from books_service.domain.viewer import PUBLIC, STAFF, Viewer
from books_service.persistence.catalogue.book_rows import RECORD_COLUMNS, record_of
from books_service.persistence.catalogue.relations import of_books
from books_service.persistence.import_tables import source_records
from books_service.persistence.past_tables import gone_books
from books_service.persistence.stock.copies import places_of
from books_service.persistence.stock.held import held
from books_service.persistence.tables import IS_SHOWN, books, circulation, copies
from shared.kernel.clock import Clock
from shared.persistence.database import Database

RECORD = tuple(books.c[name] for name in RECORD_COLUMNS)
_RECORDS = select(books.c.book_id, *RECORD).order_by(books.c.book_id)
_SPECIAL = ("price", "suppressed", "tags", "attributes")
_OF_COPIES = tuple(each.name for each in fields(CopyRecord) if each.name not in _SPECIAL)
CLOCKS_APART = timedelta(seconds=5)
"""How far apart the clocks of two processes may be that write into one PostgreSQL."""
_OLDEST_WRITER = text(
    """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)
    FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    """
)
"""The age in seconds of the oldest transaction that may write."""


class BookRecords:
    """The records of the whole catalogue. Ids grow with time, so their order is that in which the books were added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def behind(self, book_id: UUID | None, *, limit: int) -> Sequence[tuple[UUID, ExportedBook]]:
        """Return the next `limit` books behind this one, in the order in which they were added."""
        query = _RECORDS.limit(limit)
        if book_id is not None:
            query = query.where(books.c.book_id > book_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            return list((await _of_rows(connection, rows, viewer=STAFF)).items())

    async def one(self, book_id: UUID, viewer: Viewer) -> tuple[int, ExportedBook]:
        """Return the version of a book and its record. Raises BookNotFound or MergedIntoAnother."""
        query = select(books.c.version, books.c.hidden).where(books.c.book_id == book_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
            if row is not None and row.hidden and not viewer.sees_hidden:
                raise BookNotFound
            found = await exported(connection, [book_id])
            if row is None or book_id not in found:
                raise await not_there(connection, book_id)
        return row.version, found[book_id]


async def exported(connection: AsyncConnection, book_ids: Collection[UUID]) -> dict[UUID, ExportedBook]:
    """Return these books as they are shown to other systems, with where their copies stand by now."""
    if not book_ids:
        return {}
    rows = (await connection.execute(_RECORDS.where(books.c.book_id.in_(book_ids)))).all()
    stands = func.coalesce(circulation.c.stands_branch, copies.c.branch)
    own = func.coalesce(copies.c.permanent_branch, copies.c.branch)
    elsewhere = (
        select(copies.c.barcode_key, stands.label("branch"))
        .outerjoin_from(copies, circulation, circulation.c.copy_id == copies.c.copy_id)
        .where(copies.c.copy_id.in_(select(held(book_ids).c.copy_id)), stands != own)
    )
    holding_branches = {row.barcode_key: row.branch for row in await connection.execute(elsewhere)}
    found = await _of_rows(connection, rows, viewer=PUBLIC)
    return {book_id: replace(book, holding_branches=holding_branches) for book_id, book in found.items()}


async def _of_rows(
    connection: AsyncConnection, rows: Sequence[Row[Any]], *, viewer: Viewer
) -> dict[UUID, ExportedBook]:
    """Return whole books. The public is given location and item type as they count for a while, staff the own ones.

    The public is given each copy below every book that it holds; staff, whose files come in again, below its own alone.
    """
    ids = [row[0] for row in rows]
    if viewer.sees_hidden:
        query = select(copies, copies.c.book_id.label("held_book_id")).where(copies.c.book_id.in_(ids))
    else:
        holding = held(ids)
        query = select(copies, holding.c.book_id.label("held_book_id")).where(IS_SHOWN)
        query = query.join_from(copies, holding, holding.c.copy_id == copies.c.copy_id)
    copies_of: dict[UUID, list[CopyRecord]] = {}
    for row in await connection.execute(query.order_by(copies.c.copy_id)):
        copy = _copy(row, as_now=not viewer.reads_staff_fields)
        copy = copy if viewer.reads_staff_fields else copy.for_the_public()
        copies_of.setdefault(row.held_book_id, []).append(copy)
    source_rows = await connection.execute(select(source_records).where(source_records.c.book_id.in_(ids)))
    sources = {row.book_id: SourceRecord(row.leader, tuple(row.fields)) for row in source_rows}
    related: dict[UUID, list[ExportedRelation]] = {}
    for of_id, kind, label, hidden, *record in await connection.execute(of_books(ids, *RECORD)):
        if not hidden or viewer.sees_hidden:
            related.setdefault(of_id, []).append(ExportedRelation(RelationKind(kind), record_of(*record), label))
    found: dict[UUID, ExportedBook] = {}
    for row in rows:
        book_id, *record = row
        here, others = tuple(copies_of.get(book_id, ())), tuple(related.get(book_id, ()))
        found[book_id] = ExportedBook(record_of(*record), here, sources.get(book_id), book_id, relations=others)
    return found


def _copy(row: Row[Any], *, as_now: bool) -> CopyRecord:
    price = None if row.price_amount is None else Money(row.price_amount, row.price_currency)
    own, _ = places_of(row)
    values = {name: getattr(row, name) for name in _OF_COPIES}
    values |= {"branch": own.branch} if as_now else asdict(own)
    values |= {name: getattr(row, name) or None for name in _SPECIAL if name != "price"}
    return CopyRecord(**values, price=price)


@dataclass(frozen=True, slots=True)
class HarvestedBook:
    """A book, and when it last changed; `book` is None for one that is gone, or that the public is not shown."""

    book_id: UUID
    changed_at: datetime
    book: ExportedBook | None


HarvestPlace = tuple[datetime, UUID]
"""Behind which record a page begins: when that changed, and which it is."""


class HarvestedBooks:
    """Fetches the books in the order in which they last changed, those that are gone among them."""

    def __init__(self, database: Database, *, clocks_apart: timedelta = CLOCKS_APART) -> None:
        self._database = database
        self._clocks_apart = clocks_apart

    async def changed(
        self, *, since: datetime | None, before: datetime, after: HarvestPlace | None, limit: int
    ) -> Sequence[HarvestedBook]:
        """Return up to `limit` of those that changed in that time, behind a place."""

        def part(at: Column[Any], book_id: Column[UUID], gone: Any) -> Select[Any]:
            query = select(at.label("at"), book_id.label("book_id"), gone.label("gone")).where(at < before)
            if since is not None:
                query = query.where(at >= since)
            if after is not None:
                query = query.where(or_(at > after[0], and_(at == after[0], book_id > after[1])))
            return select(query.order_by(at, book_id).limit(limit).subquery())

        both = union_all(
            part(books.c.changed_at, books.c.book_id, books.c.hidden),
            part(gone_books.c.gone_at, gone_books.c.book_id, true()),
        ).subquery()
        query = select(both).order_by(both.c.at, both.c.book_id).limit(limit)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            return await _with_records(connection, rows)

    async def one(self, book_id: UUID) -> HarvestedBook | None:
        """Return it, even if it is gone; None if there never was such a book."""
        there = select(books.c.changed_at.label("at"), books.c.book_id, books.c.hidden.label("gone"))
        gone = select(gone_books.c.gone_at.label("at"), gone_books.c.book_id, true().label("gone"))
        async with self._database.reading() as connection:
            row = (await connection.execute(there.where(books.c.book_id == book_id))).first()
            row = row or (await connection.execute(gone.where(gone_books.c.book_id == book_id))).first()
            return None if row is None else (await _with_records(connection, [row]))[0]

    async def earliest(self) -> datetime | None:
        """Return when the first of them changed; None in an empty catalogue."""
        first = [
            await self._database.first(select(func.min(column).label("at")))
            for column in (books.c.changed_at, gone_books.c.gone_at)
        ]
        return min((row.at for row in first if row.at is not None), default=None)

    async def settled(self, clock: Clock) -> datetime:
        """Return a moment before now, up to which all changes can be seen: a transaction that still writes began later.

        Books are changed at a moment within the transaction that changes them, so no change is older than that.
        """
        if self._database.dialect != "postgresql":
            async with self._database.begin():  # the present writer has ended by then, and the next one writes later
                return clock.now()
        now = clock.now()  # taken before the query: a transaction that begins after it writes later
        (oldest,) = await self._database.first(_OLDEST_WRITER)
        return now - timedelta(seconds=float(oldest)) - self._clocks_apart


async def _with_records(connection: AsyncConnection, rows: Sequence[Any]) -> list[HarvestedBook]:
    found = await exported(connection, [row.book_id for row in rows if not row.gone])
    return [HarvestedBook(row.book_id, row.at, found.get(row.book_id)) for row in rows]


class RecordSearches:
    """Looks through the catalogue for whole records.

    SRU numbers what it finds, so places are counted here, among the first of what is found and not in the whole table.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._has: Has = has_clearly if database.dialect == "postgresql" else has_on_sqlite

    async def records(self, search: Search, *, skipped: int, limit: int, most: int) -> tuple[int, list[ExportedBook]]:
        """Return how many are found, counted up to `most` + 1, and those behind the first `skipped`, by title."""
        conditions = SearchCriteria(search, self._has).conditions(books)
        hits = select(books.c.book_id, books.c.sort_key).where(*conditions).limit(most + 1).cte("hits")
        hits = hits.prefix_with("MATERIALIZED", dialect="postgresql")
        page = select(hits.c.book_id).order_by(hits.c.sort_key, hits.c.book_id).limit(limit).offset(skipped)
        async with self._database.reading() as connection:
            total: int = (await connection.execute(select(func.count()).select_from(hits))).scalar_one()
            ids = list((await connection.scalars(page)).all()) if limit and skipped < total else []
            found = await exported(connection, ids)
        return total, [found[book_id] for book_id in ids if book_id in found]
