"""What a library alone says of its books and copies: kept, shown, found, and in every file."""

import json
from typing import Any

import pytest

from tests.books.api.conftest import Service, problem

FORMATS = ("csv", "json", "yaml", "marc", "marcxml")
DONOR, PRICE = {"name": "donor", "value": "The Friends; of | the Library"}, {"name": "bought_for", "value": "12 s."}


async def found(service: Service, path: str) -> list[str]:
    answer = await service.get(path, by="librarian")
    assert 200 == answer.status_code, answer.text
    return [each.get("title") or each["barcode"] for each in answer.json()["items"]]


async def fields_changed(service: Service, path: str) -> list[dict[str, Any]]:
    changed: list[dict[str, Any]] = (await service.get(f"{path}/history", by="librarian")).json()["items"][0]["changed"]
    return changed


async def test_a_book_says_what_the_library_alone_wants_to_say_and_is_found_by_it(service: Service) -> None:
    book = await service.add_book(attributes=[DONOR, PRICE, DONOR])
    await service.add_book(title="Persuasion", attributes=[{"name": "seller", "value": "12 s."}])
    path = f"/v1/books/{book['book_id']}"

    assert [PRICE, DONOR] == book["attributes"] == (await service.get(path)).json()["attributes"]
    assert ["Emma"] == await found(service, "/v1/books?attribute=bought_for:12%20s.")
    assert [] == await found(service, "/v1/books?attribute=bought_for:12")
    assert [] == await found(service, "/v1/books?q=friends")

    revised = await service.change("PATCH", path, {"attributes": [DONOR]})

    assert [DONOR] == revised.json()["attributes"]
    assert [] == await found(service, "/v1/books?attribute=bought_for:12%20s.")
    changed = {"field": "attributes", "before": [PRICE, DONOR], "after": [DONOR]}
    assert [changed] == await fields_changed(service, path)
    assert [] == (await service.change("PATCH", path, {"attributes": None}, if_match='"2"')).json()["attributes"]


async def test_a_copy_says_what_the_library_alone_wants_to_say_and_is_listed_by_it(service: Service) -> None:
    book, (copy, _) = await service.shelve("1", "2")
    new = {"barcode": "3", "branch": "MAIN", "attributes": [DONOR]}
    described = (await service.post(f"/v1/books/{book['book_id']}/copies", new)).json()
    path = f"/v1/copies/{copy['copy_id']}"

    revised = await service.change("PATCH", path, {"attributes": [PRICE, DONOR]})

    assert ([], [PRICE, DONOR], [DONOR]) == (copy["attributes"], revised.json()["attributes"], described["attributes"])
    listed = "/v1/copies?attribute=donor:The%20Friends;%20of%20|%20the%20Library"
    assert ["1", "3"] == await found(service, listed)
    assert ["1"] == await found(service, "/v1/copies?attribute=bought_for:12%20s.&branch=MAIN")
    assert [] == await found(service, "/v1/copies?attribute=donor:12%20s.")
    assert [{"field": "attributes", "before": [], "after": [PRICE, DONOR]}] == await fields_changed(service, path)
    again = await service.change("PATCH", path, {"attributes": [DONOR, PRICE]}, if_match='"2"')
    emptied = await service.change("PATCH", path, {"attributes": None}, if_match='"2"')
    assert (2, 3, []) == (again.json()["version"], emptied.json()["version"], emptied.json()["attributes"])


@pytest.mark.parametrize(
    "attributes",
    [
        [{"name": "Donor", "value": "Ada"}],
        [{"name": "donor", "value": ""}],
        [{"name": "donor"}],
        [{"name": "donor", "value": str(number)} for number in range(51)],
        {"donor": "Ada"},
    ],
)
async def test_what_is_no_name_with_a_text_is_refused(service: Service, attributes: Any) -> None:
    book, (copy,) = await service.shelve("1")

    for path in (f"/v1/books/{book['book_id']}", f"/v1/copies/{copy['copy_id']}"):
        refused = await service.change("PATCH", path, {"attributes": attributes})
        assert (422, "invalid-request") == problem(refused)
    for path in ("/v1/books?attribute=donor", "/v1/copies?attribute=Donor:Ada"):
        assert 422 == (await service.get(path)).status_code


