import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from shared.persistence.migrating.schema import SchemaNotCurrent, UnknownPast, expect_current
from shared.persistence.migrating.upgrading import alembic_config
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

    assert (await database.first(text("SELECT count(*) FROM things")))[0] == 1


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


async def migrated_by_a_later_release(database: Database) -> None:
    await migrate(database, PACKAGE)
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE things ADD COLUMN weight INTEGER"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))


async def test_what_a_later_release_has_migrated_is_good_enough_for_this_one(database: Database) -> None:
    await migrated_by_a_later_release(database)

    await expect_current(database, PACKAGE)


async def test_who_reads_whole_tables_takes_no_schema_of_a_later_release(database: Database) -> None:
    await migrated_by_a_later_release(database)

    with pytest.raises(SchemaNotCurrent, match="a later release"):
        await expect_current(database, PACKAGE, exactly=True)


async def test_what_a_later_release_has_migrated_is_left_as_it_is(database: Database) -> None:
    finished = list[AsyncConnection]()

    async def finish(connection: AsyncConnection) -> None:
        finished.append(connection)

    await migrated_by_a_later_release(database)

    assert await migrate(database, PACKAGE, finish) is False
    assert finished == []
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all() == ["0099"]


async def test_an_older_schema_is_not_good_enough(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(PACKAGE, sync), "0001"))

    with pytest.raises(SchemaNotCurrent, match="run `migrate`"):
        await expect_current(database, PACKAGE)


async def changed(database: Database, *statements: str) -> None:
    async with database.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def test_a_schema_without_a_mark_that_is_ours_is_migrated_and_marked(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(PACKAGE, sync), "0001"))

    await migrate(database, PACKAGE)

    await expect_current(database, PACKAGE)
    assert (await database.first(text("SELECT lineage FROM alembic_version")))[0] == "things"


async def test_the_newest_number_alone_is_not_the_newest_schema(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(PACKAGE, sync), "head"))

    with pytest.raises(SchemaNotCurrent, match="run `migrate`"):
        await expect_current(database, PACKAGE)


async def test_other_columns_under_the_same_number_are_refused_and_left_as_they_are(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(PACKAGE, sync), "0001"))
    await changed(database, "ALTER TABLE things ADD COLUMN weight INTEGER")

    with pytest.raises(UnknownPast, match="cannot be upgraded"):
        await migrate(database, PACKAGE)

    assert await tables(database) == {"alembic_version", "things"}


@pytest.mark.parametrize(
    "past",
    [
        "UPDATE alembic_version SET lineage = NULL, version_num = '0099'",
        "UPDATE alembic_version SET lineage = 'of-others'",
        "UPDATE alembic_version SET lineage = 'of-others', version_num = '0099'",
        "UPDATE alembic_version SET version_num = 'c0ffee'",
        "UPDATE alembic_version SET version_num = '0000'",
    ],
)
async def test_an_unknown_past_is_neither_the_present_nor_a_later_release(database: Database, past: str) -> None:
    await migrate(database, PACKAGE)
    await changed(database, past)

    with pytest.raises(UnknownPast):
        await expect_current(database, PACKAGE)
    with pytest.raises(UnknownPast):
        await migrate(database, PACKAGE)
