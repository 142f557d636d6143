"""Use cases on SQLite: what they need from outside is real, and cheap."""

import pytest

from shared.persistence.database import Database
from tests.books.library import Library


@pytest.fixture
def library(sqlite_database: Database) -> Library:
    return Library(sqlite_database)
