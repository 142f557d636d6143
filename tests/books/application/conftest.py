"""Use cases on SQLite: what they need from outside is real, and cheap."""

from collections.abc import AsyncIterator

import pytest

from books_service.adapters.sql_tables import map_model
from shared.persistence.database import Database
from shared.persistence.migrations import migrate
from tests.books.library import Library


@pytest.fixture(scope="session")
async def migrated_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    map_model()
    database = Database(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('use_cases') / 'books.db'}")
    await migrate(database, "books_service")
    yield database
    await database.dispose()


@pytest.fixture
async def library(migrated_on_sqlite: Database) -> Library:
    library = Library(migrated_on_sqlite)
    await library.clear()
    return library
