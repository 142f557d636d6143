"""Staff gather books and copies by tags, and find them by these."""

import json
from typing import Any

import pytest

from tests.books.api.conftest import Service, problem

FORMATS = ("csv", "json", "yaml", "marc", "marcxml")


async def found(service: Service, path: str) -> list[str]:
    answer = await service.get(path, by="librarian")
    assert 200 == answer.status_code, answer.text
    return [each.get("title") or each["barcode"] for each in answer.json()["items"]]


async def fields_changed(service: Service, path: str) -> list[dict[str, Any]]:
    changed: list[dict[str, Any]] = (await service.get(f"{path}/history", by="librarian")).json()["items"][0]["changed"]
    return changed


async def test_a_book_is_given_tags_and_found_by_each_of_them(service: Service) -> None:
    book = await service.add_book(tags=["Summer Reading", "C++", "c++"])
    await service.add_book(title="Persuasion", tags=["summer", "reading"])
    path = f"/v1/books/{book['book_id']}"

    assert ["c++", "summer reading"] == book["tags"] == (await service.get(path)).json()["tags"]
    assert ["Emma"] == await found(service, "/v1/books?tag=SUMMER%20reading")
    assert ["Emma"] == await found(service, "/v1/books?tag=c%2B%2B&q=austen")
    assert [] == await found(service, "/v1/books?tag=c")
    assert [] == await found(service, "/v1/books?q=summer")

    revised = await service.change("PATCH", path, {"tags": ["weed"]})

    assert ["weed"] == revised.json()["tags"]
    assert (["Emma"], []) == (await found(service, "/v1/books?tag=weed"), await found(service, "/v1/books?tag=c%2B%2B"))
    assert [{"field": "tags", "before": ["c++", "summer reading"], "after": ["weed"]}] == await fields_changed(
        service, path
    )
    assert [] == (await service.change("PATCH", path, {"tags": None}, if_match='"2"')).json()["tags"]
    assert [] == await found(service, "/v1/books?tag=weed")


async def test_a_copy_is_given_tags_and_listed_by_each_of_them(service: Service) -> None:
    book, (copy, _) = await service.shelve("1", "2")
    new = {"barcode": "3", "branch": "MAIN", "tags": ["Display", 'it\'s "new"']}
    tagged = (await service.post(f"/v1/books/{book['book_id']}/copies", new)).json()
    path = f"/v1/copies/{copy['copy_id']}"

    revised = await service.change("PATCH", path, {"tags": ["display"]})

    assert ([], ["display"], ["display", 'it\'s "new"']) == (copy["tags"], revised.json()["tags"], tagged["tags"])
    assert ["1", "3"] == await found(service, "/v1/copies?tag=Display")
    assert ["3"] == await found(service, "/v1/copies?tag=it's%20%22new%22&branch=MAIN")
    assert [] == await found(service, "/v1/copies?tag=displ")
    assert [{"field": "tags", "before": [], "after": ["display"]}] == await fields_changed(service, path)
    assert (await service.get(path)).json()["tags"] == ["display"]

    again = await service.change("PATCH", path, {"tags": ["DISPLAY"]}, if_match='"2"')
    emptied = await service.change("PATCH", path, {"tags": None}, if_match='"2"')

    assert (2, 3, []) == (again.json()["version"], emptied.json()["version"], emptied.json()["tags"])
    assert ["3"] == await found(service, "/v1/copies?tag=display")


@pytest.mark.parametrize("tags", [[""], ["x" * 41], ["a;b"], [str(number) for number in range(21)], "weed"])
async def test_what_are_no_few_short_words_is_refused(service: Service, tags: Any) -> None:
    book, (copy,) = await service.shelve("1")

    for path in (f"/v1/books/{book['book_id']}", f"/v1/copies/{copy['copy_id']}"):
        assert (422, "invalid-request") == problem(await service.change("PATCH", path, {"tags": tags}))


@pytest.mark.parametrize("format", FORMATS)
async def test_tags_go_out_with_every_file_and_come_in_again(service: Service, format: str) -> None:
    book, (copy,) = await service.shelve("1", tags=["book club", "weed"])
    paths = [f"/v1/books/{book['book_id']}", f"/v1/copies/{copy['copy_id']}"]
    await service.change("PATCH", paths[1], {"tags": ["display", "worn cover"]})
    exported = await service.get(f"/v1/exports/books?format={format}", by="librarian")
    for path, version in zip(paths, ('"1"', '"2"'), strict=True):
        await service.change("PATCH", path, {"tags": ["lost by mistake"]}, if_match=version)

    started = await service.upload(exported.content, query=f"format={format}")
    await service.library.work()

    report = (await service.get(started.headers["location"], by="librarian")).json()
    assert (0, []) == (report["failed"], report["errors"])
    assert [["book club", "weed"], ["display", "worn cover"]] == [
        (await service.get(path)).json()["tags"] for path in paths
    ]


async def test_an_import_of_tags_is_undone(service: Service) -> None:
    book, (copy,) = await service.shelve("1", tags=["weed"])
    paths = [f"/v1/books/{book['book_id']}", f"/v1/copies/{copy['copy_id']}"]
    await service.change("PATCH", paths[1], {"tags": ["display"]})
    record = {"title": "Emma", "authors": ["Jane Austen"], "tags": ["new"], "copies": [{"barcode": "1", "tags": ["x"]}]}
    started = await service.upload(json.dumps([record]).encode(), query="format=json")
    await service.library.work()
    assert [["new"], ["x"]] == [(await service.get(path)).json()["tags"] for path in paths]

    assert 202 == (await service.post(f"{started.headers['location']}/undo", None, by="admin")).status_code
    await service.library.work()

    assert [["weed"], ["display"]] == [(await service.get(path)).json()["tags"] for path in paths]


async def test_a_removed_book_comes_back_with_its_tags(service: Service) -> None:
    book = await service.add_book(tags=["weed"])
    path = f"/v1/books/{book['book_id']}"
    await service.change("DELETE", path)

    await service.post(f"{path}/restore", None)

    assert ["weed"] == (await service.get(path)).json()["tags"]
    assert ["Emma"] == await found(service, "/v1/books?tag=weed")


async def test_too_many_tags_of_a_file_are_left_out_and_reported(service: Service) -> None:
    record = {"title": "Emma", "tags": [str(number) for number in range(21)]}
    started = await service.upload(json.dumps([record]).encode(), query="format=json")
    await service.library.work()

    report = (await service.get(started.headers["location"], by="librarian")).json()
    assert ["too-many-tags"] == [error["code"] for error in report["errors"]]
    assert [] == (await service.get("/v1/books?q=emma")).json()["items"][0]["tags"]
