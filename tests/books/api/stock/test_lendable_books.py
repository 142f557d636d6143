"""What lending asks about titles that another system names in its own way."""

import json
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.books.api.conftest import Service


async def ask(service: Service, *books: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await service.post("/v1/books/lendability", {"books": list(books)}, by="loans")
    assert 200 == answer.status_code, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_book_is_found_by_its_id_its_isbn_and_the_key_of_another_system(service: Service) -> None:
    book, copies = await service.shelve("1", "2", isbns=["9780141439587"], external_id="koha-7")
    await service.post(f"/v1/copies/{copies[0]['copy_id']}/status", {"status": "in_repair"})
    await service.post(f"/v1/copies/{copies[1]['copy_id']}/status", {"status": "withdrawn"})
    other, _ = await service.shelve("3", title="Sanditon")

    by_id, by_isbn, by_key, no_copy_left = await ask(
        service,
        {"book_id": other["book_id"]},
        {"isbn": "0-14-143958-0"},
        {"book": "KOHA-7"},
        {"book_id": book["book_id"]},
    )

    assert {"book_id": other["book_id"], "title": "Sanditon", "lendable_copies": 1, "holdable_copies": 1, "copies": 1,
            "item_types": ["book"], "volumes": [], "volume": None} == by_id["found"]  # fmt: skip
    assert by_isbn == by_key == no_copy_left
    assert (book["book_id"], 0, 1, 2) == tuple(
        by_isbn["found"][name] for name in ("book_id", "lendable_copies", "holdable_copies", "copies")
    )


async def test_what_is_not_found_stops_no_other(service: Service) -> None:
    book, _ = await service.shelve("1")

    unknown, no_isbn, no_key, found = await ask(
        service, {"book_id": str(new_id())}, {"isbn": "12"}, {"book": "none"}, {"book_id": book["book_id"]}
    )

    assert {"book-not-found"} == {each["problem"]["code"] for each in (unknown, no_isbn, no_key)}
    assert book["book_id"] == found["found"]["book_id"]


@pytest.mark.parametrize("named", [{}, {"isbn": "9780141439587", "book": "koha-7"}])
async def test_a_book_is_named_in_one_way(service: Service, named: dict[str, str]) -> None:
    answer = await service.post("/v1/books/lendability", {"books": [named]}, by="loans")

    assert 422 == answer.status_code, json.dumps(answer.json())
