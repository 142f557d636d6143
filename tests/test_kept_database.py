"""A database that is used again is as good as a new one, or is not used again."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.kept_database import KeptDatabase

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
