import base64
import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from members_service.domain.identity.attempts import STRANGERS
from members_service.domain.identity.roles import Role
from members_service.persistence.tables import plumbing
from shared.kernel.receipts import Receipt
from tests.answers import error_of, problem_of
from tests.members.api.conftest import Service
from tests.members.api.identity.test_accounts import GRACE
from tests.members.makers import PASSWORD


async def test_an_account_is_shown_and_changed_by_admins(service: Service) -> None:
    path = f"/v1/accounts/{await service.open_account('grace@x.y', Role.LIBRARIAN)}"
    shown = await service.get(path)

    changed = await service.request("PATCH", path, {"roles": ["admin", "librarian"]}, If_Match=shown.headers["etag"])
    unchanged = await service.get(path, If_None_Match=changed.headers["etag"])

    assert (200, ["admin", "librarian"], '"2"') == (
        changed.status_code,
        changed.json()["roles"],
        changed.headers["etag"],
    )
    assert 304 == unchanged.status_code


async def test_a_list_and_ones_own_account_tell_the_version_that_a_change_names(service: Service) -> None:
    grace = await service.open_account("grace@x.y", Role.LIBRARIAN)
    own = service.token(Role.LIBRARIAN, subject=grace)

    listed = (await service.get("/v1/accounts?email=grace@x.y")).json()["items"][0]["version"]
    shown = await service.get("/v1/accounts/me", token=own)
    changed = await service.request("PATCH", f"/v1/accounts/{grace}", {"disabled": False}, If_Match=f'"{listed}"')
    unchanged = await service.get("/v1/accounts/me", token=own, If_None_Match=changed.headers["etag"])

    assert (200, changed.headers["etag"]) == (changed.status_code, shown.headers["etag"])
    assert 304 == unchanged.status_code


async def test_a_change_needs_the_version_that_it_changes(service: Service) -> None:
    path = f"/v1/accounts/{await service.open_account('grace@x.y', Role.LIBRARIAN)}"

    without = await service.request("PATCH", path, {"disabled": True})
    stale = await service.request("PATCH", path, {"disabled": True}, If_Match='"7"')
    whichever = await service.request("PATCH", path, {"disabled": True}, If_Match="*")

    assert [428, 412, 200] == [answer.status_code for answer in (without, stale, whichever)]


@pytest.mark.parametrize(
    "body",
    [{"roles": None}, {"disabled": None}, {"roles": []}, {"password": "x"}, {"email": None}, {"disabled": 1}, []],
)
async def test_a_change_that_cannot_be_is_refused(service: Service, body: object) -> None:
    path = f"/v1/accounts/{await service.open_account('grace@x.y', Role.LIBRARIAN)}"

    answer = await service.request("PATCH", path, body, If_Match="*")

    assert 422 == answer.status_code
    problem_of(answer)


async def test_a_disabled_account_neither_signs_in_nor_goes_on(service: Service) -> None:
    account = await service.open_account("grace@x.y", Role.LIBRARIAN)
    refresh_token = (await service.sign_in("grace@x.y")).json()["refresh_token"]

    await service.request("PATCH", f"/v1/accounts/{account}", {"disabled": True}, If_Match="*")

    assert (400, "invalid_grant") == error_of(await service.sign_in("grace@x.y"))
    answer = await service.ask_for_token(grant_type="refresh_token", refresh_token=refresh_token)
    assert (400, "invalid_grant") == error_of(answer)


async def test_ones_own_password_is_changed_by_who_knows_it(service: Service) -> None:
    account = await service.open_account("grace@x.y", Role.LIBRARIAN)
    token = service.token(Role.LIBRARIAN, subject=account)
    body = {"current_password": PASSWORD, "password": "eight-loud-badgers-sing"}

    wrong = await service.request("PUT", "/v1/accounts/me/password", body | {"current_password": "wrong"}, token=token)
    right = await service.request("PUT", "/v1/accounts/me/password", body, token=token)

    assert (422, "wrong-password") == (wrong.status_code, problem_of(wrong)["code"])
    assert (204, b"") == (right.status_code, right.content)
    assert (400, "invalid_grant") == error_of(await service.sign_in("grace@x.y"))
    assert 200 == (await service.sign_in("grace@x.y", "eight-loud-badgers-sing")).status_code


