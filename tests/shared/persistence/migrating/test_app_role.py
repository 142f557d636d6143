"""What the role that serves may do, on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import inspect

from shared.persistence.database import Database
from shared.persistence.migrating.app_role import CannotGrant, Rights, grant
from shared.persistence.migrating.migrations import migrate
from tests.roles import MORE_THAN_SERVING, TwoRoles, changes_to
from tests.servers import PostgresServer
from tests.shared.begun import begin
from tests.shared.persistence.migrate import PACKAGE

RIGHTS = Rights(only_added={"things": ()})
NOTES = "CREATE TABLE notes (id serial PRIMARY KEY, line text, who text)"


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.dispose()


async def _migrate_for(database: Database, role: str) -> None:
    await migrate(database, PACKAGE, lambda connection: grant(connection, role, RIGHTS))


async def test_the_role_that_serves_works_on_rows_and_nothing_else(two_roles: TwoRoles) -> None:
    await two_roles.migrate(PACKAGE, RIGHTS)

    async with two_roles.as_app() as app:
        await app.execute("INSERT INTO places (place_id) VALUES (7)")
        await app.execute("UPDATE places SET place_id = 8")
        await app.execute("DELETE FROM places")
        await app.execute("INSERT INTO things VALUES (99)")
        assert 1 == await app.fetchval("SELECT count(*) FROM things WHERE thing_id = 99")

    forbidden = (*MORE_THAN_SERVING, *changes_to("things", "thing_id"), *changes_to("places", "place_id")[2:])
    assert list(forbidden) == await two_roles.refused(*forbidden)


async def test_columns_that_may_be_emptied_are_the_only_ones_that_change(two_roles: TwoRoles) -> None:
    async with two_roles.as_owner() as owner:
        await owner.execute(NOTES)
    await two_roles.migrate(PACKAGE, Rights(only_added={"notes": ("who",)}))

    async with two_roles.as_app() as app:
        await app.execute("INSERT INTO notes (line, who) VALUES ('seen', 'ada')")
        await app.execute("UPDATE notes SET who = ''")

    assert ["UPDATE notes SET line = ''"] == await two_roles.refused("UPDATE notes SET line = ''")


async def test_a_right_that_is_no_longer_meant_is_taken_back_by_the_next_migration(two_roles: TwoRoles) -> None:
    await two_roles.migrate(PACKAGE, Rights())

    await two_roles.migrate(PACKAGE, RIGHTS)

    assert ["DELETE FROM things"] == await two_roles.refused("DELETE FROM things", "DELETE FROM places")


async def test_a_table_that_is_new_is_granted_by_the_migration_that_comes_with_it(two_roles: TwoRoles) -> None:
    await two_roles.migrate(PACKAGE, RIGHTS)
    async with two_roles.as_owner() as owner:
        await owner.execute(NOTES)
    assert ["SELECT FROM notes"] == await two_roles.refused("SELECT FROM notes")

    await two_roles.migrate(PACKAGE, RIGHTS)

    assert [] == await two_roles.refused("SELECT FROM notes", "INSERT INTO notes (line) VALUES ('')")


async def test_several_processes_may_migrate_and_grant_at_once(two_roles: TwoRoles) -> None:
    command = ("tests.shared.persistence.migrate", two_roles.owner_url, two_roles.app)
    processes = [await begin(*command, environment={}) for _ in range(3)]

    told = await asyncio.gather(*(process.communicate() for process in processes))

    assert [0] * 3 == [process.returncode for process in processes], told

    assert [] == await two_roles.refused("SELECT FROM things", "SELECT FROM places")


async def test_a_role_may_have_any_name(postgres_server: PostgresServer) -> None:
    roles = TwoRoles.in_new_database(postgres_server, "any_name", app='Sir "Bobby"; DROP TABLE things --$1 :x %s')

    await roles.migrate(PACKAGE, RIGHTS)

    assert [] == await roles.refused("SELECT FROM things", "INSERT INTO things VALUES (99)")
    postgres_server.drop_database("any_name")


async def test_nothing_is_granted_without_a_role(two_roles: TwoRoles) -> None:
    async with _connected(two_roles.owner_url) as database, database.engine.begin() as connection:
        await grant(connection, None, RIGHTS)
        assert [] == await connection.run_sync(lambda sync: inspect(sync).get_table_names())


async def test_a_role_that_is_not_there_undoes_the_migration_and_says_so(two_roles: TwoRoles) -> None:
    async with _connected(two_roles.owner_url) as database:
        with pytest.raises(CannotGrant, match=r"There is no role nobody in PostgreSQL: create it, or name the one"):
            await _migrate_for(database, "nobody")

    async with two_roles.as_owner() as owner:
        assert None is await owner.fetchval("SELECT to_regclass('things')")


@pytest.mark.parametrize(
    ("preparation", "says"),
    [
        ("ALTER ROLE {app} SUPERUSER", "is a superuser"),
        ("ALTER ROLE {app} CREATEROLE", "or makes roles"),
        ("GRANT {owner} TO {app}", "is a member of the one that does"),
        ("ALTER DATABASE {database} OWNER TO {app}", "owns this database"),
        ("SET ROLE {app}; CREATE TABLE public.mine ()", "owns mine here"),
    ],
)
async def test_a_role_from_which_nothing_could_be_kept_is_refused(
    two_roles: TwoRoles, postgres_server: PostgresServer, preparation: str, says: str
) -> None:
    database = two_roles.owner_url.rpartition("/")[2]
    admin = await asyncpg.connect(postgres_server.url(database).replace("+asyncpg", ""))
    await admin.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    await admin.execute(preparation.format(app=two_roles.app, owner=two_roles.owner, database=database))
    await admin.close()

    async with _connected(two_roles.owner_url) as connected:
        with pytest.raises(CannotGrant, match=says):
            await _migrate_for(connected, two_roles.app)


async def test_the_role_that_migrates_cannot_be_the_one_that_serves(two_roles: TwoRoles) -> None:
    async with _connected(two_roles.owner_url) as database:
        with pytest.raises(CannotGrant, match="name one that only serves"):
            await _migrate_for(database, two_roles.owner)


async def test_what_everybody_may_create_on_old_servers_is_taken_from_them(
    two_roles: TwoRoles, postgres_server: PostgresServer
) -> None:
    admin = await asyncpg.connect(postgres_server.url(two_roles.owner_url.rpartition("/")[2]).replace("+asyncpg", ""))
    await admin.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    await admin.close()

    await two_roles.migrate(PACKAGE, RIGHTS)

    assert [MORE_THAN_SERVING[0]] == await two_roles.refused(MORE_THAN_SERVING[0])


async def test_sqlite_has_no_roles(tmp_path: Path) -> None:
    async with _connected(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}") as database:
        with pytest.raises(CannotGrant, match="Only PostgreSQL knows roles"):
            await _migrate_for(database, "app")
