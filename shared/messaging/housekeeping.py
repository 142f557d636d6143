"""Throws away what is no longer needed: notes of messages seen long ago, and receipts past their day."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, tuple_

from shared.kernel.clock import Clock
from shared.persistence.database import Database
from shared.persistence.receipts import KEPT_FOR
from shared.persistence.work import PlumbingTables

INBOX_KEPT_FOR = timedelta(days=7)
"""A broker does not redeliver that late."""

EVERY = 3600.0  # seconds


def housekeeping(
    database: Database, tables: PlumbingTables, clock: Clock, *, most: int = 10_000
) -> Callable[[], Awaitable[None]]:
    """Return the work of one round, to be run every `EVERY` seconds; any number of processes may do it at once.

    A statement removes `most` rows: after a large import all at once would take longer than a statement may, each time.
    """

    async def tidy() -> None:
        now = clock.now()
        inbox, receipts = tables.inbox, tables.receipts
        await _remove(database, inbox, inbox.c.seen_at < now - INBOX_KEPT_FOR, most)
        await _remove(database, receipts, receipts.c.kept_at < now - KEPT_FOR, most)

    return tidy


async def _remove(database: Database, table: Table, condition: ColumnElement[bool], most: int) -> None:
    key = tuple_(*table.primary_key.columns)
    some = delete(table).where(key.in_(select(*table.primary_key.columns).where(condition).limit(most)))
    while True:
        async with database.session() as session, session.begin():
            removed: Any = await session.execute(some)
        if removed.rowcount < most:
            return
