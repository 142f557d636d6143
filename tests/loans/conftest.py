"""A loans database, on either engine."""

import pytest


@pytest.fixture(scope="session")
def package() -> str:
    return "loans_service"
