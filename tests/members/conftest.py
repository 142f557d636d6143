"""A members database, on either engine."""

from pathlib import Path

import pytest

from members_service.persistence.data_keys import DataKeys
from members_service.persistence.tables import map_model
from shared.persistence.database import Database
from tests.members.register import Register
from tests.templates import Templates


@pytest.fixture(scope="session")
def package() -> str:
    map_model()
    return "members_service"


@pytest.fixture
def register(sqlite_database: Database, keys: DataKeys) -> Register:
    """Make a register on SQLite; where both databases are tried, a module makes its own of `database`."""
    return Register(sqlite_database, keys)


@pytest.fixture
def keys(tmp_path: Path) -> DataKeys:
    return DataKeys(tmp_path / "data-keys.txt", make_missing=True)


@pytest.fixture
async def folder(templates: Templates, package: str, tmp_path: Path) -> Path:
    """A folder with a migrated database."""
    await templates.on_sqlite(package, tmp_path / "members.db")
    return tmp_path
