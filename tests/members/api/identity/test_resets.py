import httpx

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.test_tokens import claims_of
from tests.members.api.identity.sign_in.test_guessing import somebody_at
from tests.members.makers import PASSWORD

NEW = "eight-loud-badgers-sing"


async def choose(service: Service, token: str, password: str = NEW) -> httpx.Response:
    body = {"activation_token": token, "password": password}
    return await service.request("POST", "/v1/auth/activate", body, token="")


async def test_the_desk_lets_a_member_choose_a_new_password(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.a_member_who_can_sign_in()
    desk = service.token(Role.LIBRARIAN)
    route = f"/v1/members/{ada['member_id']}/password-reset"

    offered = await service.request("POST", route, token=desk, Idempotency_Key="k")
    again = await service.request("POST", route, token=desk, Idempotency_Key="k")
    old = await service.sign_in(ada["email"])
    chosen = await choose(service, offered.json()["activation_token"])
    refreshed = await service.ask_for_token(
        grant_type="refresh_token", refresh_token=old.json()["refresh_token"], client_id="library"
    )

    assert (201, 200, 200) == (offered.status_code, old.status_code, chosen.status_code)
    assert {"activation_token", "activation_expires_at"} == offered.json().keys()
    assert offered.json() == again.json()
    assert 400 == refreshed.status_code, "every session ended"
    assert (400, 200) == (
        (await service.sign_in(ada["email"])).status_code, (await service.sign_in(ada["email"], NEW)).status_code,
    )  # fmt: skip


async def test_the_desk_cannot_become_an_admin_by_a_reset(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in()
    email = "ada-at-work@library.example"
    body = {"email": email, "password": PASSWORD, "roles": ["admin"]}
    account = (await service.request("POST", "/v1/accounts", body | {"member_id": ada["member_id"]})).json()
    sign_in = (await service.sign_in(email)).json()["access_token"]
    moved = {"email": "ada-now@library.example"}
    member = f"/v1/members/{ada['member_id']}"
    tag = (await service.get(member)).headers["etag"]
    await service.request("PATCH", member, moved, if_match=tag, token=service.token(Role.LIBRARIAN))

    by_member = await service.request("POST", f"{member}/password-reset", token=service.token(Role.LIBRARIAN))
    await choose(service, by_member.json()["activation_token"])
    by_account = await service.request(
        "POST", f"/v1/accounts/{account['account_id']}/password-reset", token=service.token(Role.LIBRARIAN)
    )

    assert 403 == by_account.status_code
    assert 400 == (await service.sign_in(email, NEW)).status_code
    assert 200 == (await service.get("/v1/audit", token=sign_in)).status_code, "nothing of the admin's ended"


async def test_an_account_with_more_roles_is_for_an_admin_to_reset(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in()
    token = (await service.sign_in(ada["email"])).json()["access_token"]
    me = f"/v1/accounts/{claims_of(token)['sub']}"
    tag = (await service.get(me)).headers["etag"]
    await service.request("PATCH", me, {"roles": ["member", "librarian"]}, if_match=tag)

    refused = await service.request(
        "POST", f"/v1/members/{ada['member_id']}/password-reset", token=service.token(Role.LIBRARIAN)
    )
    offered = await service.request("POST", f"{me}/password-reset")

    assert (403, "reset-needs-admin") == (refused.status_code, problem_of(refused)["code"])
    assert 200 == (await choose(service, offered.json()["activation_token"])).status_code
    assert 200 == (await service.sign_in(ada["email"], NEW)).status_code


async def test_a_password_that_is_known_to_others_does_not_come_back_when_its_account_is_enabled_again(
    service_on_either: Service,
) -> None:
    service = service_on_either
    account = f"/v1/accounts/{await service.open_account('grace@x.y', Role.LIBRARIAN)}"

    async def turn(*, disabled: bool) -> httpx.Response:
        tag = (await service.get(account)).headers["etag"]
        return await service.request("PATCH", account, {"disabled": disabled}, if_match=tag)

    await turn(disabled=True)
    early = await service.request("POST", f"{account}/password-reset")
    enabled = await turn(disabled=False)
    signed_in = await service.sign_in("grace@x.y")
    void = await choose(service, early.json()["activation_token"])
    handed_over = await service.request("POST", f"{account}/password-reset")
    chosen = await choose(service, handed_over.json()["activation_token"])

    assert (200, False, False) == (enabled.status_code, enabled.json()["disabled"], enabled.json()["activated"])
    assert (400, "invalid_grant") == (signed_in.status_code, signed_in.json()["error"])
    assert (422, "activation-token-invalid") == (void.status_code, problem_of(void)["code"])
    assert 200 == chosen.status_code
    assert 200 == (await service.sign_in("grace@x.y", NEW)).status_code


async def test_an_owner_of_nothing_known_gets_in_under_attack_with_a_token_from_the_desk(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in()
    async with somebody_at("198.51.100.1", service) as stranger, somebody_at("203.0.113.9", service) as owner:
        for _ in range(10):
            await stranger.sign_in(ada["email"], "guess")
        locked_out = await owner.sign_in(ada["email"])
        offered = await service.request("POST", f"/v1/members/{ada['member_id']}/password-reset")
        await choose(owner, offered.json()["activation_token"])

        signed_in = await owner.sign_in(ada["email"], NEW)

    assert (429, 200) == (locked_out.status_code, signed_in.status_code)
