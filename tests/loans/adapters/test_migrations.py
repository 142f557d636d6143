import pytest
from alembic import command
from sqlalchemy import inspect

from loans_service.adapters.sql_metadata import metadata
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import alembic_config

# SQLite shows no index on an expression; those of PostgreSQL are compared.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index:sqlalchemy.exc.SAWarning",
    "ignore:autogenerate skipping:UserWarning",
)


async def test_the_migrations_make_exactly_the_tables_that_the_code_declares(database: Database) -> None:
    assert metadata.tables

    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.check(alembic_config("loans_service", sync)))


async def test_every_migration_can_be_taken_back_and_made_again(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config("loans_service", sync), "base"))
        left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        await connection.run_sync(lambda sync: command.upgrade(alembic_config("loans_service", sync), "head"))
        await connection.run_sync(lambda sync: command.check(alembic_config("loans_service", sync)))

    assert ["alembic_version"] == left
