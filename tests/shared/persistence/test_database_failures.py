"""What a database that is ill means, with the real errors of both databases."""

import asyncio
import socket
import sqlite3
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.kernel.errors import Unavailable
from shared.persistence.database import Database, as_unavailable
from tests.ports import quiet_ports
from tests.servers import PostgresServer
from tests.shared.persistence.counting import fails, increment, value
from tests.shared.stores import Store


async def test_a_database_that_nobody_runs_is_unavailable() -> None:
    (port,) = quiet_ports(1)
    database = Database(f"postgresql+asyncpg://app@127.0.0.1:{port}/test")

    for work in (database.ping(), _begin(database)):
        assert isinstance(await fails(work), Unavailable)
    await database.dispose()


async def _begin(database: Database) -> None:
    async with database.begin() as transaction:
        await transaction.run(text("SELECT 1"))


async def test_a_database_that_says_nothing_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = Database(f"postgresql+asyncpg://app@127.0.0.1:{silent.getsockname()[1]}/test")
        begun = time.monotonic()

        assert isinstance(await fails(database.ping()), Unavailable)
        assert time.monotonic() - begun < 15
        await database.dispose()


async def test_a_database_that_does_not_exist_is_unavailable(postgres_server: PostgresServer) -> None:
    database = Database(postgres_server.url("nowhere"))

    error = await fails(database.ping())

    assert isinstance(error, Unavailable)
    assert "nowhere" in str(error.__cause__)
    await database.dispose()


async def test_a_folder_that_does_not_exist_makes_sqlite_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'test.db'}")

    assert isinstance(await fails(database.ping()), Unavailable)
    await database.dispose()


def assert_unavailable(error: Exception, word: str) -> None:
    unavailable = as_unavailable(error)
    assert isinstance(unavailable, Unavailable), error
    assert word in unavailable.detail
    assert unavailable.retry_after == timedelta(seconds=1)


async def test_a_statement_that_takes_too_long_means_busy(on_postgres: Store) -> None:
    async with on_postgres.database.begin() as transaction:
        await transaction.run(text("SET LOCAL statement_timeout = 50"))
        assert_unavailable(await fails(transaction.run(text("SELECT pg_sleep(2)"))), "busy")


async def test_a_lock_that_is_not_had_in_time_means_busy(on_postgres: Store) -> None:
    change = update(on_postgres.counters).values(value=1)
    async with on_postgres.database.begin() as first, on_postgres.database.begin() as second:
        await first.run(change)
        await second.run(text("SET LOCAL lock_timeout = 50"))

        assert_unavailable(await fails(second.run(change)), "busy")


async def test_two_who_wait_for_each_other_means_busy_for_one(on_postgres: Store) -> None:
    async with on_postgres.database.begin() as transaction:
        await transaction.run(insert(on_postgres.counters).values({"name": "misses", "value": 0}))
        await transaction.commit()
    hits = text("UPDATE counters SET value = 1 WHERE name = 'hits'")
    misses = text("UPDATE counters SET value = 1 WHERE name = 'misses'")
    async with on_postgres.database.begin() as first, on_postgres.database.begin() as second:
        await first.run(hits)
        await second.run(misses)

        results = await asyncio.gather(first.run(misses), second.run(hits), return_exceptions=True)

        (error,) = [result for result in results if isinstance(result, Exception)]
        assert_unavailable(error, "busy")


async def _by_session(database: Database) -> None:
    async with database.begin(with_session=True) as transaction:
        await transaction.session.execute(text("UPDATE counters SET value = value + 1"))
        await transaction.commit()


async def _by_transaction(database: Database) -> None:
    async with database.begin() as transaction:
        await transaction.run(text("UPDATE counters SET value = value + 1"))
        await transaction.commit()


