"""One engine for both databases: PostgreSQL in production, SQLite in the embedded gear."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from shared.kernel.errors import LibraryError, Unavailable

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 3_000
_RETRY_LATER = ("40001", "40P01", "55P03", "57014", "53")  # serialization, deadlock, timeouts, resources


class Database:
    """A service's own database. Made once per process, disposed once.

    `pool_size` bounds the connections that this process ever opens; who finds none free within a second is refused
    with `Unavailable` rather than left waiting.
    """

    def __init__(self, url: str, *, pool_size: int = 10, name: str = "library") -> None:
        self.dialect = make_url(url).get_backend_name()
        if self.dialect == "sqlite":
            self.engine = _sqlite_engine(url)
            self._reading = self.engine.execution_options(reading=True)
        else:
            self.engine = _postgresql_engine(url, pool_size, name)
            # A single SELECT needs no transaction around it: two round trips less.
            self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for plain SELECTs, each seeing the newest committed state, with no lock taken."""
        async with self._reading.connect() as connection:
            yield connection

    def session(self) -> AsyncSession:
        """Return a session for one writing transaction; on SQLite it takes the write lock at its first statement."""
        return AsyncSession(self.engine, expire_on_commit=False, autoflush=False)

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _postgresql_engine(url: str, pool_size: int, name: str) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=1,
        pool_recycle=1800,
        connect_args={
            "timeout": 5,
            "command_timeout": 30,
            "server_settings": {
                "application_name": name,
                "timezone": "UTC",
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "idle_in_transaction_session_timeout": "10000",
            },
        },
    )


def _sqlite_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=5, max_overflow=0, pool_timeout=5)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself: see `begin` below
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that first reads and then writes would lose updates unless it has the write lock from the start.
        if not connection.get_execution_options().get("reading"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def violates(error: IntegrityError, constraint: str, sqlite_columns: str) -> bool:
    """Tell whether `error` is about this unique constraint or index.

    PostgreSQL names it; SQLite names its columns (`"books.isbn"`) instead.
    """
    cause = getattr(error.orig, "__cause__", None)
    named = getattr(cause, "constraint_name", None)
    if named is not None:
        return bool(named == constraint)
    return str(error.orig) == f"UNIQUE constraint failed: {sqlite_columns}"


def as_unavailable(error: Exception) -> LibraryError | None:
    """Return the `Unavailable` that a database failure means for the caller, or None when it is a fault of ours."""
    if isinstance(error, OSError):  # connecting fails below SQLAlchemy, which lets it through as it is
        return Unavailable("The database does not answer; nothing was changed. Repeat the request in a moment.")
    if isinstance(error, PoolTimeout):
        return Unavailable("All database connections are busy. Repeat the request in a moment.")
    if not isinstance(error, DBAPIError):
        return None
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state.startswith(("08", "57P", *_RETRY_LATER)) or error.connection_invalidated:
        return Unavailable("The database is busy or restarting; nothing was changed. Repeat the request in a moment.")
    if not state and isinstance(error.orig.__cause__ if error.orig else None, OSError):
        return Unavailable("The database does not answer; nothing was changed. Repeat the request in a moment.")
    if "database is locked" in str(error.orig):
        return Unavailable("The database is busy; nothing was changed. Repeat the request in a moment.")
    return None
