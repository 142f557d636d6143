"""Passkeys over HTTP: added, shown on the page, named, removed; and whoever shows what proves nothing stays out."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.domain.identity.attempts import ONE_TIME_TOKENS
from members_service.domain.identity.passkey import CEREMONY_LASTS
from members_service.domain.identity.roles import Role
from members_service.domain.identity.second_factor import Requirement
from members_service.domain.owner_check import FRESH_FOR
from tests.answers import problem_of
from tests.members.api.authenticator import enrolled, token_of
from tests.members.api.browser import PAGE, exchange, fill_in, form_in, open_page, sent_back
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.test_tokens import claims_of
from tests.members.api.identity.oauth.town import ADDRESS, TOWN
from tests.members.api.identity.recovering import CARD, choose, recover
from tests.members.device import Device

MINE = "/v1/accounts/me/passkeys"
A_MOMENT = timedelta(seconds=1)


async def options(service: Service, token: str) -> Any:
    answer = await service.request("POST", f"{MINE}/options", token=token)
    assert 200 == answer.status_code, answer.text
    return answer.json()


async def add(service: Service, device: Device, token: str, name: str = "My phone", **changes: Any) -> httpx.Response:
    asked = await options(service, token)
    service.clock.pass_by(A_MOMENT)
    body = {"name": name, "credential": device.make(asked, **changes)}
    return await service.request("POST", MINE, body, token=token)


async def with_passkey(service: Service, **how: Any) -> tuple[Device, str]:
    """Return a device that Grace has just added a passkey of, and the token of hers."""
    device, token = Device(**how), await token_of(service)
    answer = await add(service, device, token)
    assert 201 == answer.status_code, answer.text
    service.clock.pass_by(A_MOMENT)
    return device, token


def asked_on(page: httpx.Response) -> Any:
    (found,) = re.findall(r'data-passkeys="([^"]*)"', page.text)
    return json.loads(unescape(found))


async def show(service: Service, device: Device, page: httpx.Response | None = None, **changes: Any) -> httpx.Response:
    service.clock.pass_by(A_MOMENT)
    page = await open_page(service, prompt="login") if page is None else page
    service.clock.pass_by(A_MOMENT)
    fields = form_in(page) | {"credential": device.show(asked_on(page), **changes)}
    return await service.http.post(PAGE, data=fields)


async def claims(service: Service, answer: httpx.Response) -> Mapping[str, Any]:
    issued = await exchange(service, sent_back(answer)["code"])
    assert 200 == issued.status_code, issued.text
    return claims_of(issued.json()["access_token"])


def refusal(answer: httpx.Response) -> tuple[int, str]:
    problem = problem_of(answer)
    return problem["status"], problem["code"]


async def audited(service: Service) -> list[tuple[str, str]]:
    records = (await service.get("/v1/audit?limit=100")).json()["items"]
    return [(record["deed"], record["facts"].get("passkey", "")) for record in reversed(records)]


async def test_somebody_signs_in_by_a_device_without_a_name_or_a_password(service_on_either: Service) -> None:
    service = service_on_either
    grace = await service.open_account("grace@x.y", Role.LIBRARIAN)
    device, token = await with_passkey(service)

    found = await claims(service, await show(service, device))
    (kept,) = (await service.get(MINE, token=token)).json()["items"]

    assert (str(grace), ["swk", "user", "mfa"]) == (found["sub"], found["amr"])
    assert ("My phone", True) == (kept["name"], kept["backed_up"])
    assert kept["last_used_at"] > kept["created_at"]
    assert [("passkey-added", ""), ("signed-in", "shown")] == (await audited(service))[-2:]


async def test_the_options_say_what_staff_and_what_readers_need(grace: Service) -> None:
    await grace.open_account("ada@x.y", Role.LIBRARIAN)
    device, token = await with_passkey(grace)

    staff = await options(grace, token)

    assert ("members.test", "grace@x.y") == (staff["rp"]["id"], staff["user"]["name"])
    assert ("required", "required") == tuple(
        staff["authenticatorSelection"][name] for name in ("residentKey", "userVerification")
    )
    assert [device.make(staff)["id"]] == [one["id"] for one in staff["excludeCredentials"]]
    assert "preferred" == asked_on(await open_page(grace))["userVerification"]


async def test_a_passkey_counts_as_the_second_factor_that_the_library_asks_for(grace: Service) -> None:
    device, _ = await with_passkey(grace)
    ports = grace.identity.ports.second_factor
    grace.rebind(second_factor=SecondFactorPorts(ports.authenticator, Requirement.STAFF, ports.key))

    by_password = await fill_in(grace, await open_page(grace))
    issued = await exchange(grace, sent_back(await show(grace, device))["code"])
    form = {"refresh_token": issued.json()["refresh_token"], "client_id": "swagger"}
    refreshed = await grace.ask_for_token(grant_type="refresh_token", **form)

    assert 400 == by_password.status_code
    assert "The password alone is not enough" in by_password.text
    assert [200, 200] == [issued.status_code, refreshed.status_code]


async def test_with_an_authenticator_app_no_code_is_asked_for_beside_a_passkey(grace: Service) -> None:
    _, token, _ = await enrolled(grace)
    device = Device()
    assert 201 == (await add(grace, device, token)).status_code
    grace.clock.pass_by(A_MOMENT)

    assert ["swk", "user", "mfa"] == (await claims(grace, await show(grace, device)))["amr"]
    device.verifies = False
    assert "did not ask for your PIN" in (await show(grace, device)).text


HOSTILE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "on another page": ({"origin": "https://evil.example"}, {}),
    "for another host": ({}, {"host": "evil.example"}),
    "for another challenge": ({}, {"challenge": "AAAA"}),
    "made for adding": ({}, {"type": "webauthn.create"}),
    "without verification": ({"verifies": False}, {}),
    "unknown": ({"credential_id": b"unknown"}, {}),
    "of somebody else": ({"user": bytes(16)}, {}),
}


@pytest.mark.parametrize(("device_changes", "changes"), HOSTILE.values(), ids=HOSTILE)
async def test_what_proves_nothing_lets_nobody_in(
    device_changes: dict[str, Any], changes: dict[str, Any], grace: Service
) -> None:
    device, _ = await with_passkey(grace)
    for name, value in device_changes.items():
        setattr(device, name, value)

    answer = await show(grace, device, **changes)

    assert 400 == answer.status_code
    assert re.search('id="wrong" role="alert"', answer.text)
    assert "sign-in-failed" == (await audited(grace))[-1][0]


async def test_another_key_proves_nothing(grace: Service) -> None:
    device, _ = await with_passkey(grace)

    device.key = Device().key

    assert 400 == (await show(grace, device)).status_code


async def test_what_was_shown_once_or_too_late_or_elsewhere_lets_nobody_in(grace: Service) -> None:
    device, _ = await with_passkey(grace)
    page = await open_page(grace)
    credential = device.show(asked_on(page))
    fields = form_in(page) | {"credential": credential}
    grace.clock.pass_by(A_MOMENT)

    first = await grace.http.post(PAGE, data=fields)
    again = await grace.http.post(PAGE, data=fields)
    grace.http.cookies.clear()
    elsewhere_page = await open_page(grace)
    elsewhere = await grace.http.post(PAGE, data=form_in(elsewhere_page) | {"credential": credential})
    late_page = await open_page(grace)
    grace.clock.pass_by(CEREMONY_LASTS)
    late = await show(grace, device, late_page)

    assert [303, 400, 400, 400] == [one.status_code for one in (first, again, elsewhere, late)]


@pytest.mark.parametrize("text", ["x", "{}", "[]", "null", '{"id": 1}', '{"response": {}}', "[" * 9_000])
async def test_what_cannot_be_read_lets_nobody_in(text: str, grace: Service) -> None:
    answer = await grace.http.post(PAGE, data=form_in(await open_page(grace)) | {"credential": text})

    assert 400 == answer.status_code


async def test_tries_without_end_are_not_looked_at(grace: Service) -> None:
    fields = form_in(await open_page(grace)) | {"credential": "x"}

    answers = [await grace.http.post(PAGE, data=fields) for _ in range(ONE_TIME_TOKENS.tries + 1)]

    assert [400, 429] == [answers[-2].status_code, answers[-1].status_code]


async def test_a_copied_passkey_is_on_record_and_lets_no_staff_in(grace: Service) -> None:
    device, _ = await with_passkey(grace)
    await claims(grace, await show(grace, device))

    device.counter = 0
    answer = await show(grace, device)

    assert 400 == answer.status_code
    assert "may have been copied" in answer.text
    assert ["passkey-went-back", "sign-in-failed"] == [action for action, _ in (await audited(grace))[-2:]]


async def test_passkeys_are_named_and_removed_by_their_owner_alone(grace: Service) -> None:
    await grace.open_account("ada@x.y", Role.LIBRARIAN)
    device, token = await with_passkey(grace)
    (kept,) = (await grace.get(MINE, token=token)).json()["items"]
    one, others = f"{MINE}/{kept['passkey_id']}", await token_of(grace, "ada@x.y")

    foreign = [
        await grace.request("PATCH", one, {"name": "x"}, token=others, If_Match="*"),
        await grace.request("DELETE", one, token=others),
    ]
    renamed = await grace.request("PATCH", one, {"name": "Old phone"}, token=token, If_Match='"1"')
    stale = await grace.request("PATCH", one, {"name": "x"}, token=token, If_Match='"1"')
    removed = await grace.request("DELETE", one, token=token)

    assert [(404, "passkey-not-found")] * 2 == [refusal(answer) for answer in foreign]
    assert (200, "Old phone") == (renamed.status_code, renamed.json()["name"])
    assert 412 == stale.status_code
    assert (204, []) == (removed.status_code, (await grace.get(MINE, token=token)).json()["items"])
    assert 400 == (await show(grace, device)).status_code


async def test_a_token_that_was_stolen_later_is_not_enough(grace: Service) -> None:
    device, token = await with_passkey(grace)
    (kept,) = (await grace.get(MINE, token=token)).json()["items"]
    one = f"{MINE}/{kept['passkey_id']}"
    asked = await options(grace, token)
    grace.clock.pass_by(FRESH_FOR)

    answers = [
        await grace.request("POST", f"{MINE}/options", token=token),
        await grace.request("POST", MINE, {"name": "x", "credential": device.make(asked)}, token=token),
        await grace.request("PATCH", one, {"name": "x"}, token=token, If_Match="*"),
        await grace.request("DELETE", one, token=token),
    ]

    assert [(401, "sign-in-too-old")] * 4 == [refusal(answer) for answer in answers]


@pytest.mark.parametrize(
    ("how", "changes"),
    [
        ({"verifies": False}, {}),
        ({"origin": "https://evil.example"}, {}),
        ({}, {"challenge": "AAAA"}),
        ({}, {"type": "webauthn.get"}),
        ({"credential_id": b"x" * 2_000}, {}),
    ],
    ids=["unverified", "elsewhere", "another challenge", "of another kind", "too long"],
)
async def test_a_passkey_that_proves_nothing_is_not_added(
    how: dict[str, Any], changes: dict[str, Any], grace: Service
) -> None:
    answer = await add(grace, Device(**how), await token_of(grace), **changes)

    assert (422, "passkey-rejected") == refusal(answer)


@pytest.mark.parametrize("credential", [{}, {"id": 1}, {"id": "a", "rawId": "a", "type": "public-key", "response": 1}])
async def test_what_no_device_makes_is_not_added(credential: dict[str, Any], grace: Service) -> None:
    token = await token_of(grace)

    answer = await grace.request("POST", MINE, {"name": "x", "credential": credential}, token=token)

    assert (422, "passkey-rejected") == refusal(answer)


async def test_one_device_is_added_once(grace: Service) -> None:
    device, token = await with_passkey(grace)

    assert (409, "passkey-known") == refusal(await add(grace, device, token))


async def test_who_is_locked_out_loses_passkeys_with_the_second_factor(grace: Service) -> None:
    device, _ = await with_passkey(grace)
    (shown,) = (await grace.get("/v1/accounts?email=grace@x.y")).json()["items"]

    removed = await grace.request("DELETE", f"/v1/accounts/{shown['account_id']}/second-factor")

    assert 204 == removed.status_code
    assert 400 == (await show(grace, device)).status_code


async def test_the_page_of_passkeys_adds_and_removes_them(grace: Service) -> None:
    device = Device()
    page = await fill_in(grace, await open_page(grace, then="passkeys"))
    grace.clock.pass_by(A_MOMENT)

    fields = form_in(page) | {"action": "add_passkey", "passkey_name": "Key", "credential": ""}
    made = json.dumps(device.make(asked_on(page)))
    unnamed = await grace.http.post(PAGE, data=fields | {"credential": made, "passkey_name": " "})
    added = await grace.http.post(PAGE, data=fields | {"credential": made})
    (button,) = re.findall(r'value="(remove_passkey [^"]*)"', added.text)
    grace.clock.pass_by(FRESH_FOR)
    too_old = await grace.http.post(PAGE, data=form_in(added) | {"action": button})
    again = await show(grace, device, too_old)
    removed = await grace.http.post(PAGE, data=form_in(again) | {"action": button})
    gone = await grace.http.post(PAGE, data=form_in(removed) | {"action": "continue"})

    assert "Your passkeys" in page.text
    assert (400, 200) == (unnamed.status_code, added.status_code)
    assert "The passkey was added." in added.text
    assert "Prove once more" in too_old.text
    assert "Your passkeys" in again.text
    assert "The passkey was removed." in removed.text
    assert "code" in sent_back(gone)


async def test_the_last_admin_who_needs_no_provider_keeps_role_and_second_factor(service: Service) -> None:
    root = await service.open_account("grace@x.y", Role.ADMIN)
    device, token = await with_passkey(service)
    (kept,) = (await service.get(MINE, token=token)).json()["items"]
    await service.open_account("spare@x.y", Role.ADMIN)
    own, factor = f"{MINE}/{kept['passkey_id']}", f"/v1/accounts/{root}/second-factor"
    provider = {**TOWN, "enabled": True}
    assert 201 == (await service.request("PUT", ADDRESS, provider)).status_code

    refused = [
        await service.request("DELETE", own, token=token),
        await service.request("DELETE", factor),
        await service.request("DELETE", f"/v1/accounts/{root}/grants/admin"),
        await service.request("PUT", f"/v1/accounts/{root}/grants/admin", {"branches": ["MAIN"]}),
        await service.request("PATCH", f"/v1/accounts/{root}", {"disabled": True}, If_Match="*"),
    ]
    assert 204 == (await service.request("DELETE", ADDRESS)).status_code

    assert ["break-glass"] * 3 == [answer.json()["code"] for answer in (refused[0], refused[1], refused[3])]
    assert [409, 409, 409] == [refused[0].status_code, refused[1].status_code, refused[4].status_code]
    assert 204 == (await service.request("DELETE", own, token=token)).status_code
    assert device.user == root.bytes


async def told(service: Service) -> list[str]:
    """Return the kinds of what waits to be told, from now on, the latest first."""
    shown = await service.get("/v1/notice-settings")
    await service.request("PUT", "/v1/notice-settings", {"mode": "shadow"}, if_match=shown.headers["ETag"])
    return [one["kind"] for one in (await service.get("/v1/notices?state=pending")).json()["items"]]


async def test_the_owner_is_told_of_a_new_passkey_and_staff_of_a_sign_in_with_one_from_elsewhere(
    grace: Service,
) -> None:
    assert [] == await told(grace)
    device, _ = await with_passkey(grace)
    added = await told(grace)

    await claims(grace, await show(grace, device))
    here = await told(grace)
    grace.http._transport = httpx.ASGITransport(grace.app, client=("198.51.100.2", 50_000))
    await claims(grace, await show(grace, device))

    assert 1 == added.count("address_changed")
    assert here == added
    assert here.count("signed_in") + 1 == (await told(grace)).count("signed_in")


async def test_whoever_recovers_an_account_removes_its_passkeys(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="grace@x.y", card_number=CARD)
    device, _ = await with_passkey(service)
    token = (await recover(service, CARD, "grace@x.y")).json()["recovery_token"]

    assert 200 == (await choose(service, token)).status_code

    assert 400 == (await show(service, device)).status_code


async def test_a_reset_by_an_admin_removes_the_passkeys_once_it_is_used(service: Service) -> None:
    account = await service.open_account("grace@x.y", Role.LIBRARIAN)
    device, _ = await with_passkey(service)
    offered = await service.request("POST", f"/v1/accounts/{account}/password-reset")
    body = {"activation_token": offered.json()["activation_token"], "password": "eight-loud-badgers-sing"}

    assert 200 == (await service.request("POST", "/v1/auth/activate", body, token="")).status_code

    assert 400 == (await show(service, device)).status_code
