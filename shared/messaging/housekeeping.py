"""Deletes what is no longer needed: inbox entries of old messages, and expired receipts."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, Delete, Table, delete, literal_column, select, tuple_

from shared.kernel.clock import Clock
from shared.persistence.database import Database
from shared.persistence.receipts import KEPT_FOR
from shared.persistence.work import PlumbingTables

INBOX_RETENTION = timedelta(days=7)
"""No broker redelivers that late."""

EVERY = 3600.0  # seconds


def housekeeping(
    database: Database, tables: PlumbingTables, clock: Clock, *, most: int = 10_000
) -> Callable[[], Awaitable[None]]:
    """Return the work of one round, to be run every `EVERY` seconds; any number of processes may do it at once.

    A statement deletes at most `most` rows: all rows at once, after a large import, would exceed its time limit.
    """

    async def tidy() -> None:
        now = clock.now()
        inbox, receipts = tables.inbox, tables.receipts
        await _remove(database, inbox, inbox.c.seen_at < now - INBOX_RETENTION, most)
        await _remove(database, receipts, receipts.c.kept_at < now - KEPT_FOR, most)

    return tidy


def removal(table: Table, condition: ColumnElement[bool], *, most: int | None = None) -> Delete:
    """Return the statement that removes the rows for which `condition` is true, or `most` of them.

    Rows that another transaction has locked are skipped until the next round, so that housekeeping never waits and is
    part of no deadlock. SQLite has a single writer anyway.
    """
    # As a WITH, for that is read once; inside of the IN, for SQLite counts the rows only of what begins with DELETE.
    key = table.primary_key.columns
    free = select(*key).where(condition).limit(most).with_for_update(skip_locked=True).cte("free", nesting=True)
    return delete(table).where(tuple_(*key).in_(select(*free.columns)))


async def _remove(database: Database, table: Table, condition: ColumnElement[bool], most: int) -> None:
    while True:
        async with database.begin() as transaction:
            removed = await transaction.run(
                removal(table, condition, most=most).returning(literal_column("1").label("removed"))
            )
            await transaction.commit()
        if len(removed) < most:
            return
