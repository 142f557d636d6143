import pytest

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.makers import PASSWORD

GRACE = {"email": "Grace@library.example", "password": PASSWORD, "roles": ["librarian"]}


async def test_a_new_member_activates_the_account_and_signs_in(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol(email="Ada@library.example")

    activated = await service.request(
        "POST", "/v1/auth/activate", {"activation_token": ada["activation_token"], "password": PASSWORD}, token=""
    )
    signed_in = await service.sign_in("ADA@library.example")
    me = await service.get("/v1/members/me", token=signed_in.json()["access_token"])

    assert 200 == activated.status_code, activated.text
    assert ("Ada@library.example", ada["member_id"]) == (activated.json()["email"], activated.json()["member_id"])
    assert (200, "self") == (signed_in.status_code, signed_in.json()["scope"])
    assert (200, ada["member_id"]) == (me.status_code, me.json()["member_id"])


async def test_an_activation_may_be_repeated_with_the_same_key(service: Service) -> None:
    ada = await service.enrol()
    body = {"activation_token": ada["activation_token"], "password": PASSWORD}

    first = await service.request("POST", "/v1/auth/activate", body, token="", Idempotency_Key="k")
    again = await service.request("POST", "/v1/auth/activate", body, token="", Idempotency_Key="k")

    assert (200, first.json(), "true") == (again.status_code, again.json(), again.headers["idempotency-replayed"])


WEAK = [
    ("short", "password-too-short"),
    ("x" * 257, "password-too-long"),
    ("password1234", "password-too-common"),
    ("abcdefghijkl", "password-too-simple"),
]


async def test_an_admin_opens_an_account_that_can_sign_in(service: Service) -> None:
    opened = await service.request("POST", "/v1/accounts", GRACE)
    signed_in = await service.sign_in("grace@library.example")

    shown = opened.json()
    assert (201, '"1"') == (opened.status_code, opened.headers["etag"])
    assert f"/v1/accounts/{shown['account_id']}" == opened.headers["location"]
    assert ("Grace@library.example", ["librarian"], None, True, False) == (
        shown["email"],
        shown["roles"],
        shown["member_id"],
        shown["activated"],
        shown["disabled"],
    )
    assert not any("password" in name for name in shown)
    assert (None, None) == (shown["activation_token"], shown["activation_expires_at"])
    assert 200 == signed_in.status_code


async def test_who_gets_an_account_chooses_the_password(service_on_either: Service) -> None:
    service = service_on_either
    body = {"email": "Grace@library.example", "roles": ["librarian"]}
    admin = service.token(Role.ADMIN)

    opened = await service.request("POST", "/v1/accounts", body, token=admin, Idempotency_Key="k")
    again = await service.request("POST", "/v1/accounts", body, token=admin, Idempotency_Key="k")
    before = await service.sign_in("grace@library.example")
    choice = {"activation_token": opened.json()["activation_token"], "password": PASSWORD}
    chosen = await service.request("POST", "/v1/auth/activate", choice, token="")

    assert (201, False) == (opened.status_code, opened.json()["activated"])
    assert opened.json() == again.json()
    assert "activation_token" not in (await service.get(opened.headers["location"])).json()
    assert (400, 200) == (before.status_code, chosen.status_code)
    assert 200 == (await service.sign_in("grace@library.example")).status_code


async def test_an_account_may_belong_to_a_member(service: Service) -> None:
    ada = await service.enrol()
    body = GRACE | {"roles": ["member", "librarian"], "member_id": ada["member_id"]}

    await service.request("POST", "/v1/accounts", body)
    token = (await service.sign_in("grace@library.example")).json()["access_token"]

    assert ada["member_id"] == (await service.get("/v1/members/me", token=token)).json()["member_id"]


@pytest.mark.parametrize("wrong", [{"roles": []}, {"roles": ["Wizard"]}, {"roles": "admin"}, {"disabled": True}])
async def test_an_account_that_cannot_be_is_refused(service: Service, wrong: dict[str, object]) -> None:
    answer = await service.request("POST", "/v1/accounts", GRACE | wrong)

    assert (422, "invalid-request") == (answer.status_code, problem_of(answer)["code"])
