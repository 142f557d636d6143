"""A members database, on either engine."""

from collections.abc import AsyncIterator

import pytest

from members_service.adapters.sql_tables import map_model
from shared.persistence.database import Database
from shared.persistence.migrations import migrate


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    map_model()
    database = Database(database_url)
    await migrate(database, "members_service")
    yield database
    await database.dispose()
