"""Where staff must have a second factor."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from members_service.domain.identity.roles import Role
from shared.persistence.database import Database
from tests.answers import error_of
from tests.members.api.authenticator import App, enrolled
from tests.members.api.conftest import Service, a_service
from tests.members.api.identity.test_second_factor import A_STEP


@pytest.fixture
async def strict(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """Start a service that asks its staff for a second factor."""
    async for started in a_service(sqlite_database, tmp_path, require_second_factor="staff"):
        yield started


async def test_staff_without_one_are_sent_to_the_page_and_members_are_not(strict: Service) -> None:
    await strict.open_account("grace@x.y", Role.LIBRARIAN)
    await strict.open_account("ada@x.y", Role.MEMBER)

    kept_out, member = await strict.sign_in("grace@x.y"), await strict.sign_in("ada@x.y")

    assert (400, "invalid_grant") == error_of(kept_out)
    assert "sign in on the library's own page" in kept_out.json()["error_description"].lower()
    assert 200 == member.status_code


async def test_who_becomes_staff_keeps_no_session_without_one(strict: Service) -> None:
    account_id = await strict.open_account("ada@x.y", Role.MEMBER)
    issued = (await strict.sign_in("ada@x.y")).json()
    at = f"/v1/accounts/{account_id}"
    assert 200 == (await strict.request("PATCH", at, {"roles": ["admin"]}, If_Match="*")).status_code

    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}

    assert (400, "invalid_grant") == error_of(await strict.ask_for_token(**form))


async def test_a_member_may_set_one_up_before_becoming_staff(strict: Service) -> None:
    account_id = await strict.open_account("ada@x.y", Role.MEMBER)
    app, _, _ = await enrolled(strict, "ada@x.y")
    at = f"/v1/accounts/{account_id}"
    assert 200 == (await strict.request("PATCH", at, {"roles": ["admin"]}, If_Match="*")).status_code
    strict.clock.pass_by(A_STEP)

    answer = await strict.sign_in("ada@x.y", otp=app.code())

    assert "admin" in answer.json()["scope"]
    assert isinstance(app, App)