@pytest.mark.parametrize("format", FORMATS)
async def test_attributes_go_out_with_every_file_and_come_in_again(service: Service, format: str) -> None:
    book, (copy,) = await service.shelve("1", attributes=[DONOR, PRICE])
    paths = [f"/v1/books/{book['book_id']}", f"/v1/copies/{copy['copy_id']}"]
    await service.change("PATCH", paths[1], {"attributes": [PRICE]})
    exported = await service.get(f"/v1/exports/books?format={format}", by="librarian")
    for path, version in zip(paths, ('"1"', '"2"'), strict=True):
        await service.change("PATCH", path, {"attributes": [{"name": "wrong", "value": "x"}]}, if_match=version)

    started = await service.upload(exported.content, query=f"format={format}")
    await service.library.work()

    report = (await service.get(started.headers["location"], by="librarian")).json()
    assert (0, []) == (report["failed"], report["errors"])
    assert [[PRICE, DONOR], [PRICE]] == [(await service.get(path)).json()["attributes"] for path in paths]


async def test_an_import_of_attributes_is_undone(service: Service) -> None:
    book, (copy,) = await service.shelve("1", attributes=[DONOR])
    paths = [f"/v1/books/{book['book_id']}", f"/v1/copies/{copy['copy_id']}"]
    await service.change("PATCH", paths[1], {"attributes": [PRICE]})
    new = [{"name": "new", "value": "x"}]
    record = {"title": "Emma", "authors": ["Jane Austen"], "attributes": new}
    record |= {"copies": [{"barcode": "1", "attributes": new}]}
    started = await service.upload(json.dumps([record]).encode(), query="format=json")
    await service.library.work()
    assert [new, new] == [(await service.get(path)).json()["attributes"] for path in paths]

    assert 202 == (await service.post(f"{started.headers['location']}/undo", None, by="admin")).status_code
    await service.library.work()

    assert [[DONOR], [PRICE]] == [(await service.get(path)).json()["attributes"] for path in paths]


async def test_a_removed_book_comes_back_with_its_attributes(service: Service) -> None:
    book = await service.add_book(attributes=[DONOR])
    path = f"/v1/books/{book['book_id']}"
    await service.change("DELETE", path)

    await service.post(f"{path}/restore", None)

    assert [DONOR] == (await service.get(path)).json()["attributes"]


async def test_what_is_no_attribute_in_a_file_is_left_out_and_reported(service: Service) -> None:
    wrong = [{"name": "No name", "value": "x"}]
    await service.shelve("1")
    copy = {"barcode": "1", "attributes": wrong}
    started = await service.upload(
        json.dumps([{"title": "Emma", "authors": ["Jane Austen"], "attributes": wrong, "copies": [copy]}]).encode(),
        query="format=json",
    )
    await service.library.work()

    report = (await service.get(started.headers["location"], by="librarian")).json()
    assert {"invalid-attribute"} == {error["code"] for error in report["errors"]}
    assert [] == (await service.get("/v1/books?q=emma")).json()["items"][0]["attributes"]


async def test_the_marc_record_says_attributes_in_a_local_note_and_leaves_those_of_others(service: Service) -> None:
    book = await service.add_book(attributes=[PRICE])
    path = f"/v1/books/{book['book_id']}"
    shown = (await service.get(f"{path}/marc", by="librarian", accept="application/marc-in-json")).json()
    ours = [each["598"] for each in shown["fields"] if "598" in each]
    assert [[{"n": "bought_for"}, {"a": "12 s."}, {"2": "library"}]] == [each["subfields"] for each in ours]
