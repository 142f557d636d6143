from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.books.api.conftest import Service, problem
from tests.books.makers import NOW, any_id

DUE = NOW + timedelta(days=21)


@pytest.fixture
async def copy(service: Service) -> dict[str, Any]:
    _, (copy,) = await service.shelve("1")
    await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"})
    return copy


@pytest.fixture
def path(copy: dict[str, Any]) -> str:
    return f"/v1/copies/{copy['copy_id']}"


async def lend(service: Service, copy: dict[str, Any]) -> None:
    await service.library.hear(UUID(copy["copy_id"]), "on_loan", sequence=1, due_at=DUE)


async def test_a_copy_is_described_otherwise(service: Service, copy: dict[str, Any], path: str) -> None:
    reported = {
        "shelf_mark": "AUS 1",
        "condition": "worn",
        "item_type": "dvd",
        "price": {"amount": 990, "currency": "EUR"},
    }

    answer = await service.change("PATCH", path, reported)

    assert (200, '"2-s"', copy | reported | {"version": 2}) == (
        answer.status_code,
        answer.headers["etag"],
        answer.json(),
    )
    assert answer.json() == (await service.get(path, by="librarian")).json()
    emptied = await service.change("PATCH", path, {"price": None, "condition": None}, if_match='"2"')
    assert (None, None, "AUS 1") == tuple(emptied.json()[name] for name in ("price", "condition", "shelf_mark"))
    assert ["books.copy.revised"] * 2 == [type_ for type_, _, _ in (await service.library.events())[2:]]


async def test_a_price_is_patched_like_everything_else(service: Service, path: str) -> None:
    half = await service.change("PATCH", path, {"price": {"amount": 990}})
    whole = await service.change("PATCH", path, {"price": {"amount": 990, "currency": "EUR"}})
    other = await service.change("PATCH", path, {"price": {"amount": 1290}}, if_match='"2"')
    same = await service.change("PATCH", path, {"price": {}}, if_match='"3"')

    assert (422, "invalid-price") == problem(half)
    assert [{"amount": amount, "currency": "EUR"} for amount in (990, 1290, 1290)] == [
        answer.json()["price"] for answer in (whole, other, same)
    ]


async def test_saying_the_same_again_is_told_to_nobody(service: Service, path: str) -> None:
    answer = await service.change("PATCH", path, {"branch": "main", "condition": None})

    assert (200, '"1"', 2) == (answer.status_code, answer.headers["etag"], len(await service.library.events()))


async def test_a_copy_moves_to_another_branch(service: Service, path: str) -> None:
    answer = await service.change("PATCH", path, {"branch": "east"})

    assert (200, "EAST") == (answer.status_code, answer.json()["branch"])
    assert "EAST" == (await service.library.events())[-1][2]["branch"]


async def test_a_copy_under_the_wrong_title_moves_to_the_right_one_though_it_is_on_loan(
    service: Service, copy: dict[str, Any], path: str
) -> None:
    await lend(service, copy)
    right = await service.add_book(title="Persuasion")

    answer = await service.change("PATCH", path, {"book_id": right["book_id"]})

    assert (200, right["book_id"]) == (answer.status_code, answer.json()["book_id"])
    on_loan = {
        book_id: (await service.get(f"/v1/books/{book_id}")).json()["availability"]["on_loan"]
        for book_id in (copy["book_id"], right["book_id"])
    }
    assert {copy["book_id"]: 0, right["book_id"]: 1} == on_loan
    type_, _, told = (await service.library.events())[-1]
    assert ("books.copy.revised", copy["book_id"]) == (type_, told["entered_under"])


async def test_a_copy_on_loan_is_neither_moved_nor_withdrawn_before_it_is_back(
    service: Service, copy: dict[str, Any], path: str
) -> None:
    await lend(service, copy)

    moved = await service.change("PATCH", path, {"branch": "EAST"})
    withdrawn = await service.post(f"{path}/status", {"status": "withdrawn"}, by="admin")

    for answer in (moved, withdrawn):
        assert (409, "copy-on-loan", "2026-03-23T10:00:00Z") == (*problem(answer), answer.json()["due_at"])
    assert 200 == (await service.change("PATCH", path, {"condition": "worn"})).status_code
    assert 200 == (await service.post(f"{path}/status", {"status": "missing"})).status_code


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"branch": "NOWHERE"}, "/branch", "unknown-branch"),
        ({"branch": None}, "/branch", "string-type"),
        ({"item_type": "Two words"}, "/item_type", "invalid-item-type"),
        ({"item_type": None}, "/item_type", "string-type"),
        ({"price": {"amount": -1, "currency": "EUR"}}, "/price/amount", "greater-than-equal"),
        ({"price": {"amount": 1, "currency": "euro"}}, "/price/currency", None),
        ({"shelf_mark": "x" * 201}, "/shelf_mark", "text-too-long"),
        ({"barcode": "ü"}, "/barcode", "invalid-barcode"),
        ({"status": "missing"}, "/status", "extra-forbidden"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_at_its_place(
    service: Service, path: str, body: dict[str, Any], pointer: str, code: str | None
) -> None:
    answer = await service.change("PATCH", path, body)

    assert 422 == answer.status_code
    (error,) = answer.json()["errors"]
    assert pointer == error["pointer"]
    assert code in (None, error["code"])


async def test_a_change_names_the_version_that_it_changes(service: Service, path: str) -> None:
    body = {"condition": "worn"}

    assert (428, "if-match-required") == problem(await service.change("PATCH", path, body, if_match=None))
    assert (412, "out-of-date") == problem(await service.change("PATCH", path, body, if_match='"2"'))
    assert 200 == (await service.change("PATCH", path, body, if_match="*")).status_code


async def test_the_history_of_a_copy_tells_reasons_and_actors(service: Service, path: str) -> None:
    await service.post(f"{path}/status", {"status": "withdrawn", "reason": "worn out"})
    await service.post(f"{path}/status", {"status": "in_service"}, by="admin")

    back, withdrawn, added = (await service.get(f"{path}/history", by="librarian")).json()["items"]

    assert [("status_changed", "admin"), ("status_changed", "librarian"), ("added", "librarian")] == [
        (change["act"], change["by"]) for change in (back, withdrawn, added)
    ]
    assert [
        {"field": "status", "before": "in_service", "after": "withdrawn"},
        {"field": "reason", "before": None, "after": "worn out"},
    ] == withdrawn["changed"]


async def test_only_cataloguers_change_copies_and_only_those_that_are_there(service: Service, path: str) -> None:
    nowhere = f"/v1/copies/{any_id()}"

    assert (401, "not-authenticated") == problem(await service.change("PATCH", path, {}, by=None))
    assert (403, "forbidden") == problem(await service.change("PATCH", path, {}, by="member"))
    assert (404, "copy-not-found") == problem(await service.change("PATCH", nowhere, {}))
    assert (403, "forbidden") == problem(await service.get(f"{path}/history", by="member"))
    assert (404, "copy-not-found") == problem(await service.get(f"{nowhere}/history", by="librarian"))
