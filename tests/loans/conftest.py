"""A loans database, on either engine."""

from collections.abc import AsyncIterator

import pytest

from loans_service.adapters.sql_tables import map_model
from shared.persistence.database import Database


@pytest.fixture(scope="session")
def package() -> str:
    return "loans_service"


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    map_model()
    database = Database(migrated_url)
    yield database
    await database.dispose()
