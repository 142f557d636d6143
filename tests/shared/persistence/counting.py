"""A counter in a store, and what is done with it."""

import asyncio
from collections.abc import Awaitable

import pytest
from sqlalchemy import select, update

from tests.shared.stores import Store


async def increment(store: Store) -> None:
    """Read, think, write: what loses updates unless the row, or the database, is locked from the start."""
    async with store.database.session() as session, session.begin():
        value = await session.scalar(select(store.counters.c.value).with_for_update())
        assert value is not None
        await asyncio.sleep(0)
        await session.execute(update(store.counters).values(value=value + 1))


async def value(store: Store) -> int | None:
    counted: int | None = await store.database.value(select(store.counters.c.value))
    return counted


async def fails(work: Awaitable[object]) -> Exception:
    with pytest.raises(Exception) as caught:
        await work
    return caught.value
