"""Brings a database to the newest schema of its service, safely when several processes try at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared.persistence.database import Database
from shared.persistence.migrating.schema import expect_lineage, newest_schema, present_schema

Finish = Callable[[AsyncConnection], Awaitable[None]]
"""What is done after each migration, in its transaction."""

_LOCK = 0x6D696772
_LONGEST_WAIT = 2  # seconds for a lock, less than the lock timeout of requests: none is refused for waiting behind us
_PAUSE = 2.0  # seconds, in which requests that waited behind us go on
_LOCK_NOT_AVAILABLE = "55P03"
_log = structlog.get_logger(__name__)
_one_at_a_time = asyncio.Lock()  # Alembic's context is global to the process


class BrokenReference(Exception):
    """A migration would leave a row that refers to nothing; it was undone."""


async def _nothing_more(_: AsyncConnection) -> None:
    """Do nothing."""


async def migrate(database: Database, package: str, finish: Finish = _nothing_more) -> bool:
    """Run the migrations of `package` (`"books_service"`) up to the newest, in one transaction under a lock.

    `finish` comes last in that transaction, whether there was anything to migrate or not. What a later release has
    migrated is left as it is, its rights included: False tells of it. Raises UnknownPast where other migrations than
    ours have made what is there.

    Requests for a table queue behind our wait for its lock. So on PostgreSQL, where a dump or a console may hold a lock
    for hours, we wait no longer than requests do; then all is rolled back, and tried again.
    """
    while True:
        try:
            return await _migrate(database, package, finish)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            _log.warning("the migration waits for what another session holds locked, and begins again", package=package)
        await asyncio.sleep(_PAUSE)


async def _migrate(database: Database, package: str, finish: Finish) -> bool:
    async with _one_at_a_time, _transaction(database) as connection:
        if database.dialect == "postgresql":
            await _be_the_only_one(connection, package)
            await connection.execute(text(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT}s'"))
        schema = await present_schema(connection)
        if schema.is_later(package):
            return False
        if schema != newest_schema(package):
            from shared.persistence.migrating.upgrading import upgrade  # noqa: PLC0415 - it needs Alembic

            await connection.run_sync(expect_lineage, schema, package)
            await connection.run_sync(upgrade, package)
        await finish(connection)
    return True


async def _be_the_only_one(connection: AsyncConnection, package: str) -> None:
    lock = {"lock": _LOCK}
    if not await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), lock):
        _log.info("another process migrates; its end is waited for", package=package)
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), lock)


@asynccontextmanager
async def _transaction(database: Database) -> AsyncIterator[AsyncConnection]:
    """Begin a transaction in which a table may be made anew, as SQLite needs it for most changes, whoever refers to it.

    SQLite then checks foreign keys at the end instead of on the way; the connection is not used for anything else.
    """
    async with database.migrating_engine.connect() as connection:
        if database.dialect == "postgresql":
            async with connection.begin():
                yield connection
            return
        await connection.execution_options(reading=True)  # the switch has no effect inside a transaction
        await connection.execute(text("PRAGMA foreign_keys=OFF"))
        await connection.commit()
        await connection.execution_options(reading=False)
        try:
            async with connection.begin():
                yield connection
                if broken := (await connection.execute(text("PRAGMA foreign_key_check"))).first():
                    raise BrokenReference(f"A row of {broken[0]} refers to one of {broken[2]} that is not there.")
        finally:
            await connection.invalidate()
