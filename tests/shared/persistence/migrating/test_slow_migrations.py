"""On a server that is busy, a migration takes its time and takes nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate

HEAVIER = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("SELECT pg_sleep(1)")
    op.add_column("things", sa.Column("weight", sa.Integer))
"""


@pytest.fixture
def heavier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a package whose migration changes the things that are there."""
    versions = tmp_path / "heavier_things" / "migrations" / "versions"
    versions.mkdir(parents=True)
    for folder in (versions.parent.parent, versions.parent):
        (folder / "__init__.py").write_text('LINEAGE = "heavier"\n')
    env = Path(__file__).parents[1] / "things" / "migrations" / "env.py"
    (versions.parent / "env.py").write_text(env.read_text())
    (versions / "0001_weight.py").write_text(HEAVIER)
    monkeypatch.syspath_prepend(tmp_path)
    return "heavier_things"


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    made = Database(postgres_url, command_timeout=0.5)
    async with made.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE things (thing_id INTEGER PRIMARY KEY)"))
    yield made
    await made.dispose()


@asynccontextmanager
async def reading_for_long(database: Database) -> AsyncIterator[None]:
    """Read the things in a transaction that lasts as long as the block, as a dump does."""
    async with database.migrating_engine.begin() as connection:
        await connection.execute(text("SELECT * FROM things"))
        yield


async def test_a_migration_may_take_longer_than_the_driver_waits_for_others(database: Database, heavier: str) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_sleep(database), 10)

    await migrate(database, heavier)


async def _sleep(database: Database) -> None:
    async with database.reading() as connection:
        await connection.execute(text("SELECT pg_sleep(1)"))


async def test_a_migration_waits_for_another_one_as_long_as_that_takes(database: Database, heavier: str) -> None:
    with capture_logs() as told:
        async with database.migrating_engine.begin() as other:
            await other.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": 0x6D696772})
            migrating = asyncio.create_task(migrate(database, heavier))
            done, _ = await asyncio.wait([migrating], timeout=3.3)  # longer than the lock timeout of a request
        await migrating

    assert not done
    assert "another process migrates; its end is waited for" in [line["event"] for line in told]


async def test_nobody_is_kept_from_a_table_by_a_migration_that_waits_for_it(database: Database, heavier: str) -> None:
    readers = Database(database.engine.url.render_as_string(hide_password=False))
    with capture_logs() as told:
        async with reading_for_long(database):
            migrating = asyncio.create_task(migrate(database, heavier))
            await _waits_for_a_table(readers)
            async with readers.reading() as connection:
                for _ in range(3):  # each would be refused after the lock timeout of a request
                    await connection.execute(text("SELECT * FROM things"))
            waited = not migrating.done()
        await migrating
    await readers.dispose()

    assert waited
    assert "warning" in {line["log_level"] for line in told if line["event"].startswith("the migration waits for what")}


async def _waits_for_a_table(database: Database) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'")
    async with database.reading() as connection:
        while not (await connection.execute(waiting)).scalar_one():
            await asyncio.sleep(0.1)
