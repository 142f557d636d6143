"""Databases that one role owns and from which another serves, and what that other one is refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import asyncpg

from shared.persistence.database import Database
from shared.persistence.migrating.app_role import Rights, grant
from shared.persistence.migrating.migrations import migrate
from tests.servers import PostgresServer


@dataclass(frozen=True, slots=True)
class TwoRoles:
    """The names of two roles, and the address of their database for each."""

    owner: str
    app: str
    owner_url: str
    app_url: str

    @classmethod
    def in_new_database(cls, server: PostgresServer, name: str, *, app: str | None = None) -> Self:
        owner, app = f"{name}_owner", app or f"{name}_app"
        for role in (owner, app):
            server.create_role(role)
        return cls(owner, app, server.create_database(name, owner=owner), server.url(name, role=app))

    async def migrate(self, package: str, rights: Rights) -> None:
        """Bring the database to the newest schema of a service, as its owner, and grant the other role its rights."""
        database = Database(self.owner_url)
        try:
            await migrate(database, package, lambda connection: grant(connection, self.app, rights))
        finally:
            await database.dispose()

    @asynccontextmanager
    async def as_owner(self) -> AsyncIterator[asyncpg.Connection]:
        async with _connected(self.owner_url) as connection:
            yield connection

    @asynccontextmanager
    async def as_app(self) -> AsyncIterator[asyncpg.Connection]:
        async with _connected(self.app_url) as connection:
            yield connection

    async def refused(self, *statements: str) -> list[str]:
        """Return those of `statements` that the role which serves is refused for want of rights."""
        refused = []
        async with self.as_app() as connection:
            for statement in statements:
                attempt = connection.transaction()
                await attempt.start()
                try:
                    await connection.execute(statement)
                except asyncpg.InsufficientPrivilegeError:
                    refused.append(statement)
                finally:
                    await attempt.rollback()
        return refused


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


def changes_to(table: str, column: str) -> tuple[str, ...]:
    """Return every way to change or remove rows of a table, and to switch off what guards them."""
    return (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"ALTER TABLE {table} ADD COLUMN more text",
        f"CREATE RULE mine AS ON INSERT TO {table} DO INSTEAD NOTHING",
    )


MORE_THAN_SERVING = (
    "CREATE TABLE mine (number integer)",
    "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION hstore",
    "CREATE ROLE mine",
    "SET session_replication_role = replica",
    "UPDATE alembic_version SET version_num = '0000'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
)
"""What no role that serves may do, in any database."""
