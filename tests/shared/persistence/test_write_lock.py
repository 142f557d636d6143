"""Whoever wants to write into an SQLite file waits in the order of coming, and is not forgotten."""

import asyncio
import gc
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import select, text, update

from shared.kernel.errors import Unavailable
from shared.persistence.database import Database
from tests.shared.persistence.counting import fails, increment
from tests.shared.stores import Store


async def test_writers_come_in_the_order_of_asking_whatever_they_write_with(on_sqlite: Store) -> None:
    came: list[int] = []

    async def by_transaction(number: int) -> None:
        transaction = await on_sqlite.database.begin()
        came.append(number)
        await asyncio.sleep(0.001)
        await transaction.close()

    async def by_connection(number: int) -> None:
        async with on_sqlite.database.engine.begin() as connection:
            await connection.execute(update(on_sqlite.counters).values(value=number))
            came.append(number)

    writing = await on_sqlite.database.begin()
    tasks = [asyncio.create_task((by_connection if number == 2 else by_transaction)(number)) for number in range(4)]
    await asyncio.sleep(0.05)  # until even that one has a connection and stands in the queue
    tasks += [asyncio.create_task(by_transaction(4))]
    await asyncio.sleep(0)
    await writing.close()
    await asyncio.gather(*tasks)

    assert {0, 1, 3, 2} == set(came[:4])
    assert [0, 1, 3] == [number for number in came[:4] if number != 2]
    assert 4 == came[4]


async def test_two_openings_of_one_file_share_a_queue(on_sqlite: Store, tmp_path: Path) -> None:
    other = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    first = await on_sqlite.database.begin()
    waiting = asyncio.ensure_future(other.begin())
    await asyncio.wait([waiting], timeout=0.05)

    assert not waiting.done()
    await first.close()
    await (await waiting).close()
    await other.dispose()


async def test_readers_wait_for_nobody(on_sqlite: Store) -> None:
    writing = await on_sqlite.database.begin()
    queue = [asyncio.ensure_future(on_sqlite.database.begin()) for _ in range(20)]
    await asyncio.sleep(0)

    async with asyncio.timeout(3):
        await on_sqlite.database.ping()

    await writing.close()
    for task in queue:
        await (await task).close()


async def test_a_turn_that_does_not_come_means_busy_and_nobody_behind_waits_for_ever(
    on_sqlite: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = await on_sqlite.database.begin()
    monkeypatch.setattr("shared.persistence.write_lock.LONGEST_WAIT", 0.05)
    errors = [await fails(on_sqlite.database.begin()), await fails(increment(on_sqlite))]
    await writing.close()

    assert [Unavailable, Unavailable] == [type(error) for error in errors]
    await increment(on_sqlite)


async def test_a_process_that_holds_the_file_means_busy_and_the_turn_ends(on_sqlite: Store, tmp_path: Path) -> None:
    async with on_sqlite.database.reading() as connection:
        await connection.execute(text("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    error = await fails(on_sqlite.database.begin())
    other.execute("ROLLBACK")
    other.close()

    assert "locked" in str(error)
    await (await on_sqlite.database.begin()).close()


@pytest.mark.parametrize("way", ["session", "connection"])
async def test_a_query_that_was_cancelled_keeps_nobody_from_writing(
    on_sqlite: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, way: str
) -> None:
    found = asyncio.Event()

    async def be_long(_: Any) -> None:
        found.set()
        await asyncio.Event().wait()

    async def ask() -> None:
        query = select(on_sqlite.counters.c.value)
        if way == "session":
            async with on_sqlite.database.begin(with_session=True) as transaction:
                await transaction.session.scalar(query)
        else:
            async with on_sqlite.database.engine.begin() as connection:
                await connection.execute(query)

    gc.disable()  # it would find what was left behind, some time
    try:
        monkeypatch.setattr(aiosqlite.Cursor, "fetchall", be_long)
        asking = asyncio.create_task(ask())
        await found.wait()
        asking.cancel()
        await asyncio.wait([asking])
        monkeypatch.undo()
        with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")  # raises if locked
            other.execute("ROLLBACK")
            (is_read,) = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[:1]
    finally:
        gc.enable()

    assert asking.cancelled()
    assert not is_read
