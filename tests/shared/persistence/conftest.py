from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from tests.shared.stores import Store, a_store


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with a_store(database_url) as made:
        async with made.database.session() as session, session.begin():
            await session.execute(insert(made.counters), {"name": "hits", "value": 0})
        yield made


@pytest.fixture
async def on_postgres(postgres_url: str) -> AsyncIterator[Store]:
    async with a_store(postgres_url, pool_size=2) as made:
        async with made.database.session() as session, session.begin():
            await session.execute(insert(made.counters), {"name": "hits", "value": 0})
        yield made


@pytest.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[Store]:
    async with a_store(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}") as made:
        async with made.database.session() as session, session.begin():
            await session.execute(insert(made.counters), {"name": "hits", "value": 0})
        yield made
