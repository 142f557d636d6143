"""A books database, on either engine."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from books_service.adapters.sql_tables import map_model
from shared.persistence.database import Database
from shared.persistence.migrations import migrate
from tests.books.big_library import TEN_THOUSAND_BOOKS
from tests.books.library import Library


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
async def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A database with the newest schema, made once: that takes longer than most tests."""
    map_model()
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('books') / 'books.db'}"
    else:
        url = request.getfixturevalue("postgres_server").create_database("books_tests")
    database = Database(url)
    await migrate(database, "books_service")
    yield database
    await database.dispose()


@pytest.fixture
async def database(migrated: Database) -> Database:
    """A database with the newest schema and nothing in it."""
    await Library(migrated).clear()
    return migrated


@pytest.fixture
def library(database: Database) -> Library:
    return Library(database)


@pytest.fixture
async def big_library(postgres_url: str) -> AsyncIterator[Database]:
    """Ten thousand books on PostgreSQL."""
    map_model()
    database = Database(postgres_url)
    await migrate(database, "books_service")
    async with database.engine.begin() as connection:
        for statement in TEN_THOUSAND_BOOKS:
            await connection.execute(text(statement))
    yield database
    await database.dispose()
