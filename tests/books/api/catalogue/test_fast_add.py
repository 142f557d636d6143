"""A title and its copies made at the desk while somebody waits, hidden until it is catalogued."""

from typing import Any

import pytest

from tests.books.api.conftest import Service, problem
from tests.books.makers import ISBN

COPIES: list[dict[str, Any]] = [
    {"barcode": "F1", "branch": "main", "shelf_mark": "QA 76"},
    {"barcode": "F2", "branch": "MAIN", "status": "in_processing"},
    {"barcode": "F3", "branch": "MAIN", "suppressed": True},
]


@pytest.fixture
async def service(service: Service) -> Service:
    await service.library.open_branch()
    return service


async def add(service: Service, **more: Any) -> Any:
    return await service.post("/v1/books", {"title": "Emma", "copies": COPIES} | more)


async def test_a_title_and_its_copies_are_added_in_one_act(service: Service) -> None:
    answer = await add(service)

    book = answer.json()
    copies = (await service.get(f"/v1/books/{book['book_id']}/copies", by="librarian")).json()["items"]
    counts = {name: book["availability"][name] for name in ("copies", "lendable", "available", "hidden_copies")}
    assert (201, {"copies": 3, "lendable": 1, "available": 1, "hidden_copies": 1}) == (answer.status_code, counts)
    assert ["F1", "F2", "F3"] == [copy["barcode"] for copy in copies]
    first = copies[0]["number"]
    assert [first, first + 1, first + 2] == [copy["number"] for copy in copies]
    path = f"/v1/books/{book['book_id']}"
    shown = await service.get(path, by="librarian")
    assert (book, answer.headers["etag"]) == (shown.json(), shown.headers["etag"])
    assert [book["book_id"]] == [each["book_id"] for each in (await service.get("/v1/books?q=QA+76")).json()["items"]]


async def test_it_is_all_of_it_or_nothing(service: Service) -> None:
    taken = {"title": "Persuasion", "copies": [{"barcode": "F2", "branch": "MAIN"}]}
    assert 201 == (await service.post("/v1/books", taken)).status_code

    refused = [await add(service), await add(service, copies=[*COPIES[:1], *COPIES[:1]])]
    nowhere = await add(service, copies=[COPIES[0], {"barcode": "F4", "branch": "MOON"}])

    assert [(409, "barcode-taken")] * 2 == [problem(each) for each in refused]
    (error,) = nowhere.json()["errors"]
    assert (422, "unknown-branch", "/copies/1/branch") == (nowhere.status_code, error["code"], error["pointer"])
    assert ["Persuasion"] == [book["title"] for book in (await service.get("/v1/books")).json()["items"]]


async def test_a_title_that_is_related_comes_with_copies_and_is_found_by_them(service: Service) -> None:
    whole = await service.add_book(title="Works")

    answer = await add(service, relations=[{"kind": "part_of", "book_id": whole["book_id"]}], isbns=[ISBN])

    assert (201, ["Works"]) == (answer.status_code, [each["title"] for each in answer.json()["relations"]])
    found = (await service.get("/v1/books?shelf_mark=QA+76&branch=MAIN")).json()["items"]
    assert ["Emma"] == [book["title"] for book in found]


async def test_what_is_hidden_until_it_is_catalogued_is_listed_for_staff_alone(service: Service) -> None:
    hidden = (await add(service, suppressed=True)).json()
    await service.add_book(title="Persuasion")

    staff, public = [await service.get("/v1/books?suppressed=true", by=by) for by in ("librarian", None)]
    lendable = await service.get("/v1/books/" + hidden["book_id"])

    assert ["Emma"] == [book["title"] for book in staff.json()["items"]]
    assert ([], 404) == (public.json()["items"], lendable.status_code)
    path = f"/v1/books/{hidden['book_id']}"
    assert 200 == (await service.change("PATCH", path, {"suppressed": False}, if_match="*")).status_code
    assert [] == (await service.get("/v1/books?suppressed=true", by="librarian")).json()["items"]


async def test_a_replaced_book_takes_no_copies(service: Service) -> None:
    book = await service.add_book()

    answer = await service.change("PUT", f"/v1/books/{book['book_id']}", {"title": "E", "copies": COPIES}, if_match="*")

    assert 422 == answer.status_code
