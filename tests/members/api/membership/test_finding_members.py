from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import update

from members_service.domain.identity.roles import Role
from members_service.persistence.membership.tables import members
from tests.members.api.conftest import Service

NAMES = ["Ada Lovelace", "Émilie du Châtelet", "Zoë O’Brien", "Ada King", "Ludwig Weiß"]


FOUND = {
    "ada": [0, 3],
    "KING AD": [3],
    "emilie chatelet": [1],
    "ÉMIL": [1],
    "obrien zoe": [2],
    "weiss": [4],
    "lovelace king": [],
    "card 3": [2],
    "M2@Search.example": [1],
    "m2@search": [],
    "%": [],
    "'; DROP TABLE members; --": [],
}


async def test_members_are_found_by_name_card_and_address(service_on_either: Service) -> None:
    service = service_on_either
    for number, name in enumerate(NAMES, start=1):
        await service.enrol(name=name, card_number=f"CARD{number}", email=f"m{number}@search.example")
    token = {"Authorization": f"Bearer {service.token(Role.LIBRARIAN)}"}

    answers = {q: await service.http.get("/v1/members", params={"q": q}, headers=token) for q in FOUND}

    found = {q: [NAMES.index(one["name"]) for one in answer.json()["items"]] for q, answer in answers.items()}
    assert FOUND == found


CALLED = {
    "+44 20 7946 0018": [0, 1],
    "02079460018": [0, 1],
    "(020) 7946-0018": [0, 1],
    "0171 / 12 34 567": [1],
    "7946 0018": [0, 1],
    "60018": [],
    "+44 20 7946 0019": [],
    "+44 1225 123456": [2],
}


async def test_members_are_found_by_telephone_however_it_is_written(service_on_either: Service) -> None:
    service = service_on_either
    for phones in (
        {"phone": "020 7946 0018"},
        {"phone": "+4917 11234567", "mobile": "+44 (0)20-7946 0018"},
        {"other_phone": "01225 123456"},
    ):
        await service.enrol(name="Ada", **phones)
    gone = await service.enrol(name="Ada", phone="+44 20 7946 0019")
    await service.request("PATCH", f"/v1/members/{gone['member_id']}", {"phone": "+44 1"}, If_Match="*")
    token = {"Authorization": f"Bearer {service.token(Role.LIBRARIAN)}"}
    everybody = [one["member_id"] for one in (await service.get("/v1/members?q=ada")).json()["items"]]

    answers = {q: await service.http.get("/v1/members", params={"q": q}, headers=token) for q in CALLED}

    found = {q: [everybody.index(one["member_id"]) for one in answer.json()["items"]] for q, answer in answers.items()}
    assert CALLED == found


async def test_a_search_comes_in_pages_and_with_filters(service: Service) -> None:
    for number in range(5):
        await service.enrol(name=f"Ada {number}", category="child" if number % 2 else "adult")

    first = (await service.get("/v1/members?q=ada&limit=2&category=adult")).json()
    rest = (await service.get(f"/v1/members?q=ada&limit=2&category=adult&cursor={first['next_cursor']}")).json()

    assert ["Ada 0", "Ada 2", "Ada 4"] == [one["name"] for one in [*first["items"], *rest["items"]]]
    assert rest["next_cursor"] is None


async def test_members_are_found_by_the_number_that_they_are_told(service_on_either: Service) -> None:
    service = service_on_either
    ada, zoe = await service.enrol(name="Ada"), await service.enrol(name="Zoë")
    token = {"Authorization": f"Bearer {service.token(Role.LIBRARIAN)}"}

    for query in ({"number": zoe["number"]}, {"q": zoe["number"]}):
        answer = await service.http.get("/v1/members", params=query, headers=token)
        assert ["Zoë"] == [member["name"] for member in answer.json()["items"]]
    assert ada["number"] + 1 == zoe["number"]


TRAITS: list[dict[str, Any]] = [
    {"date_of_birth": "1990-01-01", "address": {"city": "Wien"}, "home_branch": "EAST"},
    {"date_of_birth": "1990-01-01", "second_address": {"city": "wien"}, "expires_on": "2999-01-01"},
    {"date_of_birth": "1990-01-02", "address": {"city": "Graz"}, "home_branch": "MAIN"},
]
WITH_TRAITS = {
    "date_of_birth=1990-01-01": [0, 1],
    "city=WIEN": [0, 1],
    "city=wi": [],
    "home_branch=east": [0],
    "city=wien&home_branch=MAIN": [],
    "date_of_birth=1990-01-01&city=Wien&home_branch=EAST": [0],
    "expires_before=2998-12-31": [0, 2],
    "expires_before=1999-12-31": [],
    "q=ada&city=graz": [2],
}


async def test_members_are_found_by_what_is_sealed_and_by_their_membership(service_on_either: Service) -> None:
    service = service_on_either
    ids = [(await service.enrol(name="Ada", **traits))["member_id"] for traits in TRAITS]

    answers = {asked: (await service.get(f"/v1/members?{asked}")).json() for asked in WITH_TRAITS}

    found = {asked: [ids.index(one["member_id"]) for one in answer["items"]] for asked, answer in answers.items()}
    assert WITH_TRAITS == found
    looks = (await service.get("/v1/audit?deed=listed&limit=100")).json()["items"]
    assert {ids[0], ids[1], ids[2]} == {look["member_id"] for look in looks}


async def test_who_moves_is_found_in_the_new_town_alone(service: Service) -> None:
    ada = await service.enrol(address={"city": "Wien"})
    await service.request("PATCH", f"/v1/members/{ada['member_id']}", {"address": {"city": "Graz"}}, if_match="*")

    old, new = [(await service.get(f"/v1/members?city={city}")).json()["items"] for city in ("wien", "graz")]

    assert ([], [ada["member_id"]]) == (old, [one["member_id"] for one in new])


