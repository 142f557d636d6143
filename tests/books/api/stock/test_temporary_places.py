"""A copy belongs elsewhere, or is lent as something else, for a while."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from defusedxml.ElementTree import fromstring

from books_service.domain.stock.stands import ReportedStands, StandsWhy
from tests.books.api.conftest import Service, problem
from tests.books.makers import NOW

HALL = {"code": "HALL", "name": "Entrance hall"}
EXHIBITED = {"branch": "EAST", "location": "HALL", "item_type": "exhibit"}


async def a_copy(service: Service) -> dict[str, Any]:
    """A book in MAIN, and EAST with a hall in another time zone."""
    _, (copy,) = await service.shelve("1")
    east = {"code": "EAST", "name": "East", "timezone": "America/New_York", "locations": [HALL]}
    assert 201 == (await service.post("/v1/branches", east)).status_code
    return copy


async def put(service: Service, copy: dict[str, Any], temporary: Any, **others: Any) -> httpx.Response:
    path = f"/v1/copies/{copy['copy_id']}"
    return await service.change("PATCH", path, {"temporary": temporary, **others}, if_match="*")


async def shown(service: Service, copy: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await service.get(f"/v1/copies/{copy['copy_id']}")).json()
    return found


def as_lent(answer: dict[str, Any]) -> tuple[str, str, str]:
    return answer["branch"], answer["item_type"], answer["timezone"]


async def test_a_copy_that_is_exhibited_elsewhere_is_shown_where_it_stands_and_keeps_its_home(service: Service) -> None:
    copy = await a_copy(service)

    answer = await put(service, copy, EXHIBITED)

    assert 200 == answer.status_code
    found = answer.json()
    stands = {"branch": "EAST", "location": "HALL", "why": "temporary", "since": found["stands"]["since"]}
    assert (stands, "MAIN", None, "book") == tuple(
        found[name] for name in ("stands", "branch", "location", "item_type")
    )
    assert EXHIBITED | {"until": None} == {name: found["temporary"][name] for name in (*EXHIBITED, "until")}
    held = (await service.get(f"/v1/books/holdings?book_id={copy['book_id']}")).json()["items"][0]["copies"]
    assert [(stands, found["temporary"])] == [(each["stands"], each["temporary"]) for each in held]
    assert found == await shown(service, copy)
    assert answer.headers["etag"] != (await service.get(f"/v1/copies?barcode={copy['barcode']}")).headers.get("etag")


async def test_a_location_of_the_branch_to_which_a_copy_moves_in_the_same_request_is_one(service: Service) -> None:
    copy = await a_copy(service)

    answer = await put(service, copy, {"location": "HALL"}, branch="EAST")

    assert 200 == answer.status_code, answer.text
    assert ("EAST", ("EAST", "HALL")) == (
        answer.json()["branch"],
        tuple(answer.json()["temporary"][name] for name in ("branch", "location")),
    )


async def test_lending_is_answered_with_the_temporary_branch_and_item_type(service: Service) -> None:
    copy = await a_copy(service)
    await put(service, copy, EXHIBITED)

    one = await service.get(f"/v1/copies/lendability?copy_id={copy['copy_id']}", by="loans")
    many = await service.get(f"/v1/books/{copy['book_id']}/lendable-copies", by="loans")
    book = await service.get(f"/v1/books/{copy['book_id']}/lendability", by="loans")

    assert ("EAST", "exhibit", "America/New_York") == as_lent(one.json())
    assert [("EAST", "exhibit")] == [(each["branch"], each["item_type"]) for each in many.json()["items"]]
    assert (["exhibit"], ["exhibit"]) == (many.json()["item_types"], book.json()["item_types"])
    (*_, (kind, _, told)) = await service.library.events()
    assert ("books.copy.revised", "EAST", "HALL", "exhibit") == (
        kind,
        *(told[name] for name in ("branch", "location", "item_type")),
    )
    assert {"branch": "MAIN", "location": None, "item_type": "book"} == told["permanent"]


async def test_copies_are_listed_where_they_are_at_home_for_a_while(service: Service) -> None:
    copy = await a_copy(service)
    await put(service, copy, EXHIBITED)

    async def listed(query: str) -> int:
        return len((await service.get(f"/v1/copies?{query}")).json()["items"])

    assert (1, 1, 1) == (await listed("branch=east"), await listed("location=hall"), await listed("item_type=exhibit"))
    assert (0, 0) == (await listed("branch=MAIN"), await listed("item_type=book"))


async def test_stocktaking_expects_a_copy_in_its_temporary_place_and_not_at_home(service: Service) -> None:
    copy = await a_copy(service)
    await put(service, copy, EXHIBITED)
    found = {}
    for where in ({"branch": "MAIN"}, {"branch": "EAST"}, {"branch": "EAST", "location": "HALL"}):
        begun = (await service.post("/v1/inventories", where)).json()["inventory_id"]
        missing = (await service.get(f"/v1/inventories/{begun}", by="librarian")).json()["missing"]
        await service.post(f"/v1/inventories/{begun}/scans", {"barcodes": ["1"]})
        misplaced = (await service.get(f"/v1/inventories/{begun}", by="librarian")).json()["misplaced"]
        found[tuple(where.values())] = (len(missing), len(misplaced))

    assert {("MAIN",): (0, 1), ("EAST",): (1, 0), ("EAST", "HALL"): (1, 0)} == found
    (one,) = missing
    assert ("MAIN", "EAST", "temporary") == (one["branch"], one["stands"]["branch"], one["stands"]["why"])


async def test_a_temporary_place_ends_by_itself_with_its_day_in_the_time_zone_of_its_branch(service: Service) -> None:
    copy = await a_copy(service)
    assert (
        "2026-03-04T04:59:59Z"
        == (await put(service, copy, {**EXHIBITED, "until": "2026-03-03"})).json()["temporary"]["until"]
    )
    end = service.library.stock.end_temporary_places

    service.library.clock.pass_by(timedelta(days=1))
    await end()
    holds = await shown(service, copy)
    service.library.clock.pass_by(timedelta(days=1))
    await end()
    await end()

    over = await shown(service, copy)
    assert ("temporary", "home", None) == (holds["stands"]["why"], over["stands"]["why"], over["temporary"])
    assert holds["version"] + 1 == over["version"]
    lent = await service.get(f"/v1/copies/lendability?copy_id={copy['copy_id']}", by="loans")
    assert ("MAIN", "book") == as_lent(lent.json())[:2]
    (*_, (kind, _, told)) = await service.library.events()
    assert ("books.copy.revised", "MAIN", "book", None) == (
        kind,
        *(told.get(name) for name in ("branch", "item_type", "permanent")),
    )
    history = (await service.get(f"/v1/copies/{copy['copy_id']}/history", by="librarian")).json()["items"]
    assert [[None, "temporary"], ["librarian", "temporary"]] == [
        [each["by"], *(one["field"] for one in each["changed"])] for each in history[:2]
    ]


async def test_a_temporary_place_ends_at_its_moment_or_when_staff_say_so(service: Service) -> None:
    copy = await a_copy(service)
    until = "2026-03-02T12:00:00Z"
    assert until == (await put(service, copy, {"item_type": "short", "until": until})).json()["temporary"]["until"]

    ended = await put(service, copy, None)
    again = await put(service, copy, None)

    assert (None, "book", "home") == (
        ended.json()["temporary"],
        ended.json()["item_type"],
        ended.json()["stands"]["why"],
    )
    assert ended.json()["version"] == again.json()["version"]


async def test_what_a_temporary_place_does_not_name_anew_stays(service: Service) -> None:
    copy = await a_copy(service)
    await put(service, copy, {**EXHIBITED, "until": "2026-03-03"})

    prolonged = (await put(service, copy, {"until": None})).json()["temporary"]
    moved = (await put(service, copy, {"branch": "MAIN"})).json()["temporary"]

    assert EXHIBITED | {"until": None} == {name: prolonged[name] for name in (*EXHIBITED, "until")}
    assert ("MAIN", None, "exhibit") == (moved["branch"], moved["location"], moved["item_type"])


async def test_the_home_of_a_copy_changes_while_it_is_elsewhere_and_counts_afterwards(service: Service) -> None:
    copy = await a_copy(service)
    await put(service, copy, {"item_type": "short"}, item_type="dvd")

    moved = (await put(service, copy, {}, branch="EAST", location="HALL")).json()

    assert ("EAST", "HALL", "dvd", "short") == (
        *(moved[name] for name in ("branch", "location", "item_type")),
        moved["temporary"]["item_type"],
    )
    assert ("EAST", "HALL", "home") == tuple(moved["stands"][name] for name in ("branch", "location", "why"))


@pytest.mark.parametrize(
    ("temporary", "code"),
    [
        ({"branch": "NOWHERE"}, "unknown-branch"),
        ({"branch": "EAST", "location": "ATTIC"}, "unknown-location"),
        ({"location": "HALL"}, "unknown-location"),
        ({"item_type": "Two Words"}, "invalid-item-type"),
        ({}, "invalid-temporary-place"),
        ({"until": "2026-03-09"}, "invalid-temporary-place"),
        ({"branch": "EAST", "until": "2026-03-01"}, "invalid-temporary-place"),
        ({"branch": "EAST", "until": "2026-02-30"}, None),
        ({"branch": "EAST", "until": "soon"}, None),
        ({"branch": "EAST", "until": 7}, None),
        ({"branch": "EAST", "colour": "red"}, None),
        ("EAST", None),
    ],
    ids=str,
)
async def test_a_place_that_cannot_be_is_refused(service: Service, temporary: Any, code: str | None) -> None:
    copy = await a_copy(service)

    answer = await put(service, copy, temporary)

    assert 422 == problem(answer)[0]
    codes = {answer.json()["code"], *(each["code"] for each in answer.json().get("errors", ()))}
    assert code is None or code in codes, answer.json()
    assert copy == await shown(service, copy)


async def test_a_location_alone_is_one_of_the_branch_where_the_copy_belongs_always(service: Service) -> None:
    copy = await a_copy(service)
    await service.change("PATCH", "/v1/branches/MAIN", {"locations": [HALL]}, if_match="*")

    stands = (await put(service, copy, {"location": "hall"})).json()["stands"]

    assert ("MAIN", "HALL", "temporary") == (stands["branch"], stands["location"], stands["why"])
    gone = await service.change("PATCH", "/v1/branches/MAIN", {"locations": []}, if_match="*")
    assert (409, "location-in-use") == problem(gone)


async def test_harvesters_get_the_holding_branch_of_a_copy_wherever_it_stands(service: Service) -> None:
    copy = await a_copy(service)
    path = f"/oai?verb=GetRecord&metadataPrefix=marc21&identifier=oai:library:{copy['book_id']}"

    async def harvested() -> dict[str, str]:
        root = fromstring((await service.get(path)).content)
        (item,) = [each for each in root.iter("{http://www.loc.gov/MARC21/slim}datafield") if each.get("tag") == "952"]
        return {each.get("code") or "": each.text or "" for each in item}

    async def stands(why: StandsWhy, branch: str, sequence: int, availability: str = "available") -> dict[str, str]:
        where = ReportedStands(branch, why, NOW)
        await service.library.hear(UUID(copy["copy_id"]), availability, sequence=sequence, stands=where)
        return await harvested()

    assert ("MAIN", None) == ((await harvested())["a"], (await harvested()).get("b"))
    for number, why in enumerate((StandsWhy.FLOATED, StandsWhy.ON_LOAN, StandsWhy.HOLD_SHELF, StandsWhy.IN_TRANSIT), 1):
        item = await stands(why, "EAST", number)
        assert ("MAIN", "EAST") == (item["a"], item["b"]), why
    assert "b" not in await stands(StandsWhy.HOME, "MAIN", 9)
    await put(service, copy, EXHIBITED)
    item = await harvested()
    assert ("MAIN", "EAST", "HALL", "exhibit") == tuple(item[name] for name in "abcy")


async def test_a_file_says_where_a_copy_always_belongs_and_ends_no_temporary_place(service: Service) -> None:
    copy = await a_copy(service)
    await put(service, copy, EXHIBITED)

    exported = await service.get("/v1/exports/copies?format=csv", by="librarian")
    started = await service.upload(exported.content, query="format=csv&what=copies")
    await service.library.work()

    assert "EAST" not in exported.text
    assert "exhibit" not in exported.text
    done = (await service.get(f"/v1/imports/{started.json()['import_id']}", by="librarian")).json()
    assert (0, 0) == (done["updated"], done["failed"])
    assert "EAST" == (await shown(service, copy))["stands"]["branch"]


async def test_a_book_is_found_in_the_branch_where_its_copy_is_for_a_while_and_not_at_home(service: Service) -> None:
    copy = await a_copy(service)

    async def found() -> list[tuple[str, int, list[str]]]:
        answers = [
            (await service.get(f"/v1/books?branch={branch}&facets=branch")).json() for branch in ("EAST", "MAIN")
        ]
        return [
            (branch, len(answer["items"]), [each["value"] for each in answer["facets"]["branch"]])
            for branch, answer in zip(("EAST", "MAIN"), answers, strict=True)
        ]

    await put(service, copy, EXHIBITED)
    exhibited = await found()
    await put(service, copy, None)

    assert [("EAST", 1, ["EAST"]), ("MAIN", 0, [])] == exhibited
    assert [("EAST", 0, []), ("MAIN", 1, ["MAIN"])] == await found()
