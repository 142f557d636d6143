"""Several cards that work, and cards that were lost."""

from typing import Any

import httpx

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.api.membership.pins import verify


async def add_card(service: Service, member: dict[str, Any], number: str) -> httpx.Response:
    path = f"/v1/members/{member['member_id']}/cards"
    return await service.request("POST", path, {"card_number": number, "keep_old": True})


async def stop(service: Service, member: dict[str, Any], number: str) -> httpx.Response:
    path = f"/v1/members/{member['member_id']}/cards/{number}/stop"
    return await service.request("POST", path, {"reason": "On the tram."})


async def test_all_cards_that_work_find_the_member(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol(card_number="PLASTIC", pin="4819")

    added = await add_card(service, ada, "PHONE")

    assert (201, "PHONE") == (added.status_code, added.json()["card_number"])
    for number in ("plastic", "phone"):
        assert ada["member_id"] == (await service.standing(card_number=number)).json()["member_id"]
        for asked in ("card_number", "q"):
            (found,) = (await service.get(f"/v1/members?{asked}={number}")).json()["items"]
            assert (ada["member_id"], "PHONE") == (found["member_id"], found["card_number"])
        assert 200 == (await verify(service, number, "4819")).status_code


async def test_a_lost_card_stops_at_once_everywhere_and_the_member_goes_on(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol(card_number="PLASTIC", pin="4819")
    await add_card(service, ada, "PHONE")

    stopped = await stop(service, ada, "phone")

    assert (200, "PLASTIC", None) == (
        stopped.status_code,
        stopped.json()["card_number"],
        stopped.json()["card_stopped_at"],
    )
    for refused in (await service.standing(card_number="PHONE"), await service.get("/v1/members?card_number=PHONE")):
        assert (404, "card-stopped") == (refused.status_code, problem_of(refused)["code"])
    assert (401, 200) == (
        (await verify(service, "PHONE", "4819")).status_code,
        (await verify(service, "PLASTIC", "4819")).status_code,
    )
    assert 0 == len((await service.get("/v1/members?q=PHONE")).json()["items"])


async def test_the_card_that_is_left_is_shown_whichever_number_comes_first(service_on_either: Service) -> None:
    service = service_on_either
    for kept, lost in (("A-1", "B-1"), ("D-1", "C-1")):
        member = await service.enrol(card_number=kept)
        await add_card(service, member, lost)

        stopped = await stop(service, member, lost)
        standing = await service.standing(card_number=lost)

        assert (200, kept, None) == (
            stopped.status_code,
            stopped.json()["card_number"],
            stopped.json()["card_stopped_at"],
        )
        assert (404, "card-stopped") == (standing.status_code, problem_of(standing)["code"])


async def test_a_merged_card_that_works_is_shown_if_the_own_is_stopped(service_on_either: Service) -> None:
    service = service_on_either
    for other, lost in (("A-1", "B-1"), ("D-1", "C-1")):
        gone, stays = [await service.enrol(card_number=number) for number in (other, lost)]
        await stop(service, stays, lost)

        merged = await service.request("POST", f"/v1/members/{gone['member_id']}/merge", {"into": stays["member_id"]})
        shown = (await service.get(f"/v1/members/{stays['member_id']}")).json()

        assert 200 == merged.status_code
        assert (other, None) == (merged.json()["card_number"], merged.json()["card_stopped_at"])
        assert (other, None) == (shown["card_number"], shown["card_stopped_at"])


async def test_who_has_lost_the_only_card_is_still_found_by_name_and_gets_another_one(service: Service) -> None:
    ada = await service.enrol(name="Ada Lovelace", card_number="ONLY")

    stopped = (await stop(service, ada, "ONLY")).json()
    (found,) = (await service.get("/v1/members?q=ada")).json()["items"]
    by_id = await service.standing(member_id=ada["member_id"])
    new = await service.request("POST", f"/v1/members/{ada['member_id']}/cards")

    assert "ONLY" == stopped["card_number"] == found["card_number"]
    assert stopped["card_stopped_at"] == found["card_stopped_at"] is not None
    assert (200, 201, None) == (by_id.status_code, new.status_code, new.json()["card_stopped_at"])


async def test_staff_find_whose_a_card_is_or_was(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol(card_number="A/1")
    for number in ("A/2", "A/3"):
        await add_card(service, ada, number)
    await stop(service, ada, "a/2")

    page = (await service.get(f"/v1/members/{ada['member_id']}/cards?limit=2")).json()
    rest = (await service.get(f"/v1/members/{ada['member_id']}/cards?cursor={page['next_cursor']}")).json()
    cards = [*page["items"], *rest["items"]]

    assert [("A/1", "active"), ("A/2", "stopped"), ("A/3", "active")] == [
        (card["card_number"], card["state"]) for card in cards
    ]
    assert cards == [(await service.get(f"/v1/cards/{card['card_number']}")).json() for card in cards]
    assert {ada["member_id"]} == {card["member_id"] for card in cards}
    looks = (await service.get("/v1/audit?deed=read")).json()["items"]
    assert {ada["member_id"]} == {look["member_id"] for look in looks}


async def test_members_see_their_own_cards_and_nobody_elses(service: Service) -> None:
    ada, kim = await service.enrol(), await service.enrol()
    token = service.token(Role.MEMBER, member_id=ada["member_id"])

    own = await service.get(f"/v1/members/{ada['member_id']}/cards", token=token)
    other = await service.get(f"/v1/members/{kim['member_id']}/cards", token=token)

    assert [ada["card_number"]] == [card["card_number"] for card in own.json()["items"]]
    assert (404, "member-not-found") == (other.status_code, problem_of(other)["code"])
