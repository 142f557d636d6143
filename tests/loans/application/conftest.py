"""A branch with a database on SQLite: quick, and as strict as any."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.loans.branch import Branch


@pytest.fixture
async def branch(tmp_path: Path) -> AsyncIterator[Branch]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'loans.db'}")
    await migrate(database, "loans_service")
    yield Branch(database)
    await database.dispose()
