"""Who is left to administer the library, and who gets the account of an address that is shared, or moves."""

from typing import Any

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.makers import PASSWORD

ANOTHER = "eight-loud-badgers-sing"


async def an_admin(service: Service, email: str, member_id: str | None = None) -> str:
    body = {"email": email, "roles": ["admin"], "member_id": member_id, "password": PASSWORD}
    answer = await service.request("POST", "/v1/accounts", body)
    assert 201 == answer.status_code
    return str(answer.json()["account_id"])


async def erase(service: Service, member_id: str) -> Any:
    return await service.request("POST", f"/v1/members/{member_id}/erasure")


async def test_of_two_admins_who_leave_the_second_stays(service_on_either: Service) -> None:
    service = service_on_either
    both = [(await service.enrol())["member_id"] for _ in range(2)]
    for number, member_id in enumerate(both):
        await an_admin(service, f"boss{number}@x.y", member_id)

    answers = [await erase(service, member_id) for member_id in both]

    assert [202, 409] == [answer.status_code for answer in answers]
    assert "last-admin" == problem_of(answers[1])["code"]


async def test_an_admin_who_leaves_is_nobody_to_leave_the_library_to(service_on_either: Service) -> None:
    service = service_on_either
    leaving = (await service.enrol())["member_id"]
    await an_admin(service, "leaving@x.y", leaving)
    other = f"/v1/accounts/{await an_admin(service, 'other@x.y')}"
    await erase(service, leaving)

    for change in ({"disabled": True}, {"roles": ["librarian"]}):
        answer = await service.request("PATCH", other, change, If_Match="*")
        assert (409, "last-admin") == (answer.status_code, problem_of(answer)["code"])
    await service.request("POST", f"/v1/members/{leaving}/reinstate")

    assert 200 == (await service.request("PATCH", other, {"disabled": True}, If_Match="*")).status_code


async def test_two_accounts_of_one_admin_are_nobody_else(service: Service) -> None:
    member_id = (await service.enrol())["member_id"]
    for email in ("one@x.y", "two@x.y"):
        await an_admin(service, email, member_id)

    assert 409 == (await erase(service, member_id)).status_code


async def test_the_desk_opens_an_account_for_an_address_that_nobody_signs_in_with_any_more(
    service_on_either: Service,
) -> None:
    service = service_on_either
    child, mother = [await service.enrol(email="m@x.y") for _ in range(2)]
    desk, at = service.token(Role.LIBRARIAN), f"/v1/members/{mother['member_id']}/password-reset"
    shared = await service.request("POST", at, token=desk)
    await service.request("PATCH", f"/v1/members/{child['member_id']}", {"email": "child@x.y"}, If_Match="*")

    offered = await service.request("POST", at, token=desk)
    body = {"activation_token": offered.json()["activation_token"], "password": PASSWORD}
    chosen = await service.request("POST", "/v1/auth/activate", body, token="")

    assert (404, "account-not-found") == (shared.status_code, problem_of(shared)["code"])
    assert "own" in problem_of(shared)["detail"]
    assert (201, 200, mother["member_id"]) == (offered.status_code, chosen.status_code, chosen.json()["member_id"])
    assert 200 == (await service.sign_in("m@x.y")).status_code


async def test_an_account_moves_though_somebody_else_has_its_address_on_record(service: Service) -> None:
    child, _ = [await service.enrol(email="m@x.y") for _ in range(2)]
    await service.request("PATCH", f"/v1/members/{child['member_id']}", {"email": None}, If_Match="*")
    [account] = (await service.get("/v1/accounts?email=m@x.y")).json()["items"]

    moved = await service.request(
        "PATCH", f"/v1/accounts/{account['account_id']}", {"email": "child@x.y"}, If_Match="*"
    )

    assert (200, "child@x.y") == (moved.status_code, moved.json()["email"])


async def test_a_token_in_the_old_mailbox_is_void_once_the_address_has_changed(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in(email="old@x.y", card_number="A1")
    forgotten = {"card_number": "A1", "email": "old@x.y"}
    sent = await service.request("POST", "/v1/members/recovery", forgotten, token=service.token_for("members:recover"))
    await service.request("PATCH", f"/v1/members/{ada['member_id']}", {"email": "new@x.y"}, If_Match="*")

    body = {"recovery_token": sent.json()["recovery_token"], "password": ANOTHER}
    used = await service.request("POST", "/v1/auth/recover", body, token="")

    assert (422, "recovery-token-invalid") == (used.status_code, problem_of(used)["code"])
    assert 200 == (await service.sign_in("new@x.y")).status_code


async def test_a_slip_in_the_address_of_a_newcomer_leaves_the_first_token_good(service: Service) -> None:
    ada = await service.enrol(email="slpi@x.y")
    await service.request("PATCH", f"/v1/members/{ada['member_id']}", {"email": "slip@x.y"}, If_Match="*")

    body = {"activation_token": ada["activation_token"], "password": PASSWORD}

    assert 200 == (await service.request("POST", "/v1/auth/activate", body, token="")).status_code
    assert 200 == (await service.sign_in("slip@x.y")).status_code
