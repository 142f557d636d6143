"""A writing transaction: nothing of it stays behind, whatever ends it."""

import asyncio
import gc
import random
from typing import Any

import asyncpg
import pytest
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from shared.kernel.errors import Unavailable
from shared.persistence.database import Database, as_unavailable
from shared.persistence.statements import InsertMany, Prepared, PreparedDml
from shared.persistence.transaction import OrmTransaction
from tests.ports import quiet_ports
from tests.shared.persistence.counting import fails, value
from tests.shared.stores import Store


def count_up(store: Store) -> PreparedDml:
    counters = store.counters
    return PreparedDml(update(counters).where(counters.c.name == "hits").values(value=counters.c.value + 1))


def present(store: Store) -> Prepared:
    return Prepared(select(store.counters.c.value).where(store.counters.c.name == "hits").with_for_update())


async def increment(store: Store, *, by_session: bool = False) -> None:
    """Read, think, write, by prepared statements or some of it by a session."""
    transaction = await (store.database.begin(with_session=True) if by_session else store.database.begin())
    try:
        if isinstance(transaction, OrmTransaction):
            before = await transaction.session.scalar(select(store.counters.c.value).with_for_update())
            assert before is not None
        else:
            ((before,),) = await transaction.run(present(store))
        await asyncio.sleep(0)
        set_ = PreparedDml(update(store.counters).where(store.counters.c.name == "hits").values(value=bindparam("new")))
        await transaction.write([(set_, [{"new": before + 1}])])
        await transaction.commit()
    finally:
        await transaction.close()


def assert_nothing_is_taken(store: Store) -> None:
    pool = store.database.engine.pool
    assert isinstance(pool, QueuePool)
    assert 0 == pool.checkedout()


async def test_many_at_once_lose_no_update(store: Store) -> None:
    await asyncio.gather(*(increment(store) for _ in range(20)))

    assert 20 == await value(store)
    assert_nothing_is_taken(store)


async def test_a_session_and_prepared_statements_share_one_transaction(store: Store) -> None:
    transaction = await store.database.begin(with_session=True)
    await transaction.session.execute(update(store.counters).values(value=5))
    ((seen,),) = await transaction.run(present(store))
    await transaction.write([(count_up(store), [{}])])
    again = await transaction.session.scalar(select(store.counters.c.value))
    await transaction.close()

    assert (5, 6, 0) == (seen, again, await value(store))


async def test_what_is_not_committed_is_undone_and_what_is_stays(store: Store) -> None:
    for commits in (False, True):
        transaction = await store.database.begin()
        await transaction.write([(count_up(store), [{}])])
        if commits:
            await transaction.commit()
        await transaction.close()
        await transaction.close()

    assert 1 == await value(store)


async def test_after_a_violated_constraint_the_connection_is_as_good_as_before(store: Store) -> None:
    for _ in range(25):  # more often than there are connections
        transaction = await store.database.begin()
        with pytest.raises(IntegrityError):
            await transaction.write([(InsertMany(store.counters), [{"name": "hits", "value": 1}])])
        await transaction.close()

    await increment(store)
    assert 1 == await value(store)


# aiosqlite leaves a connection whose connecting is cancelled to the garbage collector, of which Python 3.13 complains.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <.*FileConnection:pytest.PytestUnraisableExceptionWarning")
async def test_cancelled_transactions_leak_neither_connections_nor_locks(store: Store) -> None:
    rng = random.Random(5)

    async def be_cancelled() -> None:
        task = asyncio.create_task(increment(store, by_session=rng.random() < 0.5))
        await asyncio.wait([task], timeout=rng.random() * 0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for _ in range(20):
        await asyncio.gather(*(be_cancelled() for _ in range(5)))
    async with asyncio.timeout(20):
        await asyncio.gather(*(increment(store) for _ in range(12)))
        before = await value(store)
        await increment(store)

    assert before is not None
    assert before + 1 == await value(store)
    assert_nothing_is_taken(store)
    gc.collect()


async def test_cancelled_reads_leak_no_connections(on_postgres: Store) -> None:
    slow = Prepared(select(func.pg_sleep(2)))
    for _ in range(4):
        task = asyncio.create_task(on_postgres.database.rows(slow))
        await asyncio.wait([task], timeout=0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with asyncio.timeout(1.5):  # nobody sleeps on
        assert [(0,)] == await on_postgres.database.rows(Prepared(select(on_postgres.counters.c.value)))
    assert_nothing_is_taken(on_postgres)


async def test_a_backend_killed_between_two_statements_is_not_given_back(on_postgres: Store) -> None:
    transaction = await on_postgres.database.begin()
    await transaction.write([(count_up(on_postgres), [{}])])
    await _kill_others(on_postgres.database)

    error = await fails(transaction.write([(count_up(on_postgres), [{}])]))
    await transaction.close()

    _assert_interrupted(error)
    await increment(on_postgres)
    assert 1 == await value(on_postgres)
    assert_nothing_is_taken(on_postgres)


async def test_a_backend_killed_before_the_commit_leaves_nothing(on_postgres: Store) -> None:
    transaction = await on_postgres.database.begin()
    await transaction.write([(count_up(on_postgres), [{}])])
    await _kill_others(on_postgres.database)

    error = await fails(transaction.commit())
    await transaction.close()

    _assert_interrupted(error)
    assert 0 == await value(on_postgres)


async def test_a_statement_that_takes_too_long_means_busy_and_harms_nobody(on_postgres: Store) -> None:
    transaction = await on_postgres.database.begin()
    await transaction.run(Prepared(select(func.set_config("statement_timeout", "50", True))))
    error = await fails(transaction.run(Prepared(select(func.pg_sleep(2)))))
    await transaction.close()

    unavailable = as_unavailable(error)
    assert isinstance(unavailable, Unavailable)
    assert "busy" in unavailable.detail
    await increment(on_postgres)
    assert_nothing_is_taken(on_postgres)


async def test_a_driver_that_runs_out_of_time_gives_up_its_connection(
    on_postgres: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction = await on_postgres.database.begin()
    whole: Any = asyncpg.Connection.fetch

    async def impatient(self: Any, query: str, *values: Any) -> Any:
        return await whole(self, query, *values, timeout=0.05)

    monkeypatch.setattr(asyncpg.Connection, "fetch", impatient)
    error = await fails(transaction.run(Prepared(select(func.pg_sleep(2)))))
    monkeypatch.undo()
    await transaction.close()

    assert isinstance(error, TimeoutError)
    assert isinstance(as_unavailable(error), Unavailable)
    await increment(on_postgres)
    assert_nothing_is_taken(on_postgres)


async def test_a_database_that_nobody_runs_is_unavailable() -> None:
    (port,) = quiet_ports(1)
    database = Database(f"postgresql+asyncpg://app@127.0.0.1:{port}/test")

    for work in (database.begin(), database.rows(Prepared(select(func.now())))):
        assert isinstance(await fails(work), Unavailable)
    await database.dispose()


async def _kill_others(database: Database) -> None:
    async with database.reading() as connection:
        query = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.execute(query)


def _assert_interrupted(error: Exception) -> None:
    assert isinstance(error, DBAPIError | ConnectionError)
    unavailable = as_unavailable(error)
    assert isinstance(unavailable, Unavailable), error
    assert "interrupted" in unavailable.detail
