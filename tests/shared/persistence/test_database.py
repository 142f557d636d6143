"""Transactions and isolation on both databases."""

import asyncio
import gc
import random

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from shared.kernel.ids import new_id
from shared.persistence.database import as_unavailable, violates
from tests.shared.persistence.counting import fails, increment, value
from tests.shared.stores import NOON, Store


async def test_no_update_is_lost_among_many_writers(store: Store) -> None:
    async def increment_often() -> None:
        for _ in range(20):
            await increment(store)

    await asyncio.gather(*(increment_often() for _ in range(20)))

    assert await value(store) == 400


async def test_reading_waits_for_no_writer_and_sees_only_what_is_committed(store: Store) -> None:
    async with store.database.begin() as transaction:
        await transaction.run(update(store.counters).values(value=7))

        assert await value(store) == 0  # who waits for that writer is refused after five seconds

        await transaction.commit()
    assert await value(store) == 7


async def test_reading_keeps_no_writer_waiting(store: Store) -> None:
    async with store.database.reading() as connection:
        before = (await connection.execute(select(store.counters.c.value))).scalar()
        await asyncio.wait_for(increment(store), 30)
        after = (await connection.execute(select(store.counters.c.value))).scalar()

    assert (before, after) == (0, 1)


async def test_a_transaction_that_is_left_without_a_commit_changes_nothing(store: Store) -> None:
    async with store.database.begin() as transaction:
        await transaction.run(update(store.counters).values(value=7))

    assert await value(store) == 0


# aiosqlite leaves a connection whose connecting is cancelled to the garbage collector, of which Python 3.13 complains.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <.*FileConnection:pytest.PytestUnraisableExceptionWarning")
async def test_cancelled_transactions_leak_neither_connections_nor_locks(store: Store) -> None:
    rng = random.Random(3)

    async def be_cancelled() -> None:
        task = asyncio.create_task(increment(store))
        await asyncio.wait([task], timeout=rng.random() * 0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for _ in range(20):
        await asyncio.gather(*(be_cancelled() for _ in range(5)))
    before = await value(store)
    await asyncio.wait_for(increment(store), 30)

    assert before is not None
    assert await value(store) == before + 1
    pool = store.database.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0
    gc.collect()


async def test_numbers_that_json_does_not_know_are_not_stored(store: Store) -> None:
    async with store.database.begin() as transaction:
        row = {"event_id": new_id(), "occurred_at": NOON, "type": "t", "subject": "s", "data": {"amount": float("nan")}}
        error = await fails(transaction.run(insert(store.tables.outbox).values(row)))

    assert isinstance(error, ValueError)


async def test_an_error_does_not_tell_the_values_of_its_statement(store: Store) -> None:
    async with store.database.begin() as transaction:
        error = await fails(transaction.run(insert(store.counters).values({"name": "hits", "value": 424242})))

    assert "424242" not in str(error)


async def test_a_violated_constraint_is_recognised_and_not_taken_for_another(store: Store) -> None:
    async with store.database.begin() as transaction:
        error = await fails(transaction.run(insert(store.counters).values({"name": "hits", "value": 1})))

    assert isinstance(error, IntegrityError)
    assert violates(error, "pk_counters", "counters.name")
    assert not violates(error, "pk_effects", "effects.number")
    assert as_unavailable(error) is None


async def test_a_missing_value_violates_no_unique_constraint(store: Store) -> None:
    async with store.database.begin() as transaction:
        error = await fails(transaction.run(insert(store.effects).values({"subject": None, "sequence": 1})))

    assert isinstance(error, IntegrityError)
    assert not violates(error, "pk_effects", "effects.number")


async def test_a_fault_of_ours_is_not_taken_for_a_database_that_is_away(store: Store) -> None:
    async with store.database.reading() as connection:
        error = await fails(connection.execute(text("SELECT * FROM nowhere")))

    assert isinstance(error, DBAPIError)
    assert as_unavailable(error) is None
    assert as_unavailable(ValueError("no")) is None
    assert as_unavailable(FileNotFoundError("no")) is None


async def test_a_reference_to_nothing_is_refused_on_sqlite_too(on_sqlite: Store) -> None:
    async with on_sqlite.database.reading() as connection:
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar() == 1
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
