from collections.abc import AsyncIterator

import pytest

from tests.shared.stores import Store, a_store


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store on each kind of database."""
    async with a_store(database_url) as made:
        yield made
