"""How a client is refused what it asks of roles and grants."""

from typing import Any
from uuid import uuid4

import httpx

from members_service.application.identity.grants.change_roles import PutRole, RemoveRole
from members_service.application.identity.grants.grant_role import GrantRole, RevokeRole
from members_service.application.identity.grants.queries import GrantQueries
from members_service.domain.identity.roles import Role
from tests.members.api.conftest import Service
from tests.refusals import Meets, Tables

NOBODY = f"/v1/accounts/{uuid4()}/grants"
EVERYWHERE: dict[str, Any] = {"branches": None}
OWN = {"title": "My own", "rights": ["lend"]}


def put(name: str = "mine", body: dict[str, Any] = OWN, **headers: str) -> Meets[Service]:
    return lambda service: service.request("PUT", f"/v1/roles/{name}", body, **headers)


async def put_by_one_with_less(service: Service) -> httpx.Response:
    return await service.request("PUT", "/v1/roles/mine", OWN, token=service.token_for("admin"))


def remove(name: str, *, make: bool = False, give: bool = False, **headers: str) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        if make:
            await service.request("PUT", f"/v1/roles/{name}", OWN)
        if give:
            await service.open_account("grace@x.y", name)
        return await service.request("DELETE", f"/v1/roles/{name}", **headers)

    return meets


def grant(
    role: str = "desk", body: dict[str, Any] = EVERYWHERE, *, has: str = Role.MEMBER, by: str | None = None
) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        account = await service.open_account("grace@x.y", has)
        token = None if by is None else service.token_for(by)
        return await service.request("PUT", f"/v1/accounts/{account}/grants/{role}", body, token=token)

    return meets


async def grant_too_many(service: Service) -> httpx.Response:
    names = [letter * 40 for letter in "abc"]
    for name in names:
        await service.request("PUT", f"/v1/roles/{name}", OWN)
    account = await service.open_account("grace@x.y", *names[:2])
    return await service.request("PUT", f"/v1/accounts/{account}/grants/{names[2]}", EVERYWHERE)


async def grant_too_far(service: Service) -> httpx.Response:
    codes = [f"A-BRANCH-WITH-QUITE-A-NAME-{number:03}" for number in range(100)]
    service.books.codes += codes
    account = await service.open_account("grace@x.y", Role.MEMBER)
    return await service.request("PUT", f"/v1/accounts/{account}/grants/desk", {"branches": codes})


def revoke(role: str, *has: Role) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        path = f"/v1/accounts/{await service.open_account('grace@x.y', *has)}/grants/{role}"
        return await service.request("DELETE", path)

    return meets


async def revoke_by_admin_of_a_branch(service: Service) -> httpx.Response:
    path = f"/v1/accounts/{await service.open_account('grace@x.y', Role.DESK, Role.MEMBER)}/grants/desk"
    east = await service.open_account("east@x.y", Role.MEMBER)
    await service.request("PUT", f"/v1/accounts/{east}/grants/admin", {"branches": ["EAST"]})
    token = (await service.sign_in("east@x.y")).json()["access_token"]
    return await service.request("DELETE", path, token=token)


def explain(right: str = "lend") -> Meets[Service]:
    body = {"account_id": str(uuid4()), "right": right}
    return lambda service: service.request("POST", "/v1/rights/explain", body)


TABLES: Tables[Service] = {
    PutRole: {
        "invalid-role": put(body={"title": "Mine", "rights": ["fly"]}),
        "out-of-date": put("desk", if_match='"7"'),
        "right-missing": put_by_one_with_less,
        "role-stays": put("admin", if_match="*"),
    },
    RemoveRole: {
        "out-of-date": remove("mine", make=True, if_match='"7"'),
        "role-in-use": remove("mine", make=True, give=True),
        "role-not-found": remove("mine"),
        "role-stays": remove("desk"),
    },
    GrantRole: {
        "account-not-found": lambda service: service.request("PUT", f"{NOBODY}/desk", EVERYWHERE),
        "grants-too-long": grant_too_far,
        "last-admin": grant("admin", {"branches": ["EAST"]}, has=Role.ADMIN),
        "right-missing": grant(by="admin"),
        "role-not-found": grant("wizard"),
        "too-many-roles": grant_too_many,
        "unknown-branch": grant(body={"branches": ["NOWHERE"]}),
        "until-is-over": grant(body={"branches": None, "until": "2020-01-01T00:00:00Z"}),
    },
    RevokeRole: {
        "account-not-found": lambda service: service.request("DELETE", f"{NOBODY}/desk"),
        "grant-not-found": revoke("desk", Role.LIBRARIAN),
        "last-admin": revoke("admin", Role.ADMIN, Role.MEMBER),
        "no-role": revoke("desk", Role.DESK),
        "right-missing": revoke_by_admin_of_a_branch,
    },
    GrantQueries.role: {"role-not-found": lambda service: service.get("/v1/roles/wizard")},
    GrantQueries.grants: {"account-not-found": lambda service: service.get(NOBODY)},
    GrantQueries.explain: {"account-not-found": explain(), "invalid-role": explain("fly")},
}
