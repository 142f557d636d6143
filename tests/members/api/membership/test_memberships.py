from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from members_service.application.identity.accounts.account_views import AccountFilter
from members_service.domain.identity.roles import Role
from tests.answers import codes_of, problem_of
from tests.members.api.conftest import Service
from tests.members.register import Register


async def own_token(service: Service, member: dict[str, Any]) -> str:
    return service.token(Role.MEMBER, member_id=member["member_id"])


async def test_the_desk_changes_a_member_under_if_match(service_on_either: Service) -> None:
    service = service_on_either
    member = await service.enrol(phone="1")
    at = f"/v1/members/{member['member_id']}"
    tag = (await service.get(at)).headers["etag"]

    changed = await service.request("PATCH", at, {"name": "Ada King", "phone": None}, if_match=tag)
    late = await service.request("PATCH", at, {"name": "Ada Byron"}, if_match=tag)
    unguarded = await service.request("PATCH", at, {"name": "Ada Byron"})

    assert (200, "Ada King", None) == (changed.status_code, changed.json()["name"], changed.json()["phone"])
    assert (412, "out-of-date") == (late.status_code, problem_of(late)["code"])
    assert 428 == unguarded.status_code
    assert changed.json() == (await service.get(at)).json()
    assert (await service.get(at)).headers["etag"] == changed.headers["etag"] != tag


async def let_renew(service: Service, days: int | None) -> None:
    """Let adults renew their own membership so many days round its end, for 20.00 a year."""
    items = (await service.get("/v1/categories")).json()["items"]
    items[0] |= {"own_renewal_days": days, "annual_fee": {"amount": 2000}}
    assert 200 == (await service.request("PUT", "/v1/categories", {"items": items}, if_match="*")).status_code


async def test_members_renew_their_own_membership_round_its_end_and_owe_the_fee(service_on_either: Service) -> None:
    service = service_on_either
    member = await service.enrol(expires_on=service.day(31))
    token = await own_token(service, member)

    off = await service.request("POST", "/v1/members/me/renew", token=token)
    await let_renew(service, 30)
    early = await service.request("POST", "/v1/members/me/renew", token=token)
    window = (service.day(1), service.day(61))
    service.clock.pass_by(timedelta(days=1))
    renewed = await service.request("POST", "/v1/members/me/renew", token=token, Idempotency_Key="k")
    again = await service.request("POST", "/v1/members/me/renew", token=token, Idempotency_Key="k")

    assert [(403, "own-renewal-off"), (422, "not-time-to-renew")] == [
        (each.status_code, problem_of(each)["code"]) for each in (off, early)
    ]
    assert window == (early.json()["renewable_from"], early.json()["renewable_until"])
    assert (200, renewed.json()) == (renewed.status_code, again.json())
    assert renewed.json()["expires_on"] > member["expires_on"]
    *_, (type_, _, told) = await Register(service.database, service.data_keys).events()
    assert ("members.member.renewed", [{"kind": "membership", "amount": 2000}]) == (type_, told["fees"])


async def test_what_staff_have_stopped_or_what_ended_long_ago_is_renewed_at_the_desk(service: Service) -> None:
    await let_renew(service, 30)
    stopped, old = await service.enrol(expires_on=service.day(3)), await service.enrol(expires_on=service.day(3))
    body = {"reason": "Shouting.", "until": service.day(40)}
    await service.request("POST", f"/v1/members/{stopped['member_id']}/suspend", body)

    suspended = await service.request("POST", "/v1/members/me/renew", token=await own_token(service, stopped))
    service.clock.pass_by(timedelta(days=34))
    late = await service.request("POST", "/v1/members/me/renew", token=await own_token(service, old))

    assert [(409, "membership-suspended"), (422, "not-time-to-renew")] == [
        (each.status_code, problem_of(each)["code"]) for each in (suspended, late)
    ]


async def test_a_tag_does_not_go_stale_because_a_day_passed(service: Service) -> None:
    member = await service.enrol(expires_on=service.day(0))
    at = f"/v1/members/{member['member_id']}"
    tag = (await service.get(at)).headers["etag"]

    service.clock.pass_by(timedelta(days=1))

    assert tag != (await service.get(at)).headers["etag"]
    assert 200 == (await service.request("PATCH", at, {"name": "Ada King"}, if_match=tag)).status_code


