"""Files of loans, holds and debts over HTTP: taken in at once, worked on in the background, looked at afterwards."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.kernel.imports import LEASE
from tests.loans.api.conftest import ADMIN, LIBRARIAN, Service

LOAN = {"barcode": "30000000000019", "card_number": "ADA", "checked_out_at": "2026-02-10", "due_at": "2026-03-03"}
HOLD = {"book": "Emma", "card_number": "ADA", "placed_at": "2026-02-01"}
DEBT = {"card_number": "ADA", "reason": "fee", "amount": 250, "since": "2025-12-01"}


async def send(service: Service, content: str, query: str = "what=loans&format=json", **headers: str) -> httpx.Response:
    sent = {"Authorization": f"Bearer {ADMIN}"} | headers
    return await service.http.post(f"/v1/imports?{query}", content=content.encode(), headers=sent)


async def ended(service: Service, answer: httpx.Response) -> dict[str, Any]:
    """Work on the import, and return how it ended."""
    assert 202 == answer.status_code, answer.text
    assert await service.app.state.moving_in.run_import()
    found: dict[str, Any] = (await service.get(answer.headers["location"], ADMIN)).json()
    return found


async def test_each_kind_is_taken_in_and_its_address_tells_how_far_it_is(service: Service) -> None:
    queued = await send(service, json.dumps(LOAN))
    waiting = await service.get(queued.headers["location"], ADMIN)
    loans = await ended(service, queued)
    holds = await ended(service, await send(service, json.dumps([HOLD]), "what=holds&format=json"))
    debts = await ended(service, await send(service, json.dumps(DEBT), "what=fines&format=json"))

    assert ("queued", "1") == (waiting.json()["state"], waiting.headers["retry-after"])
    assert [("done", "loans", 1, 1), ("done", "holds", 1, 1), ("done", "fines", 1, 1)] == [
        (one["state"], one["what"], one["read"], one["created"]) for one in (loans, holds, debts)
    ]
    (loan,) = (await service.get("/v1/loans?card_number=ADA")).json()["items"]
    assert "2026-03-03T23:59:59Z" == loan["due_at"]


async def test_a_spreadsheet_comes_by_its_own_column_names_and_a_dry_run_keeps_nothing(service: Service) -> None:
    columns = {"card_number": "cardnumber", "checked_out_at": "issuedate", "due_at": "date_due"}
    query = {"what": "loans", "format": "csv", "mapping": json.dumps(columns), "dry_run": "true"}
    text = "barcode;cardnumber;issuedate;date_due\n30000000000019;ADA;2026-02-10 15:04:00;2026-03-03 23:59:00\n"

    found = await ended(service, await send(service, text, str(httpx.QueryParams(query))))

    assert (1, True) == (found["created"], found["dry_run"])
    assert [] == (await service.get("/v1/loans?card_number=ADA")).json()["items"]


@pytest.mark.parametrize(
    ("what", "record"), [("loans", LOAN), ("holds", HOLD), ("fines", DEBT | {"amount": "2.50"})], ids=str
)
async def test_a_column_that_nothing_was_made_of_is_told_with_how_often_it_said_something(
    service: Service, what: str, record: dict[str, Any]
) -> None:
    columns, cells = ",".join(record), ",".join(map(str, record.values()))
    text = f"{columns},itemtype,colour\n{cells},BK,red\n{cells},BK,\n"

    found = await ended(service, await send(service, text, f"what={what}&format=csv"))

    assert (2, 1, 1) == (found["read"], found["created"], found["skipped"])
    assert {"itemtype": 2, "colour": 1} == found["left_out"]


async def test_errors_come_in_pages(service: Service) -> None:
    many = "\n".join(json.dumps(LOAN | {"barcode": f"X{number}"}) for number in range(150))

    answer = await send(service, many)
    first = await ended(service, answer)
    second = (await service.get(f"{answer.headers['location']}?cursor={first['next_cursor']}", ADMIN)).json()

    assert (150, 100, 50, None) == (
        first["failed"], len(first["errors"]), len(second["errors"]), second["next_cursor"]
    )  # fmt: skip
    assert {"copy-not-found"} == {error["code"] for error in first["errors"] + second["errors"]}


async def test_an_import_whose_neighbour_is_away_waits_and_goes_on(service: Service) -> None:
    service.members.down = True
    answer = await send(service, json.dumps(LOAN))

    assert not await service.app.state.moving_in.run_import()
    waiting = (await service.get(answer.headers["location"], ADMIN)).json()
    service.members.down = False
    service.clock.pass_by(LEASE + timedelta(seconds=1))
    found = await ended(service, answer)

    assert ("running", "done", 1) == (waiting["state"], found["state"], found["created"])


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("what=books&format=json", 422, None),
        ("what=loans&format=xlsx", 422, None),
        ("what=loans&format=json&mapping=[]", 422, "invalid-mapping"),
        ("what=fines&format=csv&mapping=%7B%22shoe_size%22%3A%22x%22%7D", 422, "invalid-mapping"),
        ("", 422, None),
    ],
)
async def test_what_is_not_understood_is_refused_before_the_file_is_read(
    service: Service, query: str, status: int, code: str | None
) -> None:
    answer = await send(service, json.dumps(LOAN), query)

    assert status == answer.status_code
    assert code in {None, answer.json()["code"]}


async def test_only_who_administers_the_library_brings_files(service: Service) -> None:
    answer = await send(service, json.dumps(LOAN), Authorization=f"Bearer {LIBRARIAN}")

    assert 403 == answer.status_code


async def test_imports_are_listed_and_a_mapping_is_kept_under_a_name(service: Service) -> None:
    admin = {"Authorization": f"Bearer {ADMIN}"}
    how = {"what": "loans", "format": "csv", "mapping": {"due_at": "date_due"}}

    made = await service.http.put("/v1/import-profiles/koha", json=how, headers=admin)
    text = "barcode,card_number,checked_out_at,date_due\n30000000000019,ADA,2026-02-10,2026-03-03\n"
    done = await ended(service, await send(service, text, "profile=koha"))
    listed = (await service.get("/v1/imports", ADMIN)).json()["items"]

    assert (201, 1) == (made.status_code, done["created"])
    assert [done["import_id"]] == [one["import_id"] for one in listed]


@pytest.mark.parametrize("chosen", ["match=barcode", "protect=due_at"])
async def test_loans_match_by_their_keys_and_protect_nothing(service: Service, chosen: str) -> None:
    answer = await send(service, "[]", f"what=loans&format=json&{chosen}")

    assert (422, f"invalid-{chosen.partition('=')[0]}") == (answer.status_code, answer.json()["code"])


async def test_an_import_of_loans_is_not_undone(service: Service) -> None:
    done = await ended(service, await send(service, json.dumps(LOAN)))

    headers = {"Authorization": f"Bearer {ADMIN}"}
    answer = await service.http.post(f"/v1/imports/{done['import_id']}/undo", headers=headers)

    assert (422, "import-not-undoable") == (answer.status_code, answer.json()["code"])
    assert "desks and members build on them" in answer.json()["detail"]
