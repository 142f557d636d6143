"""One engine for both databases: PostgreSQL in production, SQLite in the embedded gear."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, overload

from sqlalchemy import Connection, ExceptionContext, NullPool, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from shared.kernel.errors import LibraryError, Unavailable
from shared.persistence.driver import READ_ONLY, Driver, FileConnection, WatchfulConnection
from shared.persistence.pool import measured_pool, name_failures_to_connect
from shared.persistence.statements import Prepared, Statement, WriteCompiler
from shared.persistence.transaction import OrmTransaction, Transaction
from shared.persistence.write_lock import WriteLock
from shared.tls import verifying, verifying_authority_only

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 3_000
_ANSWER = STATEMENT_TIMEOUT_MS / 1000 + 1  # seconds; the server itself cancels slow statements before
_CONNECT = 4.0  # seconds
# Transient failures of PostgreSQL and SQLite: busy means that the transaction was rolled back, lost that the connection
# is gone.
_LOST_STATES = ("08", "57P", "25P03", READ_ONLY)
_BUSY_STATES = ("40001", "40P01", "55P03", "57014", "53")
_BUSY_NAMES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")
_INTERRUPTED = "The database was interrupted. Repeat the request, with the same Idempotency-Key."


class Database:
    """A service's own database. Created once per process, and disposed.

    `pool_size` limits the connections of this process; when none is free within a second, Unavailable is raised. With
    `ssl=verify-full` in the address, the server's certificate and host name are verified with the authorities of the
    system or of `ca_file`; with `verify-ca`, only the certificate with those of `ca_file`.

    With a `direct_url` there is a transaction pooler at `url`, which assigns another session to each transaction: what
    needs a session for longer, `own_session` and migrations, connects to `direct_url`, bypassing the pooler.

    A statement that takes longer than `command_timeout` seconds fails, but for migrations. A lost server is noticed
    before.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        name: str = "library",
        ca_file: Path | None = None,
        direct_url: str | None = None,
        command_timeout: float = _ANSWER,
    ) -> None:
        self.dialect = make_url(url).get_backend_name()
        if self.dialect == "sqlite":
            self.write_lock: WriteLock | None = WriteLock(make_url(url).database)
            self.engine = _sqlite_engine(url, name, self.write_lock)
            name_failures_to_connect(self.engine.sync_engine)
            self._reading = self.engine.execution_options(reading=True)
        else:
            self.write_lock = None
            pool: dict[str, Any] = {"poolclass": measured_pool(name, pool_size), "pool_size": pool_size, **_POOLING}
            pooler = direct_url is not None
            made = partial(_postgresql_engine, name=name, ca_file=ca_file)
            bounds = _TRACKED if pooler else _BOUNDS
            self.engine = made(url, settings=bounds, command_timeout=command_timeout, **pool)
            # A single SELECT needs no transaction around it: two round trips less.
            self._reading = self.engine.execution_options(**_EACH_ALONE)
        self.direct_engine = self.migrating_engine = self.engine
        if self.dialect != "sqlite":
            if direct_url is not None:
                self.direct_engine = made(
                    direct_url, settings=_BOUNDS, command_timeout=command_timeout, poolclass=NullPool
                )
            self.migrating_engine = made(direct_url or url, settings=_UNBOUND, command_timeout=None, poolclass=NullPool)
        direct = self.direct_engine
        self._directly = self._reading if direct is self.engine else direct.execution_options(**_EACH_ALONE)
        self._writes = WriteCompiler(self.engine.dialect)

    @asynccontextmanager
    async def reading(self, *, own_session: bool = False) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in autocommit mode: each SELECT takes no lock and sees the newest data.

        With `own_session`, the caller has a session of PostgreSQL of its own, even behind a pooler.
        """
        async with (self._directly if own_session else self._reading).connect() as connection:
            yield connection

    async def rows(self, query: Statement, /, **values: Any) -> list[Any]:
        """Return the rows of a SELECT outside of a transaction."""
        if not isinstance(query, Prepared):
            async with self.reading() as connection:
                return [*(await connection.execute(query, values))]
        compiled = query.compiled_for(self.engine.dialect)
        # The pool's connection: SQLAlchemy's wrapper would cost more than the statement.
        lent = await self.engine.raw_connection()
        driver = Driver(lent.driver_connection)
        try:
            return compiled.rows(await driver.run(compiled.text, compiled.values(values)))
        finally:
            (lent.invalidate if driver.unsound else lent.close)()

    async def first(self, query: Statement, /, **values: Any) -> Any:
        """Return the first row of such a SELECT; None if it has no rows."""
        return next(iter(await self.rows(query, **values)), None)

    @overload
    def begin(self) -> Transaction: ...
    @overload
    def begin(self, *, with_session: Literal[True]) -> OrmTransaction: ...
    def begin(self, *, with_session: bool = False) -> Transaction:
        """Return a writing transaction, which is awaited or entered; `with_session` is for `SqlWork` alone."""
        kind = OrmTransaction if with_session else Transaction
        return kind(self._reading, self._writes, self.write_lock)

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        await self.first(text("SELECT 1"))

    async def empty_log(self) -> None:
        """On SQLite, checkpoint and truncate the write-ahead log, which still holds deleted data in plain.

        It stays as it is while a reader is active for longer than the lock timeout.
        """
        if self.dialect == "sqlite":
            await self.first(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.direct_engine.dispose()
        await self.migrating_engine.dispose()


# Error messages must not hold what people have entered, and JSON must be readable by other programs.
_DISCREET = {"hide_parameters": True, "json_serializer": partial(json.dumps, allow_nan=False)}
_EACH_ALONE = {"isolation_level": "AUTOCOMMIT"}
_POOLING = {"max_overflow": 0, "pool_timeout": 1, "pool_recycle": 1800}
_TRACKED = {"timezone": "UTC"}
"""The settings that a transaction pooler supports for each client; others must be set at the role."""
_BOUNDS = _TRACKED | {
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": "10000",
}
_UNBOUND = _TRACKED | dict.fromkeys(("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"), "0")


def _postgresql_engine(
    url: str,
    *,
    name: str,
    ca_file: Path | None,
    settings: Mapping[str, str],
    command_timeout: float | None,
    **pool: Any,
) -> AsyncEngine:
    connecting = {
        "timeout": _CONNECT,
        "command_timeout": command_timeout,
        "connection_class": WatchfulConnection,
        "server_settings": {"application_name": name, **settings},
    }
    encryption = _encryption(make_url(url).query.get("ssl"), ca_file)
    engine = create_async_engine(url, **_DISCREET, **pool, connect_args=encryption | connecting)
    name_failures_to_connect(engine.sync_engine)

    @event.listens_for(engine.sync_engine, "handle_error")
    def leave_a_standby(failure: ExceptionContext) -> None:
        if getattr(failure.original_exception, "sqlstate", None) == READ_ONLY:
            failure.is_disconnect = True  # so that the next connection leads to the present primary

    return engine


def _encryption(mode: object, ca_file: Path | None) -> dict[str, ssl.SSLContext]:
    """Return how the server's certificate is verified; the driver would use authorities of its own."""
    if mode == "verify-full":
        return {"ssl": verifying(ca_file)}
    if mode == "verify-ca" and ca_file is not None:
        return {"ssl": verifying_authority_only(ca_file)}
    return {}


