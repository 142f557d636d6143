"""SQLite: its engine, and its driver. Imported only by processes that use it."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio.engine import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from shared.persistence.driver import Driver
from shared.persistence.pool import DISCREET, measured_pool, name_failures_to_connect
from shared.persistence.write_lock import WriteLock

_LOCK = "write lock"
_PRAGMAS = (
    "busy_timeout=5000",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "secure_delete=ON",  # deleted data is overwritten in the file
)


def sqlite_engine(url: str, name: str, write_lock: WriteLock) -> AsyncEngine:
    """Return the engine of a file, whose writing transactions hold the lock."""
    pool = {"poolclass": measured_pool(name, 5), "pool_size": 5, "max_overflow": 0, "pool_timeout": 5}
    made_by = {"factory": FileConnection}
    engine = create_async_engine(url, **DISCREET, **pool, connect_args=made_by, pool_reset_on_return=None)
    name_failures_to_connect(engine.sync_engine)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself: see `begin` below
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads before it writes would lose updates without the write lock from the start.
        if not connection.get_execution_options().get("reading"):
            driver: Any = connection.connection.dbapi_connection
            if _LOCK not in connection.info:  # as it is when one connection begins again
                connection.info[_LOCK] = driver.run_async(lambda _: write_lock.acquire())
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine.sync_engine, "reset")
    def reset(connection: Any, *_: object) -> None:
        # The pool would always roll back: a message to the driver's thread and back, for nothing.
        if connection.driver_connection.in_transaction:
            connection.rollback()

    @event.listens_for(engine.sync_engine, "checkin")
    @event.listens_for(engine.sync_engine, "invalidate")
    def release_lock(_: object, record: ConnectionPoolEntry, *_reason: object) -> None:
        lock: asyncio.Lock | None = record.info.pop(_LOCK, None)
        if lock is not None:
            lock.release()

    return engine


class SqliteDriver(Driver):
    """A connection of aiosqlite."""

    _errors = (sqlite3.Error,)

    async def _fetch(self, text: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        connection: aiosqlite.Connection = self._connection
        rows: Any = await connection.execute_fetchall(text, values)
        return list(rows)

    def _is_violation(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.IntegrityError)


class FileConnection(sqlite3.Connection):
    """A connection of SQLite that really ends when it is closed.

    With a query that was not read to its end, as after a cancelled request, it would survive with its transaction and
    the lock of the file until the cursor is garbage-collected.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, *args: Any, **options: Any) -> Any:
        made = super().cursor(*args, **options)
        self._cursors.add(made)
        return made

    def close(self) -> None:
        for cursor in self._cursors:
            cursor.close()
        super().close()
