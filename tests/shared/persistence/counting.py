"""A counter in a store, and what is done with it."""

import asyncio
from collections.abc import Awaitable

import pytest
from sqlalchemy import select, update

from tests.shared.stores import Store


async def increment(store: Store) -> None:
    """Read, think, write: what loses updates unless the row, or the database, is locked from the start."""
    async with store.database.begin() as transaction:
        ((value,),) = await transaction.run(select(store.counters.c.value).with_for_update())
        await asyncio.sleep(0)
        await transaction.run(update(store.counters).values(value=value + 1))
        await transaction.commit()


async def value(store: Store) -> int | None:
    counted: int | None = (await store.database.first(select(store.counters.c.value)))[0]
    return counted


async def fails(work: Awaitable[object]) -> Exception:
    with pytest.raises(Exception) as caught:
        await work
    return caught.value
