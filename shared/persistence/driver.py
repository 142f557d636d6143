"""Runs compiled statements on the driver connections of SQLAlchemy's pool, by documented interfaces."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

import aiosqlite
import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.sockets import end_when_packets_vanish

_INTEGRITY = "23"  # the class of SQLSTATEs of violated constraints

READ_ONLY = "25006"
"""The SQLSTATE of a read-only server: a standby, or a former primary with connections from before."""


class Driver:
    """The driver connection of the pool. It raises the exceptions that SQLAlchemy would raise.

    After anything but a plain error of the database (a cancelled task, a lost connection, a timeout of the driver) the
    state of the connection is unknown: it is `unsound`, and must not be returned to the pool.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._run = self._on_postgresql if isinstance(connection, asyncpg.Connection) else self._on_sqlite
        self.unsound = False

    @classmethod
    async def of(cls, connection: AsyncConnection) -> "Driver":
        """Return the driver connection of one that was taken from the pool."""
        return cls((await connection.get_raw_connection()).driver_connection)

    async def run(self, text: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Run one statement and return its rows.

        Raises IntegrityError for a violated constraint, DBAPIError for all else that the database refuses, and lets the
        driver's TimeoutError and OSError through. No message holds values.
        """
        try:
            return await self._run(text, values)
        except (asyncpg.PostgresError, sqlite3.Error) as error:
            lost = self._is_closed()
            self.unsound = (
                lost or getattr(error, "sqlstate", None) == READ_ONLY
            )  # a new one leads to the present primary
            raise _as_sqlalchemy(error, text, lost=lost) from error
        except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            self.unsound = True
            lost = self._is_closed() or isinstance(
                error, asyncpg.InternalClientError
            )  # it came in the middle of the end
            raise _as_sqlalchemy(error, text, lost=lost) from error
        except BaseException:
            self.unsound = True
            raise

    async def _on_postgresql(self, text: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        connection: asyncpg.Connection[asyncpg.Record] = self._connection
        rows: Any = await connection.fetch(text, *values)
        return list(rows)

    async def _on_sqlite(self, text: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        connection: aiosqlite.Connection = self._connection
        rows: Any = await connection.execute_fetchall(text, values)
        return list(rows)

    def _is_closed(self) -> bool:
        return isinstance(self._connection, asyncpg.Connection) and self._connection.is_closed()


_VANISHED = 4.0  # seconds without an acknowledgement of the server's kernel


class WatchfulConnection(asyncpg.Connection):
    """A connection of PostgreSQL that fails when its packets are not acknowledged."""

    def __init__(self, protocol: Any, transport: asyncio.Transport, *others: Any) -> None:
        super().__init__(protocol, transport, *others)
        end_when_packets_vanish(transport.get_extra_info("socket"), _VANISHED)


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


def _as_sqlalchemy(error: Exception, text: str, *, lost: bool) -> DBAPIError:
    state = str(getattr(error, "sqlstate", None) or "")
    violated = state.startswith(_INTEGRITY) or isinstance(error, sqlite3.IntegrityError)
    kind = IntegrityError if violated else DBAPIError
    return kind(text, None, error, hide_parameters=True, connection_invalidated=lost)


def reason_of(error: DBAPIError | OSError) -> str:
    """Return the message of the database or the system in one line."""
    return str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
