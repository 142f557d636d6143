"""A loans database, on either engine."""

import pytest

from shared.persistence.database import Database
from tests.kept_database import Kept


@pytest.fixture(scope="session")
def package() -> str:
    return "loans_service"


@pytest.fixture
def database(kept: Kept) -> Database:
    return kept.database


@pytest.fixture
def sqlite_database(kept_sqlite: Kept) -> Database:
    """Without a server: for use cases, whose SQL is proved on both kinds elsewhere."""
    return kept_sqlite.database
