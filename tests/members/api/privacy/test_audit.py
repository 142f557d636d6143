from datetime import timedelta
from typing import Any
from uuid import UUID

from jose import jwt

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import LOANS_SECRET, Service


async def trail(service: Service, query: str = "") -> list[dict[str, Any]]:
    """Return the audit trail, oldest first."""
    answer = await service.get(f"/v1/audit?limit=100{query}")
    assert 200 == answer.status_code, answer.text
    return list(reversed(answer.json()["items"]))


async def actions(service: Service, query: str = "") -> list[str]:
    return [record["deed"] for record in await trail(service, query)]


async def test_signing_in_out_and_in_vain_is_on_record(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in(email="ada@x.y")
    tokens = (await service.sign_in("ada@x.y")).json()
    await service.sign_in("ada@x.y", "a wrong pass phrase")
    await service.sign_in("nobody@x.y", "a wrong pass phrase")
    await service.http.post("/v1/auth/revoke", data={"token": tokens["refresh_token"]})

    opened, activated, signed_in, wrong, unknown, out = await trail(service)

    assert ["account-opened", "account-activated", "signed-in", "sign-in-failed", "sign-in-failed", "signed-out"] == [
        record["deed"] for record in (opened, activated, signed_in, wrong, unknown, out)
    ]
    account = signed_in["account_id"]
    assert {account} == {record["account_id"] for record in (opened, activated, wrong, out)}
    assert (ada["member_id"], "library", account) == (signed_in["member_id"], signed_in["client_id"], signed_in["by"])
    assert (None, None, None) == (wrong["by"], unknown["by"], unknown["account_id"])
    assert {signed_in["network"]} == {record["network"] for record in (activated, wrong, unknown, out)}


async def test_clients_that_sign_in_or_fail_to_are_on_record(service: Service) -> None:
    await service.ask_for_token(grant_type="client_credentials", basic=("loans", LOANS_SECRET))
    await service.ask_for_token(grant_type="client_credentials", basic=("loans", "wrong"))
    await service.ask_for_token(grant_type="client_credentials", basic=("whoever", "wrong"))

    assert [("signed-in", "loans"), ("sign-in-failed", "loans"), ("sign-in-failed", None)] == [
        (record["deed"], record["client_id"]) for record in await trail(service)
    ]


async def test_a_used_refresh_token_is_on_record(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y")
    issued = (await service.sign_in("ada@x.y")).json()
    first = issued["refresh_token"]
    await service.ask_for_token(grant_type="refresh_token", refresh_token=first)
    service.clock.pass_by(timedelta(minutes=5))
    await service.ask_for_token(grant_type="refresh_token", refresh_token=first)

    (record,) = await trail(service, "&deed=refresh-token-reused")

    assert jwt.get_unverified_claims(issued["access_token"])["sid"] == record["facts"]["session_id"]


async def test_what_becomes_of_an_account_is_on_record_with_who_did_it(service: Service) -> None:
    admin = service.token(Role.ADMIN, subject=(boss := UUID(int=7)))
    body = {"email": "grace@x.y", "password": "seven-quiet-otters-read", "roles": ["librarian"]}
    account = (await service.request("POST", "/v1/accounts", body, token=admin)).json()
    at = f"/v1/accounts/{account['account_id']}"
    for change in ({"roles": ["librarian", "member"]}, {"disabled": True}, {"disabled": True}, {"disabled": False}):
        await service.request("PATCH", at, change, token=admin, if_match="*")
    own = service.token(Role.LIBRARIAN, subject=account["account_id"])
    for current in ("wrong", "seven-quiet-otters-read"):
        passwords = {"current_password": current, "password": "eight-quiet-otters-read"}
        await service.request("PUT", "/v1/accounts/me/password", passwords, token=own)

    records = await trail(service, f"&account_id={account['account_id']}")

    assert [
        "account-opened", "roles-changed", "account-disabled", "account-enabled", "password-change-failed",
        "password-changed",
    ] == [record["deed"] for record in records]  # fmt: skip
    assert [str(boss)] * 4 + [account["account_id"]] * 2 == [record["by"] for record in records]
    assert {"before": "librarian", "after": "librarian member"} == records[1]["facts"]


async def test_the_trail_is_for_admins_and_comes_in_pages(service: Service) -> None:
    await service.enrol()
    await service.enrol()

    first = (await service.get("/v1/audit?limit=1")).json()
    second = (await service.get(f"/v1/audit?limit=1&cursor={first['next_cursor']}")).json()

    assert second["next_cursor"] is None
    assert first["items"][0]["record_id"] > second["items"][0]["record_id"]
    assert 403 == problem_of(await service.get("/v1/audit", token=service.token(Role.LIBRARIAN)))["status"]
    assert 422 == problem_of(await service.get("/v1/audit?deed=dancing"))["status"]
