"""Imports of members over HTTP: their list, ways to import that are saved, which records match, which fields stay."""

import json
from typing import Any

import httpx

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.api.membership.test_imports import ADA, finished, send


async def run(service: Service, *records: dict[str, Any], **query: Any) -> dict[str, Any]:
    """Import these records, and return how that ended."""
    options = str(httpx.QueryParams({"format": "json"} | query))
    return await finished(service, await send(service, json.dumps(records), options))


async def member(service: Service, card: str) -> dict[str, Any]:
    (found,) = (await service.get(f"/v1/members?card_number={card}")).json()["items"]
    shown: dict[str, Any] = (await service.get(f"/v1/members/{found['member_id']}")).json()
    return shown


async def test_imports_are_listed_and_ways_to_import_saved(service: Service) -> None:
    how = {"what": "members", "format": "csv", "mapping": {"name": "surname"}, "match": ["card_number"]}
    admin = {"Authorization": f"Bearer {service.token(Role.ADMIN)}"}

    made = await service.http.put("/v1/import-profiles/koha", json=how, headers=admin)
    text = "card_number;surname;category\nA1;Lovelace;adult\n"
    done = await finished(service, await send(service, text, "profile=koha"))
    listed = (await service.http.get("/v1/imports", headers=admin)).json()["items"]

    assert (201, how | {"name": "koha", "protect": [], "version": 1}) == (made.status_code, made.json())
    assert (1, ["card_number"]) == (done["created"], done["match"])
    assert [done["import_id"]] == [one["import_id"] for one in listed]


async def test_members_match_by_the_keys_that_are_chosen(service: Service) -> None:
    await run(service, ADA, {"external_id": "2", "card_number": "B1", "name": "Ben", "category": "adult"})

    ended = await run(service, {"external_id": "1", "card_number": "B1", "phone": "1"}, match="card_number")

    assert ["external-id-taken"] == [error["code"] for error in ended["errors"]]
    ended = await run(service, {"external_id": "9", "card_number": "B1", "phone": "1"}, match="card_number")
    ben = await member(service, "B1")
    assert (1, "9", "1") == (ended["updated"], ben["external_id"], ben["phone"])


async def test_a_protected_field_of_a_member_keeps_what_it_says_here(service: Service) -> None:
    await run(service, ADA | {"phone": "1", "attributes": {}})

    ended = await run(
        service, ADA | {"phone": "2", "mobile": "3", "card_number": "A9"}, protect=["phone", "mobile", "card_number"]
    )

    assert (1, []) == (ended["updated"], ended["errors"])
    ada = await member(service, "A1")
    assert ("1", "3", "A1") == (ada["phone"], ada["mobile"], ada["card_number"])


async def test_unknown_keys_and_fields_of_members_are_refused(service: Service) -> None:
    match = await send(service, "[]", "format=json&match=isbn")
    protect = await send(service, "[]", "format=json&protect=colour")

    assert (422, "invalid-match") == (match.status_code, problem_of(match)["code"])
    assert "external_id, card_number" in match.json()["detail"]
    assert (422, "invalid-protect") == (protect.status_code, problem_of(protect)["code"])
    assert "attributes.…" in protect.json()["detail"]
    assert 202 == (await send(service, "[]", "format=json&protect=attributes.school&protect=guardians")).status_code
