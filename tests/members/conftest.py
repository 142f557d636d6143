"""A members database, on either engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.sql_tables import map_model
from shared.persistence.database import Database


@pytest.fixture(scope="session")
def package() -> str:
    return "members_service"


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    map_model()
    database = Database(migrated_url)
    yield database
    await database.dispose()


@pytest.fixture
def keys(tmp_path: Path) -> DataKeys:
    return DataKeys(tmp_path / "data-keys.txt", make_missing=True)