async def test_members_are_found_to_whom_nothing_happened_for_long(service_on_either: Service) -> None:
    service = service_on_either
    idle, renewed = [(await service.enrol())["member_id"] for _ in range(2)]
    service.clock.pass_by(timedelta(days=400))
    await service.request("POST", f"/v1/members/{renewed}/renew")

    found = (await service.get(f"/v1/members?not_active_since={service.day(-30)}")).json()["items"]
    nobody = (await service.get(f"/v1/members?not_active_since={service.day(-500)}")).json()["items"]

    assert ([idle], []) == ([one["member_id"] for one in found], nobody)


@pytest.mark.parametrize(
    ("sort", "names"),
    [("joined", ["Zoe", "Ada", "Kim", "Ada"]), ("name", ["Ada", "Ada", "Kim", "Zoe"]), ("expires_on", None)],
)
async def test_members_are_listed_in_the_order_that_is_asked_for(
    service_on_either: Service, sort: str, names: list[str] | None
) -> None:
    service = service_on_either
    for number, name in enumerate(("Zoe", "Ada", "Kim", "Ada")):
        await service.enrol(name=name, expires_on=service.day(100 - number))
    listed: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await service.get(f"/v1/members?sort={sort}&limit=1{cursor and '&cursor=' + cursor}")).json()
        listed += page["items"]
        cursor = page["next_cursor"]

    assert (names or ["Ada", "Kim", "Ada", "Zoe"]) == [one["name"] for one in listed]
    assert 4 == len({one["member_id"] for one in listed})


@pytest.mark.parametrize(("sort", "second"), [("name", "Bea"), ("expires_on", "Bea"), ("joined", "Bea")])
async def test_a_list_goes_on_although_whom_a_page_ended_with_is_renamed_or_gone(
    service: Service, sort: str, second: str
) -> None:
    ids = [
        (await service.enrol(name=name, expires_on=service.day(100 + place)))["member_id"]
        for place, name in enumerate(("Ada", "Bea", "Kim"))
    ]
    path = f"/v1/members?sort={sort}&limit=1"
    page = (await service.get(path)).json()
    await service.request("PATCH", f"/v1/members/{ids[0]}", {"name": "Zoe"}, if_match="*")
    await service.request("POST", f"/v1/members/{ids[0]}/merge", {"into": ids[2]})

    rest = (await service.get(f"{path}&cursor={page['next_cursor']}")).json()

    assert (["Ada"], [second]) == ([one["name"] for one in page["items"]], [one["name"] for one in rest["items"]])


async def test_a_cursor_of_another_order_is_none_of_this_one(service: Service) -> None:
    for _ in range(2):
        await service.enrol()
    cursor = (await service.get("/v1/members?sort=name&limit=1")).json()["next_cursor"]

    answer = await service.get(f"/v1/members?sort=expires_on&limit=1&cursor={cursor}")

    assert (422, "invalid-cursor") == (answer.status_code, answer.json()["code"])


async def test_a_day_without_activity_begins_when_it_does_in_the_library(service_on_either: Service) -> None:
    service = service_on_either
    there = replace(service.app.state.membership.list_members, zone=ZoneInfo("Pacific/Auckland"))
    service.app.state.membership.list_members = there
    service.clock.time = datetime(2026, 3, 2, 12, tzinfo=UTC)  # 01:00 of 3 March in Auckland
    ada, unknown = [(await service.enrol())["member_id"] for _ in range(2)]
    async with service.database.engine.begin() as connection:
        await connection.execute(update(members).where(members.c.member_id == UUID(unknown)).values(active_at=None))

    third, fourth = [
        [one["member_id"] for one in (await service.get(f"/v1/members?not_active_since={day}")).json()["items"]]
        for day in ("2026-03-03", "2026-03-04")
    ]

    assert ([], [ada, unknown]) == (third, fourth)


@pytest.mark.parametrize("asked", ["date_of_birth=yesterday", "attribute=class", "sort=height", "expires_before=1"])
async def test_a_question_that_makes_no_sense_is_refused(service: Service, asked: str) -> None:
    assert 422 == (await service.get(f"/v1/members?{asked}")).status_code


async def test_who_may_not_see_contacts_finds_nobody_by_them(service: Service) -> None:
    ada = {"email": "ada@search.example", "phone": "020 7946 0018", "date_of_birth": "1990-05-17"}
    await service.enrol(name="Ada Lovelace", card_number="CARD1", address={"city": "Wien"}, **ada)
    desk = await service.open_account("desk@x.y", Role.MEMBER)
    granted = await service.request("PUT", f"/v1/accounts/{desk}/grants/desk", {"branches": None})
    token = (await service.sign_in("desk@x.y")).json()["access_token"]

    async def found(as_whom: str | None, **asked: str) -> int:
        answer = await service.get(f"/v1/members?{httpx.QueryParams(asked)}", token=as_whom)
        return len(answer.json()["items"])

    contacts, names = [ada["email"], ada["phone"]], ["card1", "lovelace"]
    refused = [
        await service.get(f"/v1/members?{one}", token=token) for one in ("date_of_birth=1990-05-17", "city=Wien")
    ]

    assert 201 == granted.status_code
    assert [0, 0, 1, 1] == [await found(token, q=q) for q in contacts + names]
    assert [1, 1, 1, 1] == [await found(None, q=q) for q in contacts + names]
    assert [(403, "right-missing", "see_contacts")] * 2 == [
        (one.status_code, one.json()["code"], one.json()["right"]) for one in refused
    ]
