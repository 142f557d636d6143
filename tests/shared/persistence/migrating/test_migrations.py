import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic import command
from sqlalchemy import inspect, text

from shared.persistence.database import Database
from shared.persistence.migrating.migrations import alembic_config, migrate
from shared.persistence.migrating.schema import SchemaNotCurrent, expect_current
from tests.shared.begun import begin
from tests.shared.persistence.migrate import PACKAGE


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.dispose()


async def tables(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_migrating_brings_an_empty_database_to_the_newest_schema(database: Database) -> None:
    with pytest.raises(SchemaNotCurrent):
        await expect_current(database, PACKAGE)

    await migrate(database, PACKAGE)

    await expect_current(database, PACKAGE)
    assert await tables(database) == {"alembic_version", "things", "places"}


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await migrate(database, PACKAGE)

    await migrate(database, PACKAGE)

    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM things"))).scalar() == 1


async def test_two_tasks_may_migrate_at_once(database: Database) -> None:
    await asyncio.gather(*(migrate(database, PACKAGE) for _ in range(3)))

    await expect_current(database, PACKAGE)


async def test_several_processes_may_migrate_at_once(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    processes = [await begin("tests.shared.persistence.migrate", url, environment={}) for _ in range(4)]

    told = await asyncio.gather(*(process.communicate() for process in processes))

    assert [process.returncode for process in processes] == [0] * 4, told
    await expect_current(database, PACKAGE)


async def test_a_migration_that_fails_leaves_nothing_behind(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(PACKAGE, sync), "0001"))
        await connection.execute(text("INSERT INTO things VALUES (13)"))

    with pytest.raises(ValueError, match="thing 13"):
        await migrate(database, PACKAGE)

    assert await tables(database) == {"alembic_version", "things"}
    with pytest.raises(SchemaNotCurrent):
        await expect_current(database, PACKAGE)


async def test_a_newer_schema_than_the_code_knows_is_not_current(database: Database) -> None:
    await migrate(database, PACKAGE)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))

    with pytest.raises(SchemaNotCurrent, match="0099"):
        await expect_current(database, PACKAGE)


async def test_a_migration_may_take_longer_than_a_request(postgres_url: str) -> None:
    database = Database(postgres_url)
    async with database.session() as session:
        await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": 0x6D696772})
        migrating = asyncio.create_task(migrate(database, PACKAGE))
        done, _ = await asyncio.wait([migrating], timeout=3.3)  # longer than the lock timeout of a request

    await migrating

    assert not done
    await expect_current(database, PACKAGE)
    await database.dispose()
