"""The stores, with a counter in each."""

import pytest
from sqlalchemy import insert

from tests.shared.stores import Store


@pytest.fixture
async def store(store: Store) -> Store:
    return await _counting(store)


@pytest.fixture
async def on_postgres(on_postgres: Store) -> Store:
    return await _counting(on_postgres)


@pytest.fixture
async def on_sqlite(on_sqlite: Store) -> Store:
    return await _counting(on_sqlite)


async def _counting(store: Store) -> Store:
    async with store.database.begin() as transaction:
        await transaction.run(insert(store.counters).values({"name": "hits", "value": 0}))
        await transaction.commit()
    return store
