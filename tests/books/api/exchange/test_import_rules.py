"""Imports over HTTP: their list, ways to import that are saved, which records match, and which fields stay."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.books.api.conftest import Service, problem
from tests.books.makers import ISBN, OTHER_ISBN

ROMOLA = {"external_id": "17", "isbns": [ISBN], "title": "Romola", "authors": ["George Eliot"], "publisher": "Smith"}


async def run(service: Service, *records: dict[str, Any], **query: Any) -> dict[str, Any]:
    """Import these records, and return how that ended."""
    options = urlencode({"format": "json"} | query, doseq=True)
    answer = await service.upload(json.dumps(records).encode(), query=options)
    assert 202 == answer.status_code, answer.text
    assert await service.library.work()
    ended: dict[str, Any] = (await service.get(answer.headers["location"], by="librarian")).json()
    return ended


async def books(service: Service) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await service.get("/v1/books?limit=100")).json()["items"]
    return sorted(found, key=lambda book: book["book_id"])


async def test_imports_are_listed_newest_first_by_state_and_page_by_page(service: Service) -> None:
    first = await run(service, ROMOLA)
    second = await run(service, ROMOLA)
    waiting = (await service.upload(b"title\nEmma\n")).json()

    page = await service.get("/v1/imports?limit=2", by="librarian")
    rest = await service.get(page.links["next"]["url"], by="librarian")
    queued = await service.get("/v1/imports?state=queued", by="librarian")

    assert [waiting["import_id"], second["import_id"]] == [one["import_id"] for one in page.json()["items"]]
    assert [first["import_id"]] == [one["import_id"] for one in rest.json()["items"]]
    assert [waiting["import_id"]] == [one["import_id"] for one in queued.json()["items"]]
    listed = {name: value for name, value in first.items() if name not in ("errors", "next_cursor")}
    assert listed == rest.json()["items"][0]
    assert 422 == (await service.get("/v1/imports?state=undone", by="librarian")).status_code


async def test_a_way_to_import_is_saved_changed_listed_used_and_removed(service: Service) -> None:
    path = "/v1/import-profiles/old-system"
    how = {"what": "books", "format": "csv", "mapping": {"published_year": "year"}, "protect": ["publisher"]}

    made = await service.change("PUT", path, how, if_match=None)
    again = await service.change("PUT", path, how, if_match=None)
    changed = await service.change("PUT", path, how | {"match": ["isbn"]})
    stale = await service.change("PUT", path, how)
    listed = await service.get("/v1/import-profiles", by="librarian")
    answer = await service.upload(b"title,year\nEmma,1815\n", query="profile=old-system")
    await service.library.work()
    removed = await service.change("DELETE", path, if_match=changed.headers["etag"])

    assert (201, {"name": "old-system", "match": [], "version": 1} | how) == (made.status_code, made.json())
    assert ((428, "if-match-required"), (412, "out-of-date")) == (problem(again), problem(stale))
    assert (200, ["isbn"], 2) == (changed.status_code, changed.json()["match"], changed.json()["version"])
    assert [changed.json()] == listed.json()["items"]
    done = (await service.get(answer.headers["location"], by="librarian")).json()
    assert (1, ["isbn"], ["publisher"]) == (done["created"], done["match"], done["protect"])
    assert [1815] == [book["published_year"] for book in await books(service)]
    assert 204 == removed.status_code
    assert (404, "import-profile-not-found") == problem(await service.get(path, by="librarian"))
    assert (404, "import-profile-not-found") == problem(await service.upload(b"title\n", query="profile=old-system"))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"what": "members"}, "invalid-what"),
        ({"format": "xlsx"}, "format-not-supported"),
        ({"mapping": {"colour": "c"}}, "invalid-mapping"),
        ({"match": ["barcode"]}, "invalid-match"),
        ({"match": ["isbn", "isbn"]}, "invalid-match"),
        ({"protect": ["colour"]}, "invalid-protect"),
    ],
)
async def test_what_cannot_be_imported_so_cannot_be_saved(service: Service, wrong: dict[str, Any], code: str) -> None:
    how = {"what": "books", "format": "json"} | wrong

    answer = await service.change("PUT", "/v1/import-profiles/p", how, if_match=None)

    assert (422, code) == problem(answer)


async def test_unknown_keys_and_fields_are_refused_with_those_that_there_are(service: Service) -> None:
    match = await service.upload(b"title\n", query="format=csv&match=barcode")
    protect = await service.upload(b"barcode\n", query="format=csv&what=copies&protect=title")
    nothing = await service.upload(b"title\n", query="")

    assert (422, "invalid-match") == problem(match)
    assert "isbn, external_id, control_number, title" in match.json()["detail"]
    assert (422, "invalid-protect") == problem(protect)
    assert "barcode, branch, location" in protect.json()["detail"]
    assert (422, "format-missing") == problem(nothing)


async def test_a_record_matches_by_the_keys_that_are_chosen_and_in_their_order(service: Service) -> None:
    await run(service, ROMOLA | {"external_id": None}, {"title": "Emma", "external_id": "17"})
    romola, emma = await books(service)

    by_key = await run(service, ROMOLA | {"isbns": None, "publisher": "Elder"}, match=["external_id"])
    by_isbn = await run(service, ROMOLA | {"external_id": None, "publisher": "Cornhill"}, match=["isbn"])
    taken = await run(service, ROMOLA | {"title": "New", "external_id": "18"}, match=["external_id"])

    assert (1, 1) == (by_key["updated"], by_isbn["updated"])
    assert [(romola["book_id"], "Cornhill"), (emma["book_id"], "Elder")] == [
        (book["book_id"], book["publisher"]) for book in await books(service)
    ]
    assert ["isbn-already-catalogued"] == [error["code"] for error in taken["errors"]]


async def test_a_title_alone_matches_nothing_where_it_is_not_chosen(service: Service) -> None:
    await service.add_book(title="Emma", authors=["Jane Austen"])

    await run(service, {"title": "Emma", "authors": ["Jane Austen"], "isbns": [OTHER_ISBN]}, match=["isbn"])

    assert [[], [OTHER_ISBN]] == [book["isbns"] for book in await books(service)]


async def test_a_protected_field_is_filled_but_never_overwritten(service: Service) -> None:
    await service.add_book(title="Romola", authors=["George Eliot"], isbns=[ISBN], description="Ours.")

    first = await run(service, ROMOLA | {"description": "Theirs."}, protect=["description", "publisher"])
    second = await run(
        service,
        ROMOLA | {"description": "Theirs again.", "publisher": "Elder", "edition": "2nd"},
        protect=["description"],
    )

    (book,) = await books(service)
    assert (1, 1, []) == (first["updated"], second["updated"], second["errors"])
    assert ("Ours.", "Elder", "2nd") == (book["description"], book["publisher"], book["edition"])


async def test_protected_fields_of_copies_stay_inside_of_books_and_alone(service: Service) -> None:
    _, (copy,) = await service.shelve("1", isbns=[ISBN])
    path = f"/v1/copies/{copy['copy_id']}"
    await service.change("PATCH", path, {"shelf_mark": "ELI"})
    theirs = {"barcode": "1", "branch": "MAIN", "shelf_mark": "X 1"}

    inside = await run(service, {"title": "Emma", "isbns": [ISBN], "copies": [theirs]}, protect=["copy_shelf_mark"])
    alone = await run(service, theirs | {"shelf_mark": "X 2"}, what="copies", protect=["shelf_mark"])
    followed = await run(service, theirs | {"shelf_mark": "X 3"}, what="copies")

    assert (1, 1, 1) == (inside["kinds"]["copies"]["skipped"], alone["skipped"], followed["updated"])
    assert "X 3" == (await service.get(path)).json()["shelf_mark"]


async def test_a_copy_with_the_barcode_of_another_is_refused_where_its_key_alone_is_chosen(service: Service) -> None:
    await service.shelve("1", isbns=[ISBN])

    ended = await run(
        service,
        {"barcode": "1", "external_id": "c1", "isbn": ISBN, "branch": "MAIN"},
        what="copies",
        match=["external_id"],
    )

    assert ["barcode-taken"] == [error["code"] for error in ended["errors"]]
