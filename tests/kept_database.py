"""Databases that many tests use one after another, and each finds as the migrations left them.

On PostgreSQL, to empty one costs a twentieth of making it anew. Whatever a test did to its schema, its statistics or
its settings shows in the catalogue of the server: then the database is not used again. A file of SQLite is overwritten
with a copy from memory, whatever was done to it.

The engine stays with its database, for SQLAlchemy keeps the statements that it has compiled there. Statements for the
file run in the thread of the loop: to hand one to the driver's thread and back costs more than most statements do.
"""

import contextlib
import sqlite3
from asyncio import sleep
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, Self

import asyncpg
from sqlalchemy import AsyncAdaptedQueuePool, event

from shared.persistence.database import Database

MOST_BYTES = 8_000_000  # more than that lies around from deleted rows: a new database is faster

# Every row of the server's catalogue that describes the schema, with the transaction that wrote it.
STATE = """
WITH tables AS (
    SELECT oid, xmin, relkind, relfilenode, relpages, reltuples FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
),
state (line) AS (
    SELECT concat_ws(' ', 'class', oid, xmin, relfilenode, relpages, reltuples) FROM tables
    UNION ALL SELECT concat_ws(' ', 'column', attrelid, attnum, xmin) FROM pg_attribute
        WHERE attrelid IN (SELECT oid FROM tables)
    UNION ALL SELECT concat_ws(' ', 'default', oid, xmin) FROM pg_attrdef
    UNION ALL SELECT concat_ws(' ', 'index', indexrelid, xmin) FROM pg_index
        WHERE indrelid IN (SELECT oid FROM tables)
    UNION ALL SELECT concat_ws(' ', 'trigger', oid, xmin) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'constraint', oid, xmin) FROM pg_constraint
    UNION ALL SELECT concat_ws(' ', 'function', oid, xmin) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'view', oid, xmin) FROM pg_rewrite
    UNION ALL SELECT concat_ws(' ', 'policy', oid, xmin) FROM pg_policy
    UNION ALL SELECT concat_ws(' ', 'extension', oid, xmin) FROM pg_extension
    UNION ALL SELECT concat_ws(' ', 'schema', oid, xmin) FROM pg_namespace
        WHERE nspname !~ '^pg_(temp|toast_temp)_'
    UNION ALL SELECT concat_ws(' ', 'setting', setrole, xmin) FROM pg_db_role_setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT md5(string_agg(line, ',' ORDER BY line)) AS state,
    (SELECT sum(pg_relation_size(oid)) FROM tables WHERE relkind = 'r') AS bytes
FROM state
"""
TABLES = """
SELECT format('%I', relname) AS name, relkind = 'S' AS is_sequence FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') ORDER BY relname
"""
COLUMNS = """
SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
LEFT_BEHIND = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND pid <> ALL ($1::int[])
"""


class Lent(Database):
    """A database for an application that comes and goes with a test: its connections stay with whoever lends it."""

    def __init__(self, lender: Database) -> None:
        vars(self).update(vars(lender))

    async def dispose(self) -> None:
        """Close nothing."""


class Kept(Protocol):
    """A database of one kind, and the engine that stays with it."""

    @property
    def url(self) -> str: ...
    @property
    def database(self) -> Database: ...

    async def clear(self) -> bool:
        """Make it as it was, and return whether that was possible."""

    async def leave(self) -> None:
        """Close everything."""


