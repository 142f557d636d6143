import pytest
from alembic import command
from sqlalchemy import Connection, inspect, select

from loans_service.adapters.sql_metadata import metadata
from loans_service.adapters.sql_tables import circulation_records, loans
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import alembic_config
from tests.loans.branch import Branch
from tests.loans.makers import a_copy

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


async def test_what_was_found_by_a_barcode_with_blanks_is_found_without_them(database: Database) -> None:
    branch = Branch(database, a_copy(barcode="Ab 1"))
    await branch.check_out("Ab 1")
    await branch.bring_back("Ab 1", branch="EAST")

    def keys(sync: Connection) -> set[str]:
        return {key for table in (loans, circulation_records) for key in sync.scalars(select(table.c.barcode_key))}

    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config("loans_service", sync), "0007"))
        before = await connection.run_sync(keys)
        await connection.run_sync(lambda sync: command.upgrade(alembic_config("loans_service", sync), "head"))
        after = await connection.run_sync(keys)

    assert ({"AB 1"}, {"AB1"}) == (before, after)
