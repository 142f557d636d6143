"""A desk with a database of its own, on SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.sql_tables import map_model
from shared.persistence.database import Database
from tests.members.desk import Desk
from tests.templates import Templates


@pytest.fixture
async def empty_desk(templates: Templates, package: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Open a desk at which nobody has an account."""
    map_model()
    database = Database(await templates.on_sqlite(package, tmp_path / "members.db"))
    yield Desk(database, DataKeys(tmp_path / "data-keys.txt", make_missing=True))
    await database.dispose()


@pytest.fixture
async def desk(empty_desk: Desk) -> Desk:
    """Open a desk at which Ada has an account."""
    return await empty_desk.open()