class KeptFile:
    """A file of SQLite, and in memory what the migrations had made of it."""

    def __init__(self, file: Path) -> None:
        self.url = f"sqlite+aiosqlite:///{file}"
        self.database = Database(self.url)
        event.listen(self.database.engine.sync_engine, "connect", _spare_the_thread)
        self._file = file
        self._original = sqlite3.connect(":memory:")
        with contextlib.closing(sqlite3.connect(file)) as migrated:
            migrated.backup(self._original)
            self._version = _schema_version(migrated)

    async def clear(self) -> bool:
        await _only_idle(self.database)
        try:
            with contextlib.closing(sqlite3.connect(self._file, timeout=1)) as connection:
                connection.executescript("PRAGMA synchronous = OFF; BEGIN IMMEDIATE; ROLLBACK")  # raises if locked
                if _schema_version(connection) != self._version:
                    await self.database.dispose()  # a connection may still read a statement by the schema it remembers
                self._original.backup(connection)
                self._version = _schema_version(connection)
                # The log would go on telling what was deleted.
                (locked, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            return False
        return not locked

    async def leave(self) -> None:
        await self.database.dispose()
        self._original.close()


class KeptDatabase:
    """One database, and the session that keeps what the migrations wrote into it, in temporary tables."""

    def __init__(self, url: str, session: asyncpg.Connection, state: str, clearing: str) -> None:
        self.url = url
        # Whoever is refused in a race shall be so by the rules of the library, and not for want of a connection.
        self.database = Database(url, pool_size=30)
        self._pids: set[int] = set()
        event.listen(self.database.engine.sync_engine, "connect", self._note)
        self._session = session
        self._state = state
        self._clearing = clearing

    @classmethod
    async def of(cls, url: str) -> Self:
        """Take over a database that was just migrated."""
        session = await asyncpg.connect(url.replace("+asyncpg", ""))
        # As a replica it fires no trigger and checks no foreign key: the order of the tables does not matter.
        steps = ["SET session_replication_role = replica", "BEGIN"]
        for number, found in enumerate(await session.fetch(TABLES)):
            steps += await _sequence(session, found) if found["is_sequence"] else await _table(session, found, number)
        state = (await _row(session, STATE))["state"]
        return cls(url, session, state, ";\n".join([*steps, "COMMIT"]))

    async def clear(self) -> bool:
        if self._session.is_closed():
            return False  # the server went down in between
        try:
            if not await _only_idle(self.database):
                self._pids.clear()
            await self._session.fetch(LEFT_BEHIND, self._pids)
            now = await _row(self._session, STATE)
            if now["state"] != self._state or int(now["bytes"]) > MOST_BYTES:
                return False
            await self._session.execute(self._clearing)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return False
        return True

    async def leave(self) -> None:
        await self.database.dispose()
        await self._session.close(timeout=10)

    def _note(self, connection: Any, _: object) -> None:
        self._pids.add(connection.driver_connection.get_server_pid())


def _spare_the_thread(connection: Any, _: object) -> None:
    connection.driver_connection._execute = _execute  # through which all statements pass


async def _execute(statement: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        return statement(*arguments, **options)
    finally:
        await sleep(0)  # others have a turn, as while the driver's thread works


def _schema_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    return int(version)


async def _only_idle(database: Database) -> bool:
    """Let go of every connection if a test did not give back all of them; return whether it did."""
    pool = database.engine.pool
    if isinstance(pool, AsyncAdaptedQueuePool) and pool.checkedout():
        await database.dispose()
        return False
    return True


async def _row(session: asyncpg.Connection, query: str) -> asyncpg.Record:
    row = await session.fetchrow(query)
    assert row is not None, query
    return row


async def _sequence(session: asyncpg.Connection, found: asyncpg.Record) -> list[str]:
    row = await _row(session, f"SELECT last_value, is_called FROM {found['name']}")
    return [f"SELECT setval('{found['name']}', {row['last_value']}, {row['is_called']})"]


async def _table(session: asyncpg.Connection, found: asyncpg.Record, number: int) -> list[str]:
    name, kept = found["name"], f"pg_temp.kept_{number}"
    emptying = f"DELETE FROM {name}"
    if not await session.fetchval(f"SELECT count(*) FROM {name}"):
        return [emptying]
    await session.execute(f"CREATE TEMPORARY TABLE kept_{number} AS TABLE {name}")
    columns = await session.fetchval(COLUMNS, name)
    return [emptying, f"INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {kept}"]
