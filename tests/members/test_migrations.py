"""Migrations of rows that are there already, there and back."""

from alembic import command
from sqlalchemy import text

from members_service.domain.identity.grants import Bounds
from members_service.domain.identity.roles import Role
from members_service.persistence.data_keys import DataKeys
from shared.persistence.database import Database
from shared.persistence.migrating.upgrading import alembic_config
from tests.members.desk import Desk
from tests.members.makers import an_account, an_admin


async def test_no_role_grows_when_the_version_before_grants_comes_back(
    sqlite_database: Database, keys: DataKeys
) -> None:
    bounded = an_account(email="a@x.y", roles=frozenset({Role.LIBRARIAN, Role.MEMBER}))
    bounded.bounds = {Role.LIBRARIAN: Bounds(frozenset({"EAST"}))}
    unknown, free = an_account(email="b@x.y", roles=frozenset({"toys"})), an_admin(email="c@x.y")
    await Desk(sqlite_database, keys).keep(bounded, unknown, free)

    async with sqlite_database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config("members_service", sync), "0015"))
        rows = (await connection.execute(text("SELECT roles, disabled FROM accounts ORDER BY email_key"))).all()

    assert [("admin", 0), ("member", 0), ("member", 1)] == sorted((row.roles, int(row.disabled)) for row in rows)
