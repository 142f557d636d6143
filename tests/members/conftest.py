"""A members database, on either engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.sql_tables import map_model
from shared.persistence.database import Database
from tests.members.register import Register
from tests.templates import Templates


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
async def register(templates: Templates, package: str, tmp_path: Path, keys: DataKeys) -> AsyncIterator[Register]:
    """Make a register on SQLite; where both databases are tried, a module makes its own of `database`."""
    map_model()
    database = Database(await templates.on_sqlite(package, tmp_path / "register.db"))
    yield Register(database, keys)
    await database.dispose()


@pytest.fixture
def keys(tmp_path: Path) -> DataKeys:
    return DataKeys(tmp_path / "data-keys.txt", make_missing=True)
