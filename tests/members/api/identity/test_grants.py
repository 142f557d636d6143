"""Roles as data, and who has them where: what follows for tokens, at once and later."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from members_service.domain.identity.roles import SHIPPED, Role
from members_service.domain.rights import BY_NAME
from shared.kernel.rights import NOWHERE, Reach
from shared.tokens import StaticKeys, TokenVerifier
from tests.answers import problem_of
from tests.members.api.conftest import Service

GRACE = "grace@x.y"


async def grant(service: Service, account: UUID, role: str, *branches: str, **more: Any) -> httpx.Response:
    body = {"branches": list(branches) or None} | more
    return await service.request("PUT", f"/v1/accounts/{account}/grants/{role}", body)


async def a_desk_in_the_east(service: Service, role: str = Role.DESK) -> UUID:
    account = await service.open_account(GRACE, Role.MEMBER)
    assert 201 == (await grant(service, account, role, "EAST")).status_code
    return account


async def token_of(service: Service) -> str:
    token: str = (await service.sign_in(GRACE)).json()["access_token"]
    return token


async def reach(service: Service, token: str, right: str) -> Reach:
    [key] = (await service.http.get("/.well-known/jwks.json")).json()["keys"]
    return (await TokenVerifier(StaticKeys([key]), issuer="library").verify(token)).reach(BY_NAME[right])


async def test_the_token_of_a_desk_of_one_branch_says_so(service: Service) -> None:
    account = await a_desk_in_the_east(service)

    token = await token_of(service)
    listed = await service.get(f"/v1/accounts/{account}/grants")

    assert [{"role": "desk", "branches": ["EAST"], "until": None}] == listed.json()["items"]
    assert frozenset({"EAST"}) == await reach(service, token, "lend")
    assert NOWHERE == await reach(service, token, "waive")
    assert NOWHERE == await reach(service, token, "see_history")


async def test_one_sees_what_one_may_do_and_where(service: Service) -> None:
    await a_desk_in_the_east(service)

    items = (await service.get("/v1/accounts/me/rights", token=await token_of(service))).json()["items"]

    assert {right: ["EAST"] for right in SHIPPED["desk"].rights} == {one["right"]: one["branches"] for one in items}


async def test_an_admin_is_told_who_may_what_and_why(service: Service) -> None:
    account = str(await a_desk_in_the_east(service))

    async def explained(right: str, branch: str | None = None) -> tuple[bool, list[str]]:
        body = {"account_id": account, "right": right} | ({} if branch is None else {"branch": branch})
        answer = (await service.request("POST", "/v1/rights/explain", body)).json()
        return answer["allowed"], [grant["role"] for grant in answer["because"]]

    assert (True, ["desk"]) == await explained("lend", "east")
    assert (True, ["desk"]) == await explained("lend")
    assert (False, []) == await explained("lend", "MAIN")
    assert (True, ["desk"]) == await explained("see_members", "MAIN")
    assert (False, []) == await explained("waive", "EAST")


async def test_who_loses_a_grant_loses_the_token_at_once_and_goes_on_with_less(service: Service) -> None:
    account = await a_desk_in_the_east(service)
    issued = (await service.sign_in(GRACE)).json()

    gone = await service.request("DELETE", f"/v1/accounts/{account}/grants/desk")
    with_old = await service.get("/v1/members", token=issued["access_token"])
    refreshed = await service.ask_for_token(grant_type="refresh_token", refresh_token=issued["refresh_token"])

    assert (204, 401) == (gone.status_code, with_old.status_code)
    assert "self" == refreshed.json()["scope"]


async def test_a_grant_ends_by_itself(service: Service) -> None:
    account = await service.open_account(GRACE, Role.MEMBER)
    until = service.clock.now() + timedelta(days=1)
    await grant(service, account, "desk", until=until.isoformat())
    issued = (await service.sign_in(GRACE)).json()

    service.clock.pass_by(timedelta(days=1))
    refreshed = await service.ask_for_token(grant_type="refresh_token", refresh_token=issued["refresh_token"])

    assert "loans:write" in issued["scope"]
    assert "self" == refreshed.json()["scope"]


async def test_who_gains_something_signs_in_again(service: Service) -> None:
    account = await a_desk_in_the_east(service)
    issued = (await service.sign_in(GRACE)).json()

    again = await grant(service, account, "desk", "EAST", "MAIN")
    refreshed = await service.ask_for_token(grant_type="refresh_token", refresh_token=issued["refresh_token"])

    assert (200, ["EAST", "MAIN"]) == (again.status_code, again.json()["branches"])
    assert 400 == refreshed.status_code
    assert frozenset({"EAST", "MAIN"}) == await reach(service, await token_of(service), "lend")


async def test_what_a_role_gives_is_changed_for_all_who_have_it(service: Service) -> None:
    await a_desk_in_the_east(service)
    token = await token_of(service)
    shown = await service.get("/v1/roles/desk")
    less = {"title": "Desk", "rights": [right for right in shown.json()["rights"] if right != "renew"]}

    without = await service.request("PUT", "/v1/roles/desk", less)
    changed = await service.request("PUT", "/v1/roles/desk", less, If_Match=shown.headers["etag"])
    with_old = await service.get("/v1/members", token=token)

    assert [428, 200, 401] == [without.status_code, changed.status_code, with_old.status_code]
    assert (2, True) == (changed.json()["version"], changed.json()["shipped"])
    assert NOWHERE == await reach(service, await token_of(service), "renew")


async def test_a_library_makes_roles_of_its_own(service: Service) -> None:
    made = await service.request("PUT", "/v1/roles/toy-desk", {"title": "Toys", "rights": ["lend", "take_back"]})
    names = [role["name"] for role in (await service.get("/v1/roles")).json()["items"]]
    account = await service.open_account(GRACE, "toy-desk")
    found = (await service.get("/v1/accounts?role=toy-desk")).json()["items"]

    assert (201, '"1"') == (made.status_code, made.headers["etag"])
    assert [*SHIPPED, "toy-desk"] == names
    assert [str(account)] == [one["account_id"] for one in found]
    assert await reach(service, await token_of(service), "lend") is None


async def test_nobody_grants_what_they_do_not_have_nor_beyond_their_branches(service: Service) -> None:
    await service.request("PUT", "/v1/roles/chief", {"title": "Chief", "rights": ["accounts", *SHIPPED["desk"].rights]})
    await a_desk_in_the_east(service, "chief")
    other = await service.open_account("other@x.y", Role.MEMBER)
    token = await token_of(service)

    async def granted(role: str, *branches: str) -> httpx.Response:
        body = {"branches": list(branches) or None}
        return await service.request("PUT", f"/v1/accounts/{other}/grants/{role}", body, token=token)

    here, there, everywhere = await granted("desk", "EAST"), await granted("desk", "MAIN"), await granted("desk")
    more = await granted("circulation-lead", "EAST")

    assert [201, 403, 403, 403] == [answer.status_code for answer in (here, there, everywhere, more)]
    assert ("right-missing", "accounts", "MAIN") == (
        problem_of(there)["code"],
        there.json()["right"],
        there.json()["branch"],
    )
    assert more.json()["right"] not in SHIPPED["desk"].rights


async def test_the_trail_says_who_granted_what(service: Service) -> None:
    account = await a_desk_in_the_east(service)
    await service.request("DELETE", f"/v1/accounts/{account}/grants/desk")

    records = (await service.get(f"/v1/audit?account_id={account}")).json()["items"]
    facts = {one["deed"]: one["facts"] for one in records if one["deed"] in {"granted", "revoked"}}

    assert {
        "granted": {"role": "desk", "branches": "EAST"},
        "revoked": {"role": "desk", "before branches": "EAST"},
    } == facts
    assert all(one["by"] for one in records if one["deed"] in facts)


async def test_an_account_without_the_right_is_told_which(service: Service) -> None:
    await a_desk_in_the_east(service, Role.CATALOGUER)
    token = await token_of(service)
    both = service.token(Role.CATALOGUER, Role.DESK)

    refused = await service.get("/v1/members", token=token)
    admitted = await service.get("/v1/members", token=both)

    assert (403, "right-missing") == (refused.status_code, problem_of(refused)["code"])
    assert "see_members" == refused.json()["right"]
    assert 200 == admitted.status_code


async def test_contacts_are_seen_with_a_right_of_their_own(service: Service) -> None:
    ada = await service.enrol(phone="+44 20 7946 0000", date_of_birth="1990-12-10", address={"street": "1 High Street"})
    path = f"/v1/members/{ada['member_id']}"
    await a_desk_in_the_east(service)
    contacts = ("email", "phone", "date_of_birth", "address")

    by_desk = (await service.get(path, token=await token_of(service))).json()
    by_librarian = (await service.get(path, token=service.token(Role.LIBRARIAN))).json()
    by_herself = (await service.get(path, token=service.token(Role.MEMBER, member_id=ada["member_id"]))).json()

    assert "Ada Lovelace" == by_desk["name"]
    assert [None] * 4 == [by_desk[name] for name in contacts]
    assert all(shown[name] for shown in (by_librarian, by_herself) for name in contacts)
