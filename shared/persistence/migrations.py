"""Brings a database to the newest schema of its service, safely when several processes try at once."""

import asyncio
import io

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shared.persistence.database import Database

_LOCK = 0x6D696772
_one_at_a_time = asyncio.Lock()  # Alembic's context is global to the process


class SchemaNotCurrent(Exception):
    """The database has another schema than the code expects."""


async def migrate(database: Database, package: str) -> None:
    """Run the migrations of `package` (`"books_service"`) up to the newest, in one transaction under a lock."""
    async with _one_at_a_time, database.engine.begin() as connection:
        if database.dialect == "postgresql":
            for setting in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                await connection.execute(text(f"SET LOCAL {setting} = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(package, sync), "head"))


async def expect_current(database: Database, package: str) -> None:
    """Raise SchemaNotCurrent unless the database has the schema that this version of `package` expects."""
    heads = set(ScriptDirectory.from_config(alembic_config(package)).get_heads())
    async with database.reading() as connection:
        present = await connection.run_sync(lambda sync: set(MigrationContext.configure(sync).get_current_heads()))
    if present != heads:
        raise SchemaNotCurrent(f"The database has schema {sorted(present)} instead of {sorted(heads)}: run `migrate`.")


def alembic_config(package: str, connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for the migrations in `package`; they find the connection in its attributes."""
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", f"{package}:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