_LOCK = "write lock"
_PRAGMAS = (
    "busy_timeout=5000",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "secure_delete=ON",  # deleted data is overwritten in the file
)


def _sqlite_engine(url: str, name: str, write_lock: WriteLock) -> AsyncEngine:
    pool = {"poolclass": measured_pool(name, 5), "pool_size": 5, "max_overflow": 0, "pool_timeout": 5}
    made_by = {"factory": FileConnection}
    engine = create_async_engine(url, **_DISCREET, **pool, connect_args=made_by, pool_reset_on_return=None)

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


def violates(error: IntegrityError, constraint: str, sqlite_columns: str) -> bool:
    """Return whether `error` is about this unique constraint or index.

    PostgreSQL names it; SQLite names its columns (`"books.isbn"`) instead.
    """
    orig = error.orig  # the driver's own, or SQLAlchemy's of the driver's
    named = getattr(orig, "constraint_name", None) or getattr(orig and orig.__cause__, "constraint_name", None)
    if named is not None:
        return bool(named == constraint)
    return str(error.orig) == f"UNIQUE constraint failed: {sqlite_columns}"


def is_away(error: Exception) -> bool:
    """Return whether a database or neighbour is unreachable, so that one can only wait; a busy one is not."""
    return isinstance(error, Unavailable) or _is_lost(error)


def as_unavailable(error: Exception) -> LibraryError | None:
    """Return the Unavailable for a transient failure of the database, or None for a programming error."""
    if isinstance(error, PoolTimeout):
        return Unavailable("All database connections are busy. Repeat the request in a moment.")
    if _is_lost(error):
        # Perhaps during the commit, so that it is unknown whether it was done.
        return Unavailable(_INTERRUPTED)
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = str(getattr(cause, "sqlstate", None) or "")
    if state.startswith(_BUSY_STATES) or str(getattr(cause, "sqlite_errorname", "")).startswith(_BUSY_NAMES):
        return Unavailable("The database is busy; nothing was changed. Repeat the request in a moment.")
    return None


def _is_lost(error: Exception) -> bool:
    if isinstance(error, TimeoutError | ConnectionError) and not isinstance(error, PoolTimeout):
        return True  # the driver's, which SQLAlchemy lets through
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = str(getattr(cause, "sqlstate", None) or "")
    return state.startswith(_LOST_STATES) or (isinstance(error, DBAPIError) and error.connection_invalidated)
