"""A desk with a database of its own, on SQLite."""

import pytest

from members_service.persistence.data_keys import DataKeys
from shared.persistence.database import Database
from tests.members.desk import Desk


@pytest.fixture
def empty_desk(sqlite_database: Database, keys: DataKeys) -> Desk:
    """Open a desk at which nobody has an account."""
    return Desk(sqlite_database, keys)


@pytest.fixture
async def desk(empty_desk: Desk) -> Desk:
    """Open a desk at which Ada has an account."""
    return await empty_desk.open()
