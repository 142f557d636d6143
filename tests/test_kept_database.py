"""A database that is used again is as good as a new one, or is not used again."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.kept_database import KeptDatabase, KeptFile

SCHEMA = """
CREATE TABLE rules (rule integer PRIMARY KEY, wording text, size integer GENERATED ALWAYS AS (length(wording)) STORED);
INSERT INTO rules VALUES (1, 'Be kind.');
CREATE TABLE things (thing integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, rule integer REFERENCES rules);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;
CREATE TRIGGER append_only BEFORE DELETE ON things EXECUTE FUNCTION refuse();
"""


@pytest.fixture
async def session(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    session = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    await session.execute(SCHEMA)
    yield session
    session.terminate()


@pytest.fixture
async def kept(postgres_url: str, session: asyncpg.Connection) -> AsyncIterator[KeptDatabase]:
    del session  # it makes the tables
    kept = await KeptDatabase.of(postgres_url)
    yield kept
    await kept.leave()


async def test_what_a_test_wrote_is_gone_and_what_the_migrations_wrote_is_back(
    kept: KeptDatabase, postgres_url: str, session: asyncpg.Connection
) -> None:
    await session.execute("UPDATE rules SET wording = 'Be quick.'; INSERT INTO rules VALUES (2, 'Shout.')")
    await session.execute("INSERT INTO things (rule) VALUES (1), (2), (2)")

    assert await kept.clear()

    assert session.is_closed()  # and with it whatever it had locked
    another = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    assert [(1, "Be kind.", 8)] == [tuple(row) for row in await another.fetch("SELECT * FROM rules")]
    assert [] == await another.fetch("SELECT * FROM things")
    assert 1 == await another.fetchval("INSERT INTO things (rule) VALUES (1) RETURNING thing")
    await another.close()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE things DISABLE TRIGGER append_only",
        "ALTER TABLE things ALTER rule SET NOT NULL",
        "ALTER TABLE things ALTER rule SET DEFAULT 1",
        "ALTER TABLE things DROP CONSTRAINT things_rule_fkey",
        "CREATE INDEX ON things (rule)",
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE VIEW few AS SELECT 1",
        "CREATE SCHEMA elsewhere",
        "GRANT SELECT ON things TO public",
        "TRUNCATE things",
        "ANALYZE rules",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 64', current_database()); END $$",
        "INSERT INTO rules SELECT number, repeat('x', 1000) FROM generate_series(2, 12000) AS number",
    ],
)
async def test_a_database_that_is_not_as_it_was_is_not_used_again(
    kept: KeptDatabase, session: asyncpg.Connection, change: str
) -> None:
    await session.execute(change)

    assert not await kept.clear()


async def test_after_a_crash_of_the_server_a_new_one_is_made(kept: KeptDatabase) -> None:
    await kept.leave()

    assert not await kept.clear()


@pytest.fixture
async def kept_file(tmp_path: Path) -> AsyncIterator[KeptFile]:
    file = tmp_path / "kept.db"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE rules (rule integer PRIMARY KEY, wording);")
        connection.execute("INSERT INTO rules VALUES (1, 'Be kind.')")
        connection.commit()
    kept = KeptFile(file)
    yield kept
    await kept.leave()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE rules SET wording = 'Be quick.'",
        "DROP TABLE rules",
        "ALTER TABLE rules ADD COLUMN size integer",
        "CREATE TRIGGER quiet BEFORE INSERT ON rules BEGIN SELECT RAISE(IGNORE); END",
    ],
)
async def test_a_file_is_as_it_was_whatever_was_done_to_it(kept_file: KeptFile, change: str) -> None:
    engine = kept_file.database.engine
    async with engine.begin() as connection:
        await connection.execute(text(change))

    assert await kept_file.clear()

    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO rules VALUES (2, 'Come back.')"))
        rows = await connection.execute(text("SELECT * FROM rules ORDER BY rule"))
        assert [(1, "Be kind."), (2, "Come back.")] == [tuple(row) for row in rows]


async def test_a_file_tells_nothing_of_what_a_test_wrote(kept_file: KeptFile, tmp_path: Path) -> None:
    async with kept_file.database.engine.begin() as connection:
        await connection.execute(text("INSERT INTO rules VALUES (2, 'Tell nobody.')"))

    assert await kept_file.clear()

    assert all(b"Tell nobody" not in file.read_bytes() for file in tmp_path.iterdir())


async def test_a_file_that_somebody_still_writes_to_is_not_used_again(kept_file: KeptFile, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "kept.db")) as connection:
        connection.execute("INSERT INTO rules VALUES (2, 'Wait for me.')")

        assert not await kept_file.clear()


async def test_those_who_use_a_file_at_once_take_turns(kept_file: KeptFile) -> None:
    seen = []

    async def ask(who: str, connection: AsyncConnection) -> None:
        for _ in range(3):
            await connection.execute(text("SELECT 1"))
            seen.append(who)

    async with kept_file.database.reading() as one, kept_file.database.reading() as other:
        await asyncio.gather(ask("Ada", one), ask("Grace", other))

    assert ["Ada", "Grace"] * 3 == seen


async def test_what_was_asked_before_is_asked_again_on_the_same_connections(kept: KeptDatabase) -> None:
    before = (await kept.database.first(text("SELECT pg_backend_pid()")))[0]

    assert await kept.clear()

    assert before == (await kept.database.first(text("SELECT pg_backend_pid()")))[0]


async def test_a_connection_that_was_not_given_back_is_ended_and_another_made(kept: KeptDatabase) -> None:
    async with AsyncExitStack() as stack:
        lost = await kept.database.engine.connect()
        await lost.execute(text("INSERT INTO things (rule) VALUES (1)"))
        stack.push_async_callback(lost.invalidate)

        assert await kept.clear()

        async with kept.database.engine.begin() as connection:
            assert 1 == await connection.scalar(text("INSERT INTO things (rule) VALUES (1) RETURNING thing"))
