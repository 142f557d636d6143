"""During an upgrade, and after the way back from it, a release runs on what a later one has migrated."""

import asyncio
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.end_to_end import processes
from tests.ports import quiet_ports
from tests.shared import begun

THINGS = "tests.shared.things_command"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    database = f"sqlite+aiosqlite:///{tmp_path / 'things.db'}"
    return {"THINGS_DATABASE_URL": database, "RABBITMQ_URL": "amqp://broker", "LOG_LEVEL": "ERROR"}


def done(*words: str, **settings: str) -> tuple[int, str]:
    finished = processes.run(THINGS, *words, environment=settings)
    return finished.returncode, finished.stderr


def migrate_further(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "things.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0099'")


async def answers(port: int) -> tuple[int, object]:
    async with httpx.AsyncClient() as client:
        ready = await client.get(f"http://127.0.0.1:{port}/health/ready")
    return ready.status_code, ready.json().get("checks")


async def test_a_process_that_runs_stays_ready_while_a_later_release_migrates(
    settings: dict[str, str], tmp_path: Path
) -> None:
    done("migrate", **settings)
    (port,) = quiet_ports(1)
    process = await begun.begin(THINGS, "relay", "--port", str(port), environment=settings)
    await asyncio.wait_for(process.stdout.readline(), 60)

    migrate_further(tmp_path)
    await asyncio.sleep(1.1)  # for so long what was found last is answered
    found = await answers(port)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 60)

    assert (200, {"database": "ok", "schema": "ok"}) == found


async def test_after_the_way_back_everything_starts_again(settings: dict[str, str], tmp_path: Path) -> None:
    done("migrate", **settings)
    migrate_further(tmp_path)

    migrated, told = done("migrate", **settings)
    awaited, _ = done("await-schema", "--wait", "0", **settings)
    process = await begun.begin(THINGS, "relay", environment=settings)
    try:
        begins = await asyncio.wait_for(process.stdout.readline(), 60)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 60)

    assert (0, 0, b"works\n") == (migrated, awaited, begins)
    assert told == "A later release has migrated the database; it stays as it is, and this one works with it.\n"
