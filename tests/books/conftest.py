"""A books database, on either engine."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from books_service.persistence.tables import map_model
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.books.big_library import TEN_THOUSAND_BOOKS
from tests.books.library import Library
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
def package() -> str:
    map_model()
    return "books_service"


@pytest.fixture
def library(database: Database) -> Library:
    return Library(database)


@pytest.fixture(scope="module")
async def big_library(postgres_server: PostgresServer, package: str) -> AsyncIterator[Database]:
    """Ten thousand books on PostgreSQL, among which what a test adds is not noticed."""
    database = Database(postgres_server.create_database("big_library"), command_timeout=600)  # it is filled at once
    await migrate(database, package)
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in TEN_THOUSAND_BOOKS:
            await connection.execute(text(statement))
    yield database
    await database.dispose()
    postgres_server.drop_database("big_library")
