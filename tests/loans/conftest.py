"""A loans database, on either engine."""

import pytest

from loans_service.adapters.sql_tables import map_model
from shared.persistence.database import Database
from tests.kept_database import Kept


@pytest.fixture(scope="session")
def package() -> str:
    return "loans_service"


@pytest.fixture
def database(kept: Kept) -> Database:
    map_model()
    return kept.database


@pytest.fixture
def sqlite_database(kept_sqlite: Kept) -> Database:
    """Without a server: for use cases, whose SQL is proved on both kinds elsewhere."""
    map_model()
    return kept_sqlite.database