async def test_the_current_password_cannot_be_guessed(service: Service) -> None:
    account = await service.open_account("grace@x.y", Role.LIBRARIAN)
    token = service.token(Role.LIBRARIAN, subject=account)
    body = {"current_password": "wrong", "password": "eight-loud-badgers-sing"}

    answers = [await service.request("PUT", "/v1/accounts/me/password", body, token=token) for _ in range(15)]

    assert [422] * STRANGERS.tries + [429] * (15 - STRANGERS.tries) == [answer.status_code for answer in answers]
    assert "too-many-attempts" == problem_of(answers[-1])["code"]
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("subject", ["loans", UUID(int=7)])
async def test_who_has_no_account_has_no_password(service: Service, subject: str | UUID) -> None:
    body = {"current_password": PASSWORD, "password": "eight-loud-badgers-sing"}

    answer = await service.request(
        "PUT", "/v1/accounts/me/password", body, token=service.token(Role.ADMIN, subject=subject)
    )

    assert (404, "account-not-found") == (answer.status_code, problem_of(answer)["code"])


async def test_admins_find_accounts_by_what_they_know_of_them(service_on_either: Service) -> None:
    service = service_on_either
    member = await service.enrol(email="ada@x.y")
    grace = str(await service.open_account("Grace@x.y", Role.LIBRARIAN))
    admin = str(await service.open_account("eve@x.y", Role.ADMIN, Role.LIBRARIAN))
    tag = (await service.get(f"/v1/accounts/{grace}")).headers["etag"]
    await service.request("PATCH", f"/v1/accounts/{grace}", {"disabled": True}, If_Match=tag)

    async def found(query: str) -> list[str]:
        answer = await service.get(f"/v1/accounts?{query}")
        assert 200 == answer.status_code, answer.text
        return [one["account_id"] for one in answer.json()["items"]]

    everybody = await found("")
    assert {grace, admin} < set(everybody)
    assert [grace] == await found("email=GRACE@x.y")
    assert [] == await found("email=nobody@x.y")
    assert [grace, admin] == await found("role=librarian")
    assert [admin] == await found("role=librarian&disabled=false")
    assert [everybody[0]] == await found(f"member_id={member['member_id']}")
    first = (await service.get("/v1/accounts?limit=2")).json()
    assert everybody[2:] == await found(f"cursor={first['next_cursor']}")


async def test_an_account_signs_in_with_another_address_when_an_admin_says_so(service: Service) -> None:
    path = f"/v1/accounts/{await service.open_account('grace@x.y', Role.LIBRARIAN)}"
    await service.open_account("taken@x.y", Role.LIBRARIAN)

    taken = await service.request("PATCH", path, {"email": "TAKEN@x.y"}, If_Match="*")
    moved = await service.request("PATCH", path, {"email": "Hopper@x.y"}, If_Match="*")

    assert (409, "email-taken") == (taken.status_code, problem_of(taken)["code"])
    assert (200, "Hopper@x.y") == (moved.status_code, moved.json()["email"])
    assert moved.headers["etag"] == (await service.get(path)).headers["etag"]
    assert [200, 400] == [(await service.sign_in(name)).status_code for name in ("hopper@x.y", "grace@x.y")]
    assert "email-changed" == (await service.get("/v1/audit?deed=email-changed")).json()["items"][0]["deed"]


async def test_a_database_thief_cannot_try_passwords_on_the_receipt_of_a_request(service: Service) -> None:
    admin = service.token(Role.ADMIN, subject=uuid4())

    await service.request("POST", "/v1/accounts", GRACE, token=admin, Idempotency_Key="1")

    claims = json.loads(base64.urlsafe_b64decode(admin.split(".")[1] + "=="))
    body = json.dumps(GRACE, sort_keys=True, separators=(",", ":")).encode()
    asked = b"POST /v1/accounts?\n" + body
    caller = f"{claims['sub']} {claims['client_id']}"
    secret = service.data_keys.secret("receipts")
    guessed, made = (Receipt.of(caller=caller, key="1", request=asked, secret=one) for one in (b"", secret))
    [kept] = await service.database.rows(select(plumbing.receipts))
    assert (made.slot, made.fingerprint) == (kept.slot, kept.fingerprint)
    assert guessed.fingerprint != kept.fingerprint, "all that goes into this one can be guessed"
