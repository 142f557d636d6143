from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from members_service.persistence.audit import keep_records_for, remove_expired_records
from members_service.persistence.rights import RIGHTS
from shared.persistence.database import Database
from tests.roles import MORE_THAN_SERVING, TwoRoles, changes_to

_ADD = "INSERT INTO audit_records (record_id, action, at, facts) VALUES ($1, 'signed-in', $2, '{}')"
_LEFT = "SELECT count(*) FROM audit_records"


@pytest.fixture
async def roles(two_roles: TwoRoles, package: str) -> TwoRoles:
    await two_roles.migrate(package, RIGHTS)
    return two_roles


async def test_the_role_that_serves_adds_audit_records_and_changes_none(roles: TwoRoles) -> None:
    forbidden = (*changes_to("audit_records", "action"), *changes_to("members", "name")[2:], *MORE_THAN_SERVING)

    assert list(forbidden) == await roles.refused(*forbidden)
    assert [] == await roles.refused("SELECT FROM audit_records", "DELETE FROM history_entries")


async def test_the_role_that_serves_cannot_say_how_long_records_are_kept_or_what_removes_them(roles: TwoRoles) -> None:
    forbidden = (
        *changes_to("audit_retention", "kept_days"),
        "INSERT INTO audit_retention VALUES (1, 90)",
        "ALTER FUNCTION remove_expired_audit_records(integer) SECURITY INVOKER",
        "ALTER FUNCTION refuse_to_remove_audit_records() RESET ALL",
        "ALTER TABLE audit_records DISABLE TRIGGER kept_long_enough",
        f"SET ROLE {roles.owner}",
    )

    assert list(forbidden) == await roles.refused(*forbidden)


async def test_the_role_that_serves_removes_what_has_expired_but_no_young_record_whatever_it_tries(
    roles: TwoRoles,
) -> None:
    now = datetime.now(UTC)
    async with roles.as_app() as app:
        for days in (0, 89, 1094, 1096, 5000):
            await app.execute(_ADD, uuid4(), now - timedelta(days=days))
        await app.execute("CREATE TEMP TABLE audit_retention (kept_days integer)")
        await app.execute("INSERT INTO audit_retention VALUES (0)")
        await app.execute(
            "CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql RETURN timestamptz 'infinity'"
        )
        await app.execute("SET search_path = pg_temp, pg_catalog, public")

        removed = [await app.fetchval("SELECT public.remove_expired_audit_records($1)", most) for most in (-1, 9, None)]

        assert ([0, 2, 0], 3) == (removed, await app.fetchval(_LEFT))


async def test_nobody_else_may_call_what_removes_records(roles: TwoRoles) -> None:
    async with roles.as_owner() as owner:
        assert not await owner.fetchval(
            "SELECT has_function_privilege('pg_monitor', 'remove_expired_audit_records(integer)', 'EXECUTE')"
        )


async def test_the_owner_says_how_long_and_cannot_say_too_short(roles: TwoRoles) -> None:
    owner, app = Database(roles.owner_url), Database(roles.app_url)
    async with roles.as_app() as connection:
        for days in (89, 91):
            await connection.execute(_ADD, uuid4(), datetime.now(UTC) - timedelta(days=days))

    async with owner.engine.begin() as connection:
        await keep_records_for(connection, days=90)
    assert 1 == await remove_expired_records(app)

    async with roles.as_owner() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("UPDATE audit_retention SET kept_days = 89")
        with pytest.raises(asyncpg.RaiseError, match="kept until they expire"):
            await connection.execute("DELETE FROM audit_records")
    await owner.dispose()
    await app.dispose()