@pytest.mark.parametrize("write", [_by_session, _by_transaction])
async def test_a_server_that_only_reads_now_is_left_for_the_one_that_writes(
    on_postgres: Store, write: Callable[[Database], Awaitable[None]]
) -> None:
    database = Database(on_postgres.database.engine.url.render_as_string(hide_password=False), pool_size=1)
    async with database.reading() as connection:  # the server became a standby, and the connection stayed
        await connection.execute(text("SET default_transaction_read_only = on"))

    error = await fails(write(database))
    await write(database)
    await database.dispose()

    assert_unavailable(error, "interrupted")
    assert await value(on_postgres) == 1


async def test_a_pool_without_a_free_connection_means_busy_after_a_second(on_postgres: Store) -> None:
    async with on_postgres.database.reading(), on_postgres.database.reading():
        begun = time.monotonic()
        error = await fails(on_postgres.database.ping())

    assert isinstance(error, PoolTimeout)
    assert 0.9 < time.monotonic() - begun < 10
    assert_unavailable(error, "busy")


async def test_a_session_that_the_server_ends_was_interrupted(on_postgres: Store) -> None:
    async with on_postgres.database.begin() as transaction:
        ((pid,),) = await transaction.run(text("SELECT pg_backend_pid()"))
        async with on_postgres.database.reading() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

        assert_unavailable(await fails(transaction.run(text("SELECT 1"))), "interrupted")


async def _lose_it_to_the_driver(dialect: PGDialect_asyncpg, connection: Any) -> None:
    connection._connection.terminate()
    await _SET_UP(dialect, connection)


def _lose_it_to_the_engine(dialect: PGDialect_asyncpg, connection: Any) -> Any:
    connection.connection.driver_connection.terminate()
    return _ASK_VERSION(dialect, connection)


def _lose_it_to_the_adapter(_: PGDialect_asyncpg, connection: Any) -> None:
    connection._connection.terminate()
    connection.cursor().execute("SELECT 1")


_SET_UP: Any = PGDialect_asyncpg.setup_asyncpg_json_codec
_ASK_VERSION: Any = PGDialect_asyncpg._get_server_version_info


@pytest.mark.parametrize(
    ("step", "lose"),
    [
        ("setup_asyncpg_json_codec", _lose_it_to_the_driver),
        ("_get_server_version_info", _lose_it_to_the_engine),
        ("do_rollback", _lose_it_to_the_adapter),
    ],
)
async def test_a_connection_that_is_lost_while_it_is_set_up_means_away(
    step: str, lose: Any, on_postgres: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(on_postgres.database.engine.url.render_as_string(hide_password=False))
    with monkeypatch.context() as patch:
        patch.setattr(PGDialect_asyncpg, step, lose)
        for work in (lambda: _begin(database), database.begin):
            assert isinstance(await fails(work()), Unavailable)
    await _begin(database)
    await database.dispose()


async def test_a_transaction_that_idles_too_long_was_interrupted(on_postgres: Store) -> None:
    async with on_postgres.database.begin() as transaction:
        await transaction.run(text("SET LOCAL idle_in_transaction_session_timeout = 50"))
        await asyncio.sleep(0.3)

        assert_unavailable(await fails(transaction.run(text("SELECT 1"))), "interrupted")


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_server_that_goes_away_and_comes_back_needs_nothing_done(
    how: str, on_postgres: Store, postgres_server: PostgresServer
) -> None:
    working = asyncio.create_task(fails(_sleep(on_postgres.database)))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(postgres_server.stop if how == "stop" else postgres_server.kill)
    during = await working
    away = await fails(on_postgres.database.ping())
    await asyncio.to_thread(postgres_server.start)

    await increment(on_postgres)

    assert_unavailable(during, "interrupted")
    assert isinstance(away, Unavailable)
    assert await value(on_postgres) == 1


async def _sleep(database: Database) -> None:
    async with database.reading() as connection:
        await connection.execute(text("SELECT pg_sleep(4)"))


async def test_a_write_lock_that_another_process_keeps_means_busy(on_sqlite: Store, tmp_path: Path) -> None:
    async with on_sqlite.database.reading() as connection:
        await connection.execute(text("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    error = await fails(on_sqlite.database.begin())
    other.close()

    assert_unavailable(error, "busy")
