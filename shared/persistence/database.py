"""One engine for both databases: PostgreSQL in production, SQLite in the embedded gear."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, overload

from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared.kernel.errors import LibraryError, Unavailable
from shared.persistence.driver import READ_ONLY, driver_of
from shared.persistence.pool import STATEMENT_TIMEOUT_MS
from shared.persistence.statements import Prepared, Statement, WriteCompiler
from shared.persistence.transaction import OrmTransaction, Transaction
from shared.persistence.write_lock import WriteLock

_ANSWER = STATEMENT_TIMEOUT_MS / 1000 + 1  # seconds; the server itself cancels slow statements before
_EACH_ALONE = {"isolation_level": "AUTOCOMMIT"}
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
            from shared.persistence.sqlite import sqlite_engine  # noqa: PLC0415 - a process has one database

            self.write_lock: WriteLock | None = WriteLock(make_url(url).database)
            self.engine = self.direct_engine = self.migrating_engine = sqlite_engine(url, name, self.write_lock)
            self._reading = self._directly = self.engine.execution_options(reading=True)
        else:
            from shared.persistence.postgresql import postgresql_engines  # noqa: PLC0415 - as above

            self.write_lock = None
            self.engine, self.direct_engine, self.migrating_engine = postgresql_engines(
                url,
                pool_size=pool_size,
                name=name,
                ca_file=ca_file,
                direct_url=direct_url,
                command_timeout=command_timeout,
            )
            # A single SELECT needs no transaction around it: two round trips less.
            self._reading = self.engine.execution_options(**_EACH_ALONE)
            self._directly = self.direct_engine.execution_options(**_EACH_ALONE)
        self._driver = driver_of(self.dialect)
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
        driver = self._driver(lent.driver_connection)
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


def is_passing(error: Exception) -> bool:
    """Return whether the same may be done in a moment: a database or neighbour is unreachable, or busy."""
    return isinstance(error, Unavailable) or as_unavailable(error) is not None


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
