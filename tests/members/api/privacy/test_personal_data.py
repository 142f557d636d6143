from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.makers import PASSWORD


async def own_token(service: Service, member: dict[str, Any]) -> str:
    return service.token(Role.MEMBER, member_id=member["member_id"])


async def test_an_export_holds_everything_that_is_known(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.a_member_who_can_sign_in(
        name="Ada Lovelace", email="ada@x.y", phone="+44 20", address={"city": "London"}, date_of_birth="1980-12-10"
    )
    at = f"/v1/members/{ada['member_id']}"
    await service.sign_in("ada@x.y")
    await service.request("POST", f"{at}/cards", {"reason": "Lost on the tram."})
    await service.request("POST", f"{at}/blocks", {"action": "hold", "reason": "Wet."})
    await service.request("POST", f"{at}/suspend", {"reason": "Shouting."})

    answer = await service.get(f"{at}/export", token=await own_token(service, ada))

    found = answer.json()
    assert 200 == answer.status_code, answer.text
    assert ("Ada Lovelace", "ada@x.y", "+44 20", "1980-12-10", "Shouting.") == (
        *(found["member"][name] for name in ("name", "email", "phone", "date_of_birth")),
        found["member"]["suspension"]["reason"],
    )
    assert {ada["card_number"], found["member"]["card_number"]} == {card["card_number"] for card in found["cards"]}
    assert ["suspended", "blocked", "card-replaced", "joined"] == [entry["what"] for entry in found["history"]]
    assert (["Wet."], ["ada@x.y"], ["library"]) == (
        [block["reason"] for block in found["blocks"]],
        [account["email"] for account in found["accounts"]],
        [session["client_id"] for session in found["sessions"]],
    )
    assert ["signed-in", "account-activated", "account-opened"] == [record["deed"] for record in found["audit"]]
    assert [{"service": "loans", "path": f"/v1/borrowers/{ada['member_id']}/export"}] == found["elsewhere"]
    assert "argon2" not in answer.text


async def test_an_export_says_in_which_branches_and_until_when_a_role_counts(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.a_member_who_can_sign_in(email="ada@x.y")
    at = f"/v1/members/{ada['member_id']}/export"
    (account,) = (await service.get(f"/v1/accounts?member_id={ada['member_id']}")).json()["items"]
    grants = f"/v1/accounts/{account['account_id']}/grants"
    until = {"branches": ["EAST", "MAIN"], "until": "2126-09-01T00:00:00Z"}

    before = await service.get(at)
    bounded = await service.request("PUT", f"{grants}/desk", until)
    everywhere = await service.request("PUT", f"{grants}/cataloguer", {"branches": None})
    own, by_admin = await service.get(at, token=await own_token(service, ada)), await service.get(at)

    assert (201, 201) == (bounded.status_code, everywhere.status_code)
    assert [[]] == [one["grants"] for one in before.json()["accounts"]]
    for (known,) in (own.json()["accounts"], by_admin.json()["accounts"]):
        assert ["cataloguer", "desk", "member"] == known["roles"]
        assert [{"role": "cataloguer", "branches": None, "until": None}, {"role": "desk"} | until] == known["grants"]


async def test_that_somebody_got_an_export_is_on_record(service: Service) -> None:
    ada = await service.enrol()
    admin = service.token(Role.ADMIN, subject=UUID(int=7))

    await service.get(f"/v1/members/{ada['member_id']}/export", token=admin)

    (record,) = (await service.get("/v1/audit?deed=exported")).json()["items"]
    assert (str(UUID(int=7)), ada["member_id"]) == (record["by"], record["member_id"])


async def test_an_export_is_for_oneself_and_for_admins(service: Service) -> None:
    ada, kim = await service.enrol(), await service.enrol()
    at = f"/v1/members/{ada['member_id']}/export"

    other = await service.get(at, token=await own_token(service, kim))
    desk = await service.get(at, token=service.token(Role.LIBRARIAN))
    nobody = await service.get(f"/v1/members/{UUID(int=5)}/export")

    assert (404, "member-not-found") == (other.status_code, problem_of(other)["code"])
    assert (403, 404) == (desk.status_code, nobody.status_code)


async def test_an_erasure_begins_once_and_the_member_may_still_stay(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.a_member_who_can_sign_in(email="ada@x.y")
    at = f"/v1/members/{ada['member_id']}"
    refresh = (await service.sign_in("ada@x.y")).json()["refresh_token"]
    admin = service.token(Role.ADMIN)

    first = await service.request("POST", f"{at}/erasure", token=admin, idempotency_key="k")
    again = await service.request("POST", f"{at}/erasure", token=admin, idempotency_key="k")
    once_more = await service.request("POST", f"{at}/erasure", token=admin)

    assert (202, at, "leaving") == (first.status_code, first.headers["location"], first.json()["status"])
    assert first.json() == again.json() == once_more.json()
    standing = (await service.standing(member_id=ada["member_id"])).json()
    assert (False, ["member-leaving"]) == (standing["may_borrow"], [one["code"] for one in standing["refusals"]])
    assert 400 == (await service.ask_for_token(grant_type="refresh_token", refresh_token=refresh)).status_code
    renewal = await service.request("POST", f"{at}/renew", {})
    assert (409, "member-leaving") == (renewal.status_code, problem_of(renewal)["code"])
    assert "active" == (await service.request("POST", f"{at}/reinstate")).json()["status"]
    actions = [
        record["deed"] for record in (await service.get(f"/v1/audit?member_id={ada['member_id']}")).json()["items"]
    ]
    assert ["erasure-withdrawn", "erasure-asked"] == actions[:2]


async def test_members_ask_for_their_own_erasure(service: Service) -> None:
    ada = await service.a_member_who_can_sign_in(email="ada@x.y")
    tokens = (await service.sign_in("ada@x.y", PASSWORD)).json()

    asked = await service.request("POST", "/v1/members/me/erasure", {"confirm": True}, token=tokens["access_token"])

    assert (202, ada["member_id"]) == (asked.status_code, asked.json()["member_id"])
    after = await service.get("/v1/members/me", token=tokens["access_token"])
    assert 401 == after.status_code, "every session has ended"


async def test_a_stolen_token_is_not_enough_to_erase_its_owner(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y")
    token = (await service.sign_in("ada@x.y")).json()["access_token"]
    service.clock.pass_by(timedelta(minutes=5))

    refused = await service.request("POST", "/v1/members/me/erasure", {"confirm": True}, token=token)

    assert (401, "sign-in-too-old") == (refused.status_code, problem_of(refused)["code"])
    assert "active" == (await service.get("/v1/members/me", token=token)).json()["status"]


@pytest.mark.parametrize("body", [None, {}, {"confirm": False}, {"confirm": "yes"}])
async def test_nobody_leaves_by_a_slip(service: Service, body: object) -> None:
    ada = await service.enrol()

    answer = await service.request(
        "POST", "/v1/members/me/erasure", body, token=service.token(Role.MEMBER, member_id=ada["member_id"])
    )

    assert 422 == problem_of(answer)["status"]
    assert "active" == (await service.get(f"/v1/members/{ada['member_id']}")).json()["status"]
