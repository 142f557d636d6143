"""The migrations of a service make the tables that its code declares, and can be taken back."""

import pytest
from alembic import command
from sqlalchemy import inspect

from books_service.persistence.tables import metadata as of_books
from loans_service.persistence.metadata import metadata as of_loans
from members_service.persistence.tables import metadata as of_members
from shared.persistence.migrating.upgrading import alembic_config
from tests.kept_database import Kept

DECLARED = {"books_service": of_books, "loans_service": of_loans, "members_service": of_members}

# SQLite shows no index on an expression; those of PostgreSQL are compared.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index:sqlalchemy.exc.SAWarning",
    "ignore:autogenerate skipping:UserWarning",
)


@pytest.fixture(params=DECLARED)
def package(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def test_the_migrations_make_exactly_the_tables_that_the_code_declares(kept: Kept, package: str) -> None:
    assert DECLARED[package].tables

    async with kept.database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.check(alembic_config(package, sync)))


async def test_every_migration_can_be_taken_back_and_made_again(kept: Kept, package: str) -> None:
    async with kept.database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(package, sync), "base"))
        left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(package, sync), "head"))
        await connection.run_sync(lambda sync: command.check(alembic_config(package, sync)))

    assert ["alembic_version"] == left
