"""A branch with a database on SQLite: quick, and as strict as any."""

import pytest

from shared.persistence.database import Database
from tests.loans.branch import Branch


@pytest.fixture
def branch(sqlite_database: Database) -> Branch:
    return Branch(sqlite_database)
