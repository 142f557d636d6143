"""Books in the order in which they last changed, by plain selects over an index each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, and_, false, func, or_, select, text, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.application.exchange.queries import exported
from books_service.persistence.tables import books, gone_books
from books_service.application.exchange.harvest_books import HarvestedBook, HarvestPlace
from shared.kernel.clock import Clock
from shared.persistence.database import Database

CLOCKS_APART = timedelta(seconds=5)
"""So far the clocks of two processes that write into one PostgreSQL may be apart."""
_OLDEST_WRITER = text(
    """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)
    FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    """
)
"""For how many seconds the oldest transaction has been going on that may write."""


class HarvestedBooks:
    """Implements `harvest_books.HarvestedBooks`."""

    def __init__(self, database: Database, *, clocks_apart: timedelta = CLOCKS_APART) -> None:
        self._database = database
        self._clocks_apart = clocks_apart

    async def changed(
        self, *, since: datetime | None, before: datetime, after: HarvestPlace | None, limit: int
    ) -> Sequence[HarvestedBook]:
        def part(at: Column[Any], book_id: Column[UUID], gone: Any) -> Select[Any]:
            query = select(at.label("at"), book_id.label("book_id"), gone.label("gone")).where(at < before)
            if since is not None:
                query = query.where(at >= since)
            if after is not None:
                query = query.where(or_(at > after[0], and_(at == after[0], book_id > after[1])))
            return select(query.order_by(at, book_id).limit(limit).subquery())

        both = union_all(
            part(books.c.changed_at, books.c.book_id, false()),
            part(gone_books.c.gone_at, gone_books.c.book_id, true()),
        ).subquery()
        query = select(both).order_by(both.c.at, both.c.book_id).limit(limit)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            return await _with_records(connection, rows)

    async def one(self, book_id: UUID) -> HarvestedBook | None:
        there = select(books.c.changed_at.label("at"), books.c.book_id, false().label("gone"))
        gone = select(gone_books.c.gone_at.label("at"), gone_books.c.book_id, true().label("gone"))
        async with self._database.reading() as connection:
            row = (await connection.execute(there.where(books.c.book_id == book_id))).first()
            row = row or (await connection.execute(gone.where(gone_books.c.book_id == book_id))).first()
            return None if row is None else (await _with_records(connection, [row]))[0]

    async def earliest(self) -> datetime | None:
        first = [
            await self._database.value(select(func.min(column)))
            for column in (books.c.changed_at, gone_books.c.gone_at)
        ]
        return min((moment for moment in first if moment is not None), default=None)

    async def settled(self, clock: Clock) -> datetime:
        """Books are changed at a moment within the transaction that changes them, so no change is older than that."""
        if self._database.dialect != "postgresql":
            turn = await self._database.begin()  # who writes now has ended before that, and who comes, writes later
            try:
                return clock.now()
            finally:
                await turn.close()
        now = clock.now()  # before the look: who began to write behind it writes later
        oldest = float(await self._database.value(_OLDEST_WRITER))
        return now - timedelta(seconds=oldest) - self._clocks_apart


async def _with_records(connection: AsyncConnection, rows: Sequence[Any]) -> list[HarvestedBook]:
    found = await exported(connection, [row.book_id for row in rows if not row.gone])
    return [HarvestedBook(row.book_id, row.at, found.get(row.book_id)) for row in rows]
