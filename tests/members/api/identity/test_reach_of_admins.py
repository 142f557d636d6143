"""Nobody comes to more than they hold by way of the accounts of others."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.town import ADDRESS, TOWN

BOSS, GRACE, OTHER = "boss@x.y", "grace@x.y", "other@x.y"
DESK = {"title": "Desk", "rights": ["lend"]}


async def signed_in(service: Service, email: str) -> str:
    token: str = (await service.sign_in(email)).json()["access_token"]
    return token


async def helpdesk(service: Service, *more: str) -> str:
    """Sign in with the right to accounts, and little else."""
    await service.request("PUT", "/v1/roles/helpdesk", {"title": "Help", "rights": ["accounts", *more]})
    await service.open_account(GRACE, "helpdesk")
    return await signed_in(service, GRACE)


async def patched(service: Service, account: UUID, token: str, **change: Any) -> httpx.Response:
    return await service.request("PATCH", f"/v1/accounts/{account}", change, token=token, if_match="*")


async def test_with_accounts_alone_nobody_gets_at_the_account_of_an_admin(service: Service) -> None:
    boss = await service.open_account(BOSS, Role.ADMIN)
    await service.open_account(OTHER, Role.ADMIN)
    token, path = await helpdesk(service), f"/v1/accounts/{boss}"

    answers = [
        await service.request("POST", f"{path}/password-reset", token=token),
        await service.request("DELETE", f"{path}/second-factor", token=token),
        await service.request("DELETE", f"{path}/grants/admin", token=token),
        await service.request("PUT", f"{path}/grants/admin", {"branches": ["EAST"]}, token=token),
        await service.request("PUT", "/v1/roles/desk", DESK, token=token, if_match="*"),
        await service.request("PUT", ADDRESS, TOWN, token=token),
        await patched(service, boss, token, email="mine@x.y"),
        await patched(service, boss, token, disabled=True),
        await patched(service, boss, token, disabled=False),
        await patched(service, boss, token, roles=["member"]),
    ]

    assert [(403, "right-missing")] * 10 == [(one.status_code, problem_of(one)["code"]) for one in answers]


async def test_with_accounts_alone_members_and_equals_are_looked_after(service: Service) -> None:
    member = await service.open_account(OTHER, Role.MEMBER)
    token = await helpdesk(service, "lend")
    equal = await service.open_account("equal@x.y", "helpdesk", Role.MEMBER)

    resets = [
        await service.request("POST", f"/v1/accounts/{one}/password-reset", token=token) for one in (member, equal)
    ]
    changes = [await patched(service, equal, token, **{name: value}) for name, value in (
        ("email", "mine@x.y"), ("disabled", True), ("roles", ["member"])
    )]  # fmt: skip

    assert [201, 201, 200, 200, 200] == [one.status_code for one in (*resets, *changes)]


@pytest.mark.parametrize("branches", [None, ["EAST"]])
async def test_who_administers_for_a_time_gives_nothing_for_longer(
    service: Service, branches: list[str] | None
) -> None:
    grace = await service.open_account(GRACE, Role.MEMBER)
    other = await service.open_account(OTHER, Role.MEMBER)
    until = service.clock.now() + timedelta(days=1)
    body = {"branches": branches, "until": until.isoformat()}
    await service.request("PUT", f"/v1/accounts/{grace}/grants/admin", body)
    token = await signed_in(service, GRACE)

    async def granted(account: UUID, **more: Any) -> int:
        answer = await service.request("PUT", f"/v1/accounts/{account}/grants/admin", body | more, token=token)
        return answer.status_code

    late = (until + timedelta(days=1)).isoformat()

    assert [403, 403] == [await granted(grace, until=None), await granted(grace, until=late)]
    assert [403, 201] == [await granted(other, until=None), await granted(other)]


async def test_who_administers_for_a_time_gives_nothing_for_good_by_any_other_way(service: Service) -> None:
    grace = await service.open_account(GRACE, Role.MEMBER)
    boss = await service.open_account(BOSS, Role.ADMIN)
    until = service.clock.now() + timedelta(days=1)
    await service.request("PUT", f"/v1/accounts/{grace}/grants/admin", {"branches": None, "until": until.isoformat()})
    token = await signed_in(service, GRACE)
    opened = {"email": OTHER, "roles": ["desk"]}

    answers = [
        await patched(service, grace, token, roles=["admin", "desk", "member"]),
        await service.request("POST", "/v1/accounts", opened, token=token),
        await service.request("PUT", "/v1/roles/toys", DESK, token=token),
        await service.request("POST", f"/v1/accounts/{boss}/password-reset", token=token),
        await service.request("PUT", ADDRESS, TOWN, token=token),
    ]

    assert [403] * 5 == [one.status_code for one in answers]
