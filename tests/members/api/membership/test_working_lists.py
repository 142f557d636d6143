"""The working lists of members: whose membership ends, who comes of age, who is perhaps on record twice."""

from datetime import date, timedelta
from typing import Any

import pytest

from members_service.domain.identity.roles import Role
from members_service.domain.membership.membership import birthdays_between, of_age_on
from tests.members.api.conftest import Service


async def rows(service: Service, path: str, *columns: str) -> list[Any]:
    answer = await service.get(f"/v1/lists/{path}", token=service.token(Role.LIBRARIAN))
    assert 200 == answer.status_code, answer.text
    found = answer.json()["items"]
    return [row[columns[0]] if len(columns) == 1 else tuple(row[name] for name in columns) for row in found]


@pytest.mark.parametrize(
    ("born", "comes_of_age"),
    [
        (date(2008, 5, 3), date(2026, 5, 3)),
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2012, 2, 29), date(2030, 3, 1)),
    ],
)
def test_who_was_born_on_a_leap_day_comes_of_age_on_the_first_of_march(born: date, comes_of_age: date) -> None:
    assert comes_of_age == of_age_on(born, of_age=18)
    assert born in birthdays_between(comes_of_age, comes_of_age, of_age=18)
    assert born not in birthdays_between(comes_of_age + timedelta(days=1), comes_of_age + timedelta(days=9), of_age=18)


async def test_memberships_that_end_soon_are_listed_the_first_to_end_first(service_on_either: Service) -> None:
    service = service_on_either
    today = service.clock.now().date()
    days = {"later": 20, "soon": 3, "over": -1, "long": 400}
    for card, left in days.items():
        await service.enrol(card_number=card, expires_on=str(today + timedelta(days=left)), email=None)

    assert ["soon", "later"] == await rows(service, "memberships-ending", "card_number")
    assert ["soon"] == await rows(service, "memberships-ending?days=10", "card_number")
    assert [] == await rows(service, "memberships-ending?branch=MAIN", "card_number")


async def test_who_comes_of_age_is_found_although_birthdays_are_sealed(service_on_either: Service) -> None:
    service = service_on_either
    today = service.clock.now().date()
    for card, left in {"soon": 5, "just": -5, "child": 500}.items():
        birthday = today + timedelta(days=left)
        born = birthday.replace(year=birthday.year - 18)
        await service.enrol(card_number=card, date_of_birth=str(born), email=None)

    found = await rows(service, "coming-of-age", "card_number", "comes_of_age_on")

    assert [("soon", str(today + timedelta(days=5)))] == found
    assert ["soon", "just"] == await rows(service, "coming-of-age?days_ago=10", "card_number")


async def test_two_records_of_one_person_are_a_row(service: Service) -> None:
    once = {"name": "Ada Lovelace", "email": None, "date_of_birth": "1980-12-10"}
    ids = [(await service.enrol(**once))["member_id"] for _ in range(2)]

    assert [("date-of-birth", ids)] == await rows(service, "duplicate-members", "because", "member_ids")


async def test_whom_staff_were_shown_in_a_file_is_on_record_too(service: Service) -> None:
    today = service.clock.now().date()
    one = await service.enrol(expires_on=str(today), email=None)
    desk = service.token(Role.LIBRARIAN)

    file = await service.get("/v1/lists/memberships-ending", token=desk, Accept="text/csv")
    trail = await service.get(f"/v1/audit?limit=100&member_id={one['member_id']}")

    assert [one["member_id"]] == [line.split(",")[0] for line in file.text.splitlines()[1:]]
    assert "listed" in [each["deed"] for each in trail.json()["items"]]


async def test_what_is_refused_is_refused_for_files_as_well(service: Service) -> None:
    answer = await service.get("/v1/lists/memberships-ending?category=pirate", Accept="text/csv")

    assert (422, "unknown-category") == (answer.status_code, answer.json()["code"])


async def test_addresses_that_bounce_are_listed_with_the_members_who_have_them(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol(name="Ada Lovelace", email="ada@library.example")
    for address, kind, status in (
        ("gone@library.example", "hard", "5.1.1"),
        ("ADA@library.example", "complaint", None),
    ):
        bounce = {"kind": kind, "address": address, "status": status}
        assert (await service.request("POST", "/v1/bounces", bounce)).is_success
        service.clock.pass_by(timedelta(days=1))

    found = await rows(service, "bounced-addresses", "address", "reason", "status", "names", "member_ids")

    assert ("gone@library.example", "bounced", "5.1.1", [], []) == found[0]
    assert ("ADA@library.example", "complaint", None, ["Ada Lovelace"], [ada["member_id"]]) == found[1]
    desk = service.token(Role.LIBRARIAN)
    first = (await service.get("/v1/lists/bounced-addresses?limit=1", token=desk)).json()
    second = await rows(service, f"bounced-addresses?limit=1&cursor={first['next_cursor']}", "address")
    assert ["ADA@library.example"] == second
    trail = await service.get(f"/v1/audit?limit=100&member_id={ada['member_id']}")
    assert "listed" in [each["deed"] for each in trail.json()["items"]]
