"""Somebody at the desk keeps a one-time token, and waits until its account may do more."""

import asyncio
from typing import Any

import httpx
import pytest

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.makers import PASSWORD

KEPT = "what-the-thief-has-chosen"


async def enrolled_at_the_desk(service: Service, **facts: Any) -> dict[str, Any]:
    body = {"name": "Grace Hopper", "email": "grace@x.y", "category": "adult"} | facts
    answer = await service.request("POST", "/v1/members", body, token=service.token(Role.LIBRARIAN))
    assert 201 == answer.status_code, answer.text
    member: dict[str, Any] = answer.json()
    return member


async def account_of(service: Service, member: dict[str, Any]) -> str:
    found = await service.get(f"/v1/accounts?member_id={member['member_id']}")
    [account] = found.json()["items"]
    return str(account["account_id"])


async def reset_at_the_desk(service: Service, member: dict[str, Any]) -> str:
    path = f"/v1/members/{member['member_id']}/password-reset"
    answer = await service.request("POST", path, token=service.token(Role.LIBRARIAN))
    return str(answer.json()["activation_token"])


async def choose(service: Service, token: str, password: str) -> httpx.Response:
    body = {"activation_token": token, "password": password}
    return await service.request("POST", "/v1/auth/activate", body, token="")


async def promote(service: Service, member: dict[str, Any], *roles: str) -> httpx.Response:
    path = f"/v1/accounts/{await account_of(service, member)}"
    return await service.request("PATCH", path, {"roles": list(roles)}, if_match="*")


@pytest.mark.parametrize("reset", [False, True])
async def test_a_token_kept_at_the_desk_makes_nobody_an_admin_and_the_new_colleague_gets_in(
    service_on_either: Service, reset: bool
) -> None:
    service = service_on_either
    grace = await enrolled_at_the_desk(service)
    kept = await reset_at_the_desk(service, grace) if reset else grace["activation_token"]

    promoted = await promote(service, grace, "member", "admin")
    stolen = await choose(service, kept, KEPT)
    path = f"/v1/accounts/{promoted.json()['account_id']}/password-reset"
    by_the_desk = await service.request("POST", path, token=service.token(Role.LIBRARIAN))
    handed_over = (await service.request("POST", path)).json()["activation_token"]
    chosen = await choose(service, handed_over, PASSWORD)

    assert (200, False) == (promoted.status_code, promoted.json()["activated"])
    assert (422, "activation-token-invalid") == (stolen.status_code, problem_of(stolen)["code"])
    assert 400 == (await service.sign_in("grace@x.y", KEPT)).status_code
    assert 403 == by_the_desk.status_code
    assert 200 == chosen.status_code
    assert "admin" in (await service.sign_in("grace@x.y")).json()["scope"]


async def test_a_token_used_at_the_desk_just_before_the_promotion_makes_nobody_an_admin_either(
    service_on_either: Service,
) -> None:
    service = service_on_either
    grace = await enrolled_at_the_desk(service)
    assert 200 == (await choose(service, grace["activation_token"], KEPT)).status_code
    assert ("self",) == tuple((await service.sign_in("grace@x.y", KEPT)).json()["scope"].split())

    promoted = await promote(service, grace, "member", "admin")

    assert False is promoted.json()["activated"]
    assert 400 == (await service.sign_in("grace@x.y", KEPT)).status_code


async def test_promotion_and_activation_at_once_leave_no_password_that_the_desk_could_know(
    service_on_either: Service,
) -> None:
    service = service_on_either
    for number in range(8):
        grace = await enrolled_at_the_desk(service, email=f"grace{number}@x.y")

        activated, promoted = await asyncio.gather(
            choose(service, grace["activation_token"], KEPT), promote(service, grace, "member", "admin")
        )
        if promoted.status_code != 200:  # somebody else changed the account meanwhile: the admin repeats it
            promoted = await promote(service, grace, "member", "admin")

        assert activated.status_code in {200, 409, 412, 422}
        assert 200 == promoted.status_code
        assert 400 == (await service.sign_in(f"grace{number}@x.y", KEPT)).status_code


async def test_who_was_enrolled_by_an_admin_keeps_the_password_when_the_rights_grow(service: Service) -> None:
    grace = await service.a_member_who_can_sign_in(email="grace@x.y")

    promoted = await promote(service, grace, "member", "librarian")

    assert True is promoted.json()["activated"]
    assert 200 == (await service.sign_in("grace@x.y")).status_code


async def test_a_refresh_token_of_a_member_is_void_once_the_member_is_promoted(service: Service) -> None:
    grace = await service.a_member_who_can_sign_in(email="grace@x.y")
    stolen = (await service.sign_in("grace@x.y")).json()["refresh_token"]

    await promote(service, grace, "member", "admin")
    refreshed = await service.ask_for_token(grant_type="refresh_token", refresh_token=stolen)

    assert 400 == refreshed.status_code
