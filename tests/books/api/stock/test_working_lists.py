"""The working lists of the stock: what is to be weeded, searched for and labelled."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from books_service.domain.stock.availability import Availability
from books_service.domain.stock.stands import ReportedStands, StandsWhy
from tests.books.api.conftest import Service, problem


async def shelf(service: Service, *barcodes: str) -> dict[str, dict[str, Any]]:
    _, copies = await service.shelve(*barcodes)
    return {copy["barcode"]: copy for copy in copies}


async def lent(service: Service, copy: dict[str, Any]) -> None:
    """Let lending report that a copy was lent, and is back."""
    copy_id, now = UUID(copy["copy_id"]), service.library.clock.now()
    with_borrower = ReportedStands("MAIN", StandsWhy.ON_LOAN, now)
    await service.library.hear(copy_id, Availability.ON_LOAN, sequence=1, stands=with_borrower)
    await service.library.hear(copy_id, Availability.AVAILABLE, sequence=2)


async def rows(service: Service, path: str, *columns: str) -> list[Any]:
    answer = await service.get(path, by="librarian")
    assert 200 == answer.status_code, answer.text
    found = answer.json()["items"]
    return [row[columns[0]] if len(columns) == 1 else tuple(row[name] for name in columns) for row in found]


async def test_the_lists_of_the_stock_are_named_with_their_columns_and_filters(service: Service) -> None:
    answer = await service.get("/v1/lists", by="librarian")

    named = {each["name"]: each for each in answer.json()["items"]}
    assert ["never-lent", "missing", "no-shelf-mark", "duplicate-books"] == [*named]
    assert ["years", "kept", "branch", "location", "item_type"] == [
        each["name"] for each in named["never-lent"]["filters"]
    ]
    assert "keep_reason" in named["never-lent"]["columns"]
    assert "/v1/books/duplicates" == named["duplicate-books"]["same_rows"]


async def test_what_was_not_lent_for_years_is_listed_but_for_what_is_kept(service: Service) -> None:
    copies = await shelf(service, "old", "kept", "lent")
    service.library.clock.pass_by(timedelta(days=3 * 366))
    await lent(service, copies["lent"])
    await shelf(service, "new")
    changed = await service.change("PATCH", f"/v1/copies/{copies['kept']['copy_id']}", {"keep_reason": "Our town."})
    assert "Our town." == changed.json()["keep_reason"]

    assert ["old"] == await rows(service, "/v1/lists/never-lent", "barcode")
    assert [("kept", "Our town.")] == await rows(service, "/v1/lists/never-lent?kept=true", "barcode", "keep_reason")
    service.library.clock.pass_by(timedelta(seconds=1))
    assert ["old", "lent", "new"] == await rows(service, "/v1/lists/never-lent?years=0", "barcode")
    assert [] == await rows(service, "/v1/lists/never-lent?branch=EAST", "barcode")


async def test_a_list_has_the_rows_of_the_route_that_gives_them_already(service: Service) -> None:
    copies = await shelf(service, *(f"{number}" for number in range(5)))
    for number in ("1", "3"):
        await service.post(f"/v1/copies/{copies[number]['copy_id']}/status", {"status": "missing"})

    listed = await rows(service, "/v1/lists/missing", "copy_id")

    assert sorted(listed) == sorted(await rows(service, "/v1/copies?status=missing", "copy_id"))
    assert 2 == len(listed)
    assert [] == await rows(service, "/v1/lists/missing?days=1", "copy_id")


async def test_a_list_comes_in_pages_and_as_one_file(service: Service) -> None:
    await shelf(service, *(f"{number}" for number in range(5)))
    first = await service.get("/v1/lists/no-shelf-mark?limit=3", by="librarian")
    cursor = first.json()["next_cursor"]
    second = await service.get(f"/v1/lists/no-shelf-mark?limit=3&cursor={cursor}", by="librarian")
    file = await service.get("/v1/lists/no-shelf-mark", by="librarian", Accept="text/csv")

    in_pages = [row["barcode"] for page in (first, second) for row in page.json()["items"]]
    lines = [line.split(",") for line in file.text.splitlines()]
    assert (["0", "1", "2", "3", "4"], None) == (in_pages, second.json()["next_cursor"])
    assert in_pages == [line[lines[0].index("barcode")] for line in lines[1:]]
    assert 'attachment; filename="no-shelf-mark.csv"' == file.headers["content-disposition"]


async def test_books_of_one_isbn_are_listed_as_perhaps_the_same(service: Service) -> None:
    one, other = await service.add_book(), await service.add_book()

    found = await rows(service, "/v1/lists/duplicate-books", "alike_by", "total", "book_ids")

    assert [("title", 2, [one["book_id"], other["book_id"]])] == found


@pytest.mark.parametrize("path", ["never-lent", "missing", "no-shelf-mark", "duplicate-books"])
async def test_the_lists_are_for_those_who_look_after_the_stock(service: Service, path: str) -> None:
    for who in (None, "member", "kiosk"):
        assert (await service.get(f"/v1/lists/{path}", by=who)).status_code in (401, 403)
    unknown = await service.get(f"/v1/lists/{path}?colour=red", by="librarian")
    assert (422, "invalid-request") == problem(unknown)


@pytest.mark.parametrize("path", ["never-lent?years=0&", "missing?", "no-shelf-mark?"])
async def test_a_list_costs_one_statement_however_long_it_is(service: Service, path: str) -> None:
    copies = await shelf(service, *(f"{number}" for number in range(8)))
    if path == "missing?":
        for copy in copies.values():
            await service.post(f"/v1/copies/{copy['copy_id']}/status", {"status": "missing"})
    service.library.clock.pass_by(timedelta(seconds=1))

    costs = []
    for limit in (1, 7):
        async with service.library.statements() as seen:
            assert limit == len(await rows(service, f"/v1/lists/{path}limit={limit}", "barcode"))
        costs.append(len([each for each in seen if each.lstrip().upper().startswith(("SELECT", "WITH"))]))

    assert [1, 1] == costs
