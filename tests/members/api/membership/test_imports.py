"""Files of members over HTTP: taken in at once, worked on in the background, looked at afterwards."""

import asyncio
import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from members_service.domain.identity.roles import Role
from tests.answers import problem_of
from tests.members.api.conftest import Service

ADA = {"external_id": "1", "card_number": "A1", "name": "Ada Lovelace", "category": "adult"}


async def send(service: Service, content: str, query: str = "format=json", **headers: str) -> httpx.Response:
    sent = {"Authorization": f"Bearer {service.token(Role.ADMIN, subject=UUID(int=7))}"} | headers
    return await service.http.post(f"/v1/imports?{query}", content=content.encode(), headers=sent)


async def finished(service: Service, answer: httpx.Response) -> dict[str, Any]:
    """Work on the import, and return how it ended."""
    assert 202 == answer.status_code, answer.text
    while True:  # so does the application in the background, until one of both has done it
        await service.app.state.moving_in.run_import()
        looked_at = await service.get(answer.headers["location"])
        ended: dict[str, Any] = looked_at.json()
        if ended["state"] in ("done", "failed"):
            return ended
        assert "1" == looked_at.headers["retry-after"]


async def test_a_file_is_taken_in_and_its_address_tells_how_far_it_is(service_on_either: Service) -> None:
    service = service_on_either
    lines = "\n".join(
        json.dumps(one) for one in (ADA, ADA | {"external_id": "2", "card_number": "A2", "category": "x"})
    )

    answer = await send(service, lines)
    ended = await finished(service, answer)
    again = await finished(service, await send(service, lines))

    assert ("queued", "1") == (answer.json()["state"], answer.headers["retry-after"])
    assert ("done", 2, 1, 0, 0, 1) == tuple(
        ended[name] for name in ("state", "read", "created", "updated", "skipped", "failed")
    )
    assert [(2, "2", "unknown-category")] == [
        (one["record"], one["identifier"], one["code"]) for one in ended["errors"]
    ]
    assert (0, 1) == (again["created"], again["skipped"])
    assert 200 == (await service.standing(card_number="A1")).status_code


async def test_a_record_whose_key_no_database_can_keep_stops_no_other(service_on_either: Service) -> None:
    service = service_on_either
    bad = [
        r'{"external_id": "a\u0000", "name": "x", "category": "adult"}',
        r'{"a\u0000": 1}',
        r'{"external_id": "\ud800"}',
    ]

    async with asyncio.timeout(60):  # one that broke off would be waited for
        ended = await finished(service, await send(service, "\n".join([*bad, json.dumps(ADA)])))

    assert ("done", 1, 3) == tuple(ended[name] for name in ("state", "created", "failed"))


async def test_a_spreadsheet_comes_by_its_own_column_names_and_a_dry_run_keeps_nothing(service: Service) -> None:
    mapping = json.dumps({"card_number": "cardnumber", "name": "surname", "category": "categorycode"})
    query = str(httpx.QueryParams({"format": "csv", "mapping": mapping, "dry_run": "true"}))

    ended = await finished(service, await send(service, "cardnumber;surname;categorycode\nA1;Lovelace;adult\n", query))

    assert (1, True) == (ended["created"], ended["dry_run"])
    assert 404 == (await service.standing(card_number="A1")).status_code


async def test_a_column_that_nothing_was_made_of_is_told_with_how_often_it_said_something(service: Service) -> None:
    text = "card_number,name,category,sex,fax\nA1,Ada,adult,f,\nK1,Kim,adult,f,5550\n"

    answer = await send(service, text, "format=csv")
    ended = await finished(service, answer)

    assert ({}, 2, {"sex": 2, "fax": 1}) == (answer.json()["left_out"], ended["created"], ended["left_out"])


async def test_the_same_key_brings_the_same_import(service: Service) -> None:
    first = await send(service, json.dumps(ADA), **{"Idempotency-Key": "k"})
    again = await send(service, json.dumps(ADA), **{"Idempotency-Key": "k"})
    other = await send(service, json.dumps(ADA | {"name": "Kim"}), **{"Idempotency-Key": "k"})

    assert (first.json(), "true") == (again.json(), again.headers["idempotency-replayed"])
    assert (422, "idempotency-key-reused") == (other.status_code, problem_of(other)["code"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("format=json&mapping=[]", "invalid-mapping"),
        ("format=csv&mapping=%7B%22shoe_size%22%3A%22x%22%7D", "invalid-mapping"),
        ("format=xlsx", None),
        ("", None),
    ],
)
async def test_what_cannot_be_read_is_refused_at_once(service: Service, query: str, code: str | None) -> None:
    answer = await send(service, "x", query)

    assert 422 == answer.status_code
    assert code in (None, problem_of(answer)["code"])


async def test_a_file_that_cannot_be_read_fails_and_says_why(service: Service) -> None:
    answer = await service.http.post(
        "/v1/imports?format=csv",
        content=b"reader;card\nAda;17\n",
        headers={"Authorization": f"Bearer {service.token(Role.ADMIN)}"},
    )

    ended = await finished(service, answer)

    assert ("failed", ["file-unusable"]) == (ended["state"], [error["code"] for error in ended["errors"]])


async def test_errors_come_page_by_page(service: Service) -> None:
    answer = await send(service, "\n".join('{"name": 7}' for _ in range(150)))
    first = await finished(service, answer)

    second = (await service.get(f"{answer.headers['location']}?cursor={first['next_cursor']}")).json()

    assert (150, 100, 50, None) == (
        first["failed"],
        len(first["errors"]),
        len(second["errors"]),
        second["next_cursor"],
    )


async def test_an_import_that_nobody_started_is_unknown(service: Service) -> None:
    answer = await service.get("/v1/imports/01900000-0000-7000-8000-00000000ffff")

    assert (404, "import-not-found") == (answer.status_code, problem_of(answer)["code"])
