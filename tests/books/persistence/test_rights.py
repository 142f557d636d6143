import asyncpg

from books_service.persistence.rights import RIGHTS
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.roles import MORE_THAN_SERVING, TwoRoles, changes_to
from tests.servers import PostgresServer


async def test_the_role_that_serves_adds_to_the_history_and_changes_nothing_in_it(
    two_roles: TwoRoles,
) -> None:
    await two_roles.migrate("books_service", RIGHTS)
    forbidden = (*changes_to("changes", "changed"), *changes_to("books", "title")[2:], *MORE_THAN_SERVING)

    assert list(forbidden) == await two_roles.refused(*forbidden)
    assert [] == await two_roles.refused("SELECT FROM changes", "DELETE FROM books", "SELECT similarity('a', 'b')")


async def test_a_database_that_one_role_owned_is_given_to_another_as_operators_are_told(
    two_roles: TwoRoles, postgres_server: PostgresServer
) -> None:
    """By the statements of deploy/README.md, which a superuser runs."""
    name = two_roles.owner_url.rpartition("/")[2]
    admin = await asyncpg.connect(postgres_server.url(name).replace("+asyncpg", ""))
    await admin.execute(f"ALTER DATABASE {name} OWNER TO {two_roles.app}")
    alone = Database(two_roles.app_url)
    await migrate(alone, "books_service")
    await alone.dispose()

    await admin.execute(f"ALTER DATABASE {name} OWNER TO {two_roles.owner}")
    await admin.execute(f"REASSIGN OWNED BY {two_roles.app} TO {two_roles.owner}")
    await admin.execute(f"REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC")
    await admin.execute(f"ALTER ROLE {two_roles.app} NOSUPERUSER NOCREATEROLE NOCREATEDB")
    await admin.close()
    await two_roles.migrate("books_service", RIGHTS)

    assert ["DROP TABLE changes"] == await two_roles.refused("DROP TABLE changes", "DELETE FROM books")
