from typing import Any

import pytest

from tests.books.api.conftest import Service, problem


async def test_a_branch_is_added_and_shown(service: Service) -> None:
    body = {"code": "East-1", "name": "Eastern branch", "timezone": "Europe/Vienna"}

    answer = await service.post("/v1/branches", body)

    branch = answer.json()
    contacts = dict.fromkeys(("address", "phone", "email", "closed_at", "copies_to"))
    assert (201, body | contacts | {"locations": [], "added_at": "2026-03-02T10:00:00Z", "version": 1}) == (
        answer.status_code,
        branch,
    )
    assert ("/v1/branches/East-1", '"1"') == (answer.headers["location"], answer.headers["etag"])
    assert branch == (await service.get("/v1/branches/EAST-1")).json()
    assert 304 == (await service.get("/v1/branches/East-1", if_none_match='"1"')).status_code


async def test_everybody_reads_how_to_reach_a_branch_and_staff_correct_it(service: Service) -> None:
    contacts = {"address": "Harbour Street 7, 1020 Vienna", "phone": "+43 1 5550117", "email": "east@library.example"}
    await service.post("/v1/branches", {"code": "EAST", "name": "East"} | contacts)

    changed = await service.change("PATCH", "/v1/branches/EAST", {"phone": None, "address": "Quay 1"})
    same = await service.change("PATCH", "/v1/branches/EAST", {"address": "Quay 1"}, if_match="*")

    expected = contacts | {"phone": None, "address": "Quay 1"}
    assert (200, 2) == (changed.status_code, same.json()["version"])
    (branch,) = (await service.get("/v1/branches")).json()["items"]
    assert expected == {name: branch[name] for name in contacts}
    assert branch == changed.json()


async def test_a_branch_without_a_time_zone_keeps_the_library_s(service: Service) -> None:
    answer = await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"})

    assert "UTC" == answer.json()["timezone"]


async def test_the_same_request_again_brings_the_same_branch(service: Service) -> None:
    body = {"code": "EAST", "name": "Eastern branch"}

    first = await service.post("/v1/branches", body, key="k-1")
    again = await service.post("/v1/branches", body, key="k-1")

    assert (first.content, "true") == (again.content, again.headers["idempotency-replayed"])


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"code": "a b"}, "/code"),
        ({"code": "Ä"}, "/code"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"timezone": "../../etc/passwd"}, "/timezone"),
        ({"name": ""}, "/name"),
        ({"email": "nobody"}, "/email"),
        ({"phone": "1" * 51}, "/phone"),
        ({"address": ""}, "/address"),
        ({"street": "Elm"}, "/street"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_at_its_place(service: Service, wrong: dict[str, Any], pointer: str) -> None:
    answer = await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"} | wrong)

    assert 422 == answer.status_code
    assert [pointer] == [error["pointer"] for error in answer.json()["errors"]]


async def test_branches_are_listed_page_by_page(service: Service) -> None:
    for code in ("B", "a", "C"):
        await service.post("/v1/branches", {"code": code, "name": f"The {code} branch"})

    first = (await service.get("/v1/branches?limit=2")).json()
    second = (await service.get(f"/v1/branches?limit=2&cursor={first['next_cursor']}")).json()

    assert ["a", "B", "C"] == [branch["code"] for branch in first["items"] + second["items"]]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(("by", "status"), [(None, 401), ("member", 403)])
async def test_only_cataloguers_open_branches(service: Service, by: str | None, status: int) -> None:
    answer = await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"}, by=by)

    assert status == answer.status_code


async def test_a_branch_gets_another_name_and_zone(service: Service) -> None:
    await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"})

    named = await service.change("PATCH", "/v1/branches/east", {"name": "Harbour"})
    moved = await service.change("PATCH", "/v1/branches/EAST", {"timezone": "Europe/Vienna"}, if_match='"2"')
    same = await service.change("PATCH", "/v1/branches/EAST", {"name": "Harbour"}, if_match='"3"')

    assert [(200, '"2"'), (200, '"3"'), (200, '"3"')] == [
        (answer.status_code, answer.headers["etag"]) for answer in (named, moved, same)
    ]
    shown = await service.get("/v1/branches/EAST")
    assert ("Harbour", "Europe/Vienna", '"3"') == (
        shown.json()["name"],
        shown.json()["timezone"],
        shown.headers["etag"],
    )


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"timezone": "Mars/Olympus"}, "/timezone", "invalid-timezone"),
        ({"timezone": None}, "/timezone", "string-type"),
        ({"name": ""}, "/name", "text-empty"),
        ({"code": "WEST"}, "/code", "extra-forbidden"),
    ],
)
async def test_a_branch_is_not_changed_to_what_cannot_be(
    service: Service, body: dict[str, str | None], pointer: str, code: str
) -> None:
    await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"})

    answer = await service.change("PATCH", "/v1/branches/EAST", body)

    assert (422, pointer, code) == (answer.status_code, *(answer.json()["errors"][0][k] for k in ("pointer", "code")))


async def test_a_change_of_a_branch_names_its_version_and_is_for_cataloguers(service: Service) -> None:
    await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"})
    path, body = "/v1/branches/EAST", {"name": "Harbour"}

    assert (428, "if-match-required") == problem(await service.change("PATCH", path, body, if_match=None))
    assert (412, "out-of-date") == problem(await service.change("PATCH", path, body, if_match='"2"'))
    assert (401, "not-authenticated") == problem(await service.change("PATCH", path, body, by=None))
    assert (403, "forbidden") == problem(await service.change("PATCH", path, body, by="member"))
    assert (404, "branch-not-found") == problem(await service.change("PATCH", "/v1/branches/NOWHERE", body))
