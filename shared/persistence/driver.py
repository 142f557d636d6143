"""Runs compiled statements on the driver connections of SQLAlchemy's pool, by documented interfaces."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio.engine import AsyncConnection

READ_ONLY = "25006"
"""The SQLSTATE of a read-only server: a standby, or a former primary with connections from before."""


class Driver(ABC):
    """The driver connection of the pool. It raises the exceptions that SQLAlchemy would raise.

    After anything but a plain error of the database (a cancelled task, a lost connection, a timeout of the driver) the
    state of the connection is unknown: it is `unsound`, and must not be returned to the pool.
    """

    _errors: ClassVar[tuple[type[Exception], ...]]
    """What the driver raises, but for what Python has a name for."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.unsound = False

    @staticmethod
    async def of(connection: AsyncConnection) -> "Driver":
        """Return the driver connection of one that was taken from the pool."""
        driver = driver_of(connection.dialect.name)
        return driver((await connection.get_raw_connection()).driver_connection)

    async def run(self, text: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Run one statement and return its rows.

        Raises IntegrityError for a violated constraint, DBAPIError for all else that the database refuses, and lets the
        driver's TimeoutError and OSError through. No message holds values.
        """
        try:
            return await self._fetch(text, values)
        except self._errors as error:
            self.unsound = self._is_unsound_after(error)
            kind = IntegrityError if self._is_violation(error) else DBAPIError
            lost = self._is_lost_after(error)
            raise kind(text, None, error, hide_parameters=True, connection_invalidated=lost) from error
        except BaseException:
            self.unsound = True
            raise

    @abstractmethod
    async def _fetch(self, text: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]: ...

    @abstractmethod
    def _is_violation(self, error: Exception) -> bool:
        """Return whether the error is a violated constraint."""

    def _is_lost_after(self, error: Exception) -> bool:  # noqa: ARG002 - a file is not lost
        return False

    def _is_unsound_after(self, error: Exception) -> bool:  # noqa: ARG002 - as above
        return False


@cache
def driver_of(dialect: str) -> type[Driver]:
    """Return the driver of this database, `postgresql` or `sqlite`; the other is not imported."""
    if dialect == "sqlite":
        from shared.persistence.sqlite import SqliteDriver  # noqa: PLC0415 - a process has one database

        return SqliteDriver
    from shared.persistence.postgresql import PostgresqlDriver  # noqa: PLC0415 - as above

    return PostgresqlDriver


def reason_of(error: DBAPIError | OSError) -> str:
    """Return the message of the database or the system in one line."""
    return str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