@pytest.mark.parametrize(
    "change", [{"name": None}, {"category": None}, {"reading_history": None}, {"card_number": "1"}, []]
)
async def test_a_change_without_sense_is_refused(service: Service, change: object) -> None:
    member = await service.enrol()

    answer = await service.request("PATCH", f"/v1/members/{member['member_id']}", change, if_match="*")

    assert 422 == problem_of(answer)["status"]


async def test_members_change_how_they_are_reached_and_sign_in_with_the_new_address(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y")
    token = (await service.sign_in("ada@x.y")).json()["access_token"]

    changed = await service.request(
        "PATCH", "/v1/members/me", {"email": "king@x.y", "phone": "+44 20", "language": "fr"}, token=token, if_match="*"
    )

    assert ("king@x.y", "+44 20", "fr") == tuple(changed.json()[name] for name in ("email", "phone", "language"))
    assert 400 == (await service.sign_in("ada@x.y")).status_code
    assert 200 == (await service.sign_in("king@x.y")).status_code


async def test_a_stolen_token_is_not_enough_for_another_address(service: Service) -> None:
    await service.a_member_who_can_sign_in(email="ada@x.y")
    token = (await service.sign_in("ada@x.y")).json()["access_token"]

    async def change(**changes: str) -> httpx.Response:
        return await service.request("PATCH", "/v1/members/me", changes, token=token, if_match="*")

    service.clock.pass_by(timedelta(minutes=5))

    refused = await change(email="eve@x.y")
    assert (401, "sign-in-too-old") == (refused.status_code, problem_of(refused)["code"])
    assert 'error="insufficient_user_authentication", max_age="300"' in refused.headers["www-authenticate"]
    assert 200 == (await change(phone="1", email="Ada@x.y")).status_code, "the user name is still the same"
    token = service.token(Role.MEMBER, member_id=(await service.get("/v1/members/me", token=token)).json()["member_id"])
    assert 401 == (await change(email="eve@x.y")).status_code, "a token of no session is never fresh"


async def test_only_admins_give_another_address_to_who_may_do_more_than_a_member(service: Service) -> None:
    member = await service.a_member_who_can_sign_in(email="grace@x.y")
    (account,) = await service.identity.accounts.queries.accounts(
        AccountFilter(member_id=UUID(member["member_id"])), limit=None, after=None
    )
    at, moved = f"/v1/members/{member['member_id']}", {"email": "moved@x.y"}
    await service.request("PATCH", f"/v1/accounts/{account.account_id}", {"roles": ["member", "admin"]}, if_match="*")

    by_desk = await service.request("PATCH", at, moved, token=service.token(Role.LIBRARIAN), if_match="*")
    by_admin = await service.request("PATCH", at, moved, if_match="*")

    assert (403, "email-needs-admin") == (by_desk.status_code, problem_of(by_desk)["code"])
    assert (200, "moved@x.y") == (by_admin.status_code, by_admin.json()["email"])


@pytest.mark.parametrize(
    "change",
    [{"category": "staff"}, {"status": "active"}, {"roles": ["admin"]}, {"card_number": "1"},
     {"expires_on": "2999-01-01"}, {"name": "Eve"}, {"date_of_birth": "1980-01-01"}, {"suspension": None}],
)  # fmt: skip
async def test_members_cannot_touch_what_the_library_decides(service: Service, change: dict[str, Any]) -> None:
    member = await service.enrol()
    token = await own_token(service, member)

    answer = await service.request("PATCH", "/v1/members/me", change, token=token, if_match="*")

    assert (422, ["extra-forbidden"]) == (answer.status_code, codes_of(answer))


async def test_a_renewal_and_a_new_card_need_no_body(service: Service) -> None:
    member = await service.enrol()
    at = f"/v1/members/{member['member_id']}"

    renewed, replaced = [await service.request("POST", f"{at}/{act}") for act in ("renew", "cards")]

    assert (200, 201) == (renewed.status_code, replaced.status_code)
    assert member["expires_on"] < renewed.json()["expires_on"]
    assert member["card_number"] != replaced.json()["card_number"]


async def test_a_membership_is_renewed_once_per_key(service: Service) -> None:
    member = await service.enrol(expires_on=service.day(-10))
    at = f"/v1/members/{member['member_id']}/renew"
    desk = service.token(Role.LIBRARIAN)

    first = await service.request("POST", at, {}, token=desk, idempotency_key="k")
    again = await service.request("POST", at, {}, token=desk, idempotency_key="k")
    shorter = await service.request("POST", at, {"expires_on": service.day(1)})

    assert (200, "active") == (first.status_code, first.json()["status"])
    assert (first.json(), "true") == (again.json(), again.headers["idempotency-replayed"])
    assert (422, ["renewal-not-later"]) == (shorter.status_code, codes_of(shorter))


async def test_a_replaced_card_says_so_wherever_it_is_shown(service_on_either: Service) -> None:
    service = service_on_either
    member = await service.enrol(card_number="OLD-1")

    replaced = await service.request("POST", f"/v1/members/{member['member_id']}/cards", {"reason": "Lost."})

    new = replaced.json()["card_number"]
    assert (201, 14) == (replaced.status_code, len(new))
    for refused in (await service.standing(card_number="old-1"), await service.get("/v1/members?card_number=OLD-1")):
        assert (404, "card-replaced") == (refused.status_code, problem_of(refused)["code"])
    assert 200 == (await service.standing(card_number=new)).status_code
    assert [new] == [
        one["card_number"] for one in (await service.get(f"/v1/members?card_number={new}")).json()["items"]
    ]
    taken = await service.request("POST", f"/v1/members/{member['member_id']}/cards", {"card_number": "old-1"})
    assert (409, "card-number-taken") == (taken.status_code, problem_of(taken)["code"])


async def test_the_history_tells_who_did_what_when_and_why(service: Service) -> None:
    member = await service.enrol()
    at = f"/v1/members/{member['member_id']}"
    desk = service.token(Role.LIBRARIAN, subject="0193c2f4-7a10-7cc1-8f2e-5a1d3b9c7e01")
    await service.request("POST", f"{at}/suspend", {"reason": "Shouting.", "until": service.day(3)}, token=desk)
    await service.request("POST", f"{at}/reinstate", token=desk)
    block = (await service.request("POST", f"{at}/blocks", {"action": "hold", "reason": "Wet."}, token=desk)).json()
    await service.request("DELETE", f"{at}/blocks/{block['block_id']}", token=desk)
    await service.request("PATCH", at, {"address": {"street": "12 St James's Square"}}, token=desk, if_match="*")
    await service.request("POST", f"{at}/renew", {"expires_on": "2999-01-01"}, token=desk)
    await service.request("POST", f"{at}/cards", {}, token=desk)

    page = (await service.get(f"{at}/history?limit=3")).json()
    rest = (await service.get(f"{at}/history?limit=9&cursor={page['next_cursor']}")).json()

    entries = list(reversed([*page["items"], *rest["items"]]))
    assert [
        "joined", "suspended", "reinstated", "blocked", "block-lifted", "changed", "renewed", "card-replaced",
    ] == [entry["what"] for entry in entries]  # fmt: skip
    assert {"0193c2f4-7a10-7cc1-8f2e-5a1d3b9c7e01"} == {entry["by"] for entry in entries[1:]}
    assert ("Shouting.", {"until": service.day(3)}) == (entries[1]["reason"], entries[1]["facts"])
    assert ("Wet.", {"action": "hold"}) == (entries[3]["reason"], entries[3]["facts"])
    assert {"fields": "address"} == entries[5]["facts"]
    assert {"expires_on": "2999-01-01"} == entries[6]["facts"]


async def test_members_read_their_own_history_and_nobody_elses(service: Service) -> None:
    ada, kim = await service.enrol(), await service.enrol()
    token = await own_token(service, ada)

    own = await service.get(f"/v1/members/{ada['member_id']}/history", token=token)
    other = await service.get(f"/v1/members/{kim['member_id']}/history", token=token)

    assert ["joined"] == [entry["what"] for entry in own.json()["items"]]
    assert (404, "member-not-found") == (other.status_code, problem_of(other)["code"])
