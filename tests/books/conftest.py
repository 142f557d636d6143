"""A books database, on either engine."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from books_service.adapters.sql_tables import map_model
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.books.big_library import TEN_THOUSAND_BOOKS
from tests.books.library import Library
from tests.kept_database import Kept
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
def package() -> str:
    return "books_service"


@pytest.fixture
def database(kept: Kept) -> Database:
    map_model()
    return kept.database


@pytest.fixture
def sqlite_database(kept_sqlite: Kept) -> Database:
    """Without a server: for use cases, whose SQL is proved on both kinds elsewhere."""
    map_model()
    return kept_sqlite.database


@pytest.fixture
def library(database: Database) -> Library:
    return Library(database)


@pytest.fixture(scope="module")
async def big_library(postgres_server: PostgresServer) -> AsyncIterator[Database]:
    """Ten thousand books on PostgreSQL, among which what a test adds is not noticed."""
    map_model()
    database = Database(postgres_server.create_database("big_library"))
    await migrate(database, "books_service")
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in TEN_THOUSAND_BOOKS:
            await connection.execute(text(statement))
    yield database
    await database.dispose()
    postgres_server.drop_database("big_library")
