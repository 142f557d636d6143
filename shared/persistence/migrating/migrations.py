"""Brings a database to the newest schema of its service, safely when several processes try at once."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.persistence.database import Database
from shared.persistence.migrating.schema import is_later, present_revisions

Finish = Callable[[AsyncConnection], Awaitable[None]]
"""What is done after each migration, in its transaction."""

_LOCK = 0x6D696772
_one_at_a_time = asyncio.Lock()  # Alembic's context is global to the process


class BrokenReference(Exception):
    """A migration would leave a row that refers to nothing; it was undone."""


async def _nothing_more(_: AsyncConnection) -> None:
    """Leave it at that."""


async def migrate(database: Database, package: str, finish: Finish = _nothing_more) -> bool:
    """Run the migrations of `package` (`"books_service"`) up to the newest, in one transaction under a lock.

    `finish` comes last in that transaction, whether there was anything to migrate or not. What a later release has
    migrated is left as it is, its rights included: False tells of it.
    """
    async with _one_at_a_time, _transaction(database) as connection:
        if database.dialect == "postgresql":
            for setting in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                await connection.execute(text(f"SET LOCAL {setting} = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if is_later(await present_revisions(connection), package):
            return False
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(package, sync), "head"))
        await finish(connection)
    return True


@asynccontextmanager
async def _transaction(database: Database) -> AsyncIterator[AsyncConnection]:
    """Begin a transaction in which a table may be made anew, as SQLite needs it for most changes, whoever refers to it.

    SQLite then checks foreign keys at the end instead of on the way; the connection is not used for anything else.
    """
    async with database.direct_engine.connect() as connection:
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


def alembic_config(package: str, connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for the migrations in `package`; they find the connection in its attributes."""
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", f"{package}:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
