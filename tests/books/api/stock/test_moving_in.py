"""What a library does on its first mornings: lists, corrections, stocktaking, and questions about many at once."""

from typing import Any
from uuid import UUID

import pytest

from tests.books.api.conftest import Service, problem
from tests.books.makers import ISBN, OTHER_ISBN, a_copy, any_id
from tests.statements import told_to_driver


async def test_lending_asks_of_many_copies_at_once_and_is_answered_in_the_order_asked(service: Service) -> None:
    _, (first, second) = await service.shelve("AB 1", "2")
    await service.post(f"/v1/copies/{second['copy_id']}/status", {"status": "lost"})
    asked = [
        {"copy_id": second["copy_id"], "branch": "main"},
        {"barcode": "nobody's"},
        {"barcode": "ab1", "branch": "ATLANTIS"},
        {"copy_id": str(any_id())},
    ]

    answer = await service.post("/v1/copies/lendability", {"copies": asked}, by="loans")

    items = answer.json()["items"]
    assert (200, [["found"], ["problem"], ["found"], ["problem"]]) == (answer.status_code, [list(one) for one in items])
    single = (await service.get(f"/v1/copies/lendability?copy_id={second['copy_id']}&branch=main", by="loans")).json()
    assert single == items[0]["found"]
    assert ("lost", "MAIN") == (single["refusals"][0]["status"], single["desk_branch"])
    assert (first["copy_id"], True, None) == tuple(
        items[2]["found"][name] for name in ("copy_id", "lendable", "desk_branch")
    )
    assert "copy-not-found" == items[1]["problem"]["code"] == items[3]["problem"]["code"]


@pytest.mark.parametrize(
    "copies",
    [[], [{"barcode": "1"}] * 101, [{}], [{"barcode": "1", "copy_id": str(any_id())}], [{"colour": "red"}], None],
    ids=["none", "too many", "nothing named", "named twice", "unknown", "null"],
)
async def test_what_cannot_be_asked_of_many_copies_is_refused(service: Service, copies: Any) -> None:
    assert 422 == (await service.post("/v1/copies/lendability", {"copies": copies}, by="loans")).status_code


@pytest.mark.parametrize(("by", "status"), [(None, 401), ("member", 403), ("librarian", 403)])
async def test_only_lending_asks_of_many_copies(service: Service, by: str | None, status: int) -> None:
    answer = await service.post("/v1/copies/lendability", {"copies": [{"barcode": "1"}]}, by=by)

    assert status == answer.status_code


async def test_the_holdings_and_the_availability_of_many_books_are_shown_in_one_call(service: Service) -> None:
    book, (first, _) = await service.shelve("1", "2")
    bare = await service.add_book(title="Villette")
    await service.library.hear(UUID(first["copy_id"]), "in_transit", sequence=1, transit_to="EAST")
    query = f"book_id={bare['book_id']}&book_id={any_id()}&book_id={book['book_id']}"

    holdings = (await service.get(f"/v1/books/holdings?{query}")).json()["items"]
    counts = (await service.get(f"/v1/books/availability?{query}")).json()["items"]

    assert [(bare["book_id"], 0, 0), (book["book_id"], 2, 2)] == [
        (one["book_id"], one["total"], len(one["copies"])) for one in holdings
    ]
    assert ("in_transit", "EAST", True) == tuple(
        holdings[1]["copies"][0][name] for name in ("availability", "transit_to", "holdable")
    )
    assert [(bare["book_id"], 0), (book["book_id"], 1)] == [
        (one["book_id"], one["availability"]["available"]) for one in counts
    ]
    too_many = "&".join(f"book_id={any_id()}" for _ in range(101))
    assert (422, "invalid-request") == problem(await service.get(f"/v1/books/holdings?{too_many}"))
    assert (422, "invalid-request") == problem(await service.get("/v1/books/availability"))


async def test_five_hundred_copies_cost_as_many_statements_as_five(service: Service) -> None:
    book, _ = await service.shelve(*(f"A{number}" for number in range(5)))
    paths = [f"/v1/books/{route}?book_id={book['book_id']}" for route in ("holdings", "availability")]
    paths.append(f"/v1/books/{book['book_id']}/copies")
    async with told_to_driver(service.library.database) as few:
        for path in paths:
            assert 200 == (await service.get(path)).status_code
    async with service.library.unit_of_work() as uow:
        for number in range(495):
            copy = a_copy(id=any_id(), book_id=UUID(book["book_id"]), barcode=f"B{number}", with_events=True)
            uow.copies.add(copy)
        await uow.commit()

    async with told_to_driver(service.library.database) as many:
        answers = [(await service.get(path)).json() for path in paths]

    (held,) = answers[0]["items"]
    assert (500, 100) == (held["total"], len(held["copies"]))
    assert len(few.inside) == len(many.inside)


async def test_copies_are_listed_by_what_they_are_page_by_page(service: Service) -> None:
    await service.post("/v1/branches", {"code": "EAST", "name": "East", "locations": [{"code": "KIDS", "name": "K"}]})
    book, _ = await service.shelve("1")
    for number, facts in enumerate(
        (
            {"branch": "EAST", "location": "kids", "shelf_mark": "b 1"},
            {"branch": "EAST", "shelf_mark": "C 1", "item_type": "dvd"},
            {"branch": "EAST", "shelf_mark": "Z", "status": "in_repair"},
        ),
        start=2,
    ):
        answer = await service.post(f"/v1/books/{book['book_id']}/copies", {"barcode": str(number), **facts})
        assert 201 == answer.status_code, answer.text

    async def listed(query: str) -> list[str]:
        return [copy["barcode"] for copy in (await service.get(f"/v1/copies?{query}")).json()["items"]]

    assert ["1", "2", "3", "4"] == await listed("")
    assert ["2", "3", "4"] == await listed("branch=east")
    assert ["2"] == await listed("branch=EAST&location=Kids")
    assert ["4"] == await listed("status=in_repair&status=lost")
    assert ["3"] == await listed("item_type=dvd")
    assert ["2", "3"] == await listed("shelf_mark_from=B&shelf_mark_to=c%201")
    assert ["1", "2", "3", "4"] == await listed("last_seen_before=2026-03-02T10:00:01Z")
    assert [] == await listed("last_seen_before=2026-03-02T10:00:00Z")
    assert [] == await listed("branch=ATLANTIS")
    refused = await service.get("/v1/copies?shelf_mark_from=B%2010&shelf_mark_to=B%202")
    assert (422, "invalid-shelf-mark-range", "/shelf_mark_to") == (
        refused.status_code, refused.json()["code"], refused.json()["errors"][0].get("pointer"),
    )  # fmt: skip
    page = (await service.get("/v1/copies?branch=EAST&limit=2")).json()
    rest = (await service.get(f"/v1/copies?branch=EAST&limit=2&cursor={page['next_cursor']}")).json()
    assert (2, ["4"], None) == (
        len(page["items"]),
        [copy["barcode"] for copy in rest["items"]],
        rest["next_cursor"],
    )


async def test_a_mistyped_barcode_is_corrected_and_a_copy_entered_by_mistake_removed(service: Service) -> None:
    book, (copy,) = await service.shelve("3000")
    path = f"/v1/copies/{copy['copy_id']}"

    corrected = await service.change("PATCH", path, {"barcode": "3001"})
    removed = await service.change("DELETE", path, if_match='"2"')

    assert (200, "3001") == (corrected.status_code, corrected.json()["barcode"])
    assert (204, 404) == (removed.status_code, (await service.get(path)).status_code)
    assert 204 == (await service.change("DELETE", f"/v1/books/{book['book_id']}")).status_code


async def test_two_books_are_merged_and_the_same_request_again_answers_the_same(service: Service) -> None:
    book, _ = await service.shelve("1", "2")
    other = await service.add_book(title="Emma. A novel", isbns=[OTHER_ISBN])
    path = f"/v1/books/{book['book_id']}/merge"

    first = await service.post(path, {"into": other["book_id"]}, key="k-1")
    again = await service.post(path, {"into": other["book_id"]}, key="k-1")

    assert (200, 2, first.content) == (first.status_code, first.json()["availability"]["copies"], again.content)
    gone = await service.get(f"/v1/books/{book['book_id']}")
    assert ((404, "book-merged"), other["book_id"]) == (problem(gone), gone.json()["into"])
    itself = await service.post(f"/v1/books/{other['book_id']}/merge", {"into": other["book_id"]})
    assert (409, "merged-into-itself") == problem(itself)


async def test_many_copies_are_withdrawn_at_once_with_a_result_for_each(service: Service) -> None:
    await service.shelve("1", "2")
    body = {"barcodes": ["1", "3", "2"], "status": "withdrawn", "reason": "Weeded."}

    answer = await service.post("/v1/copies/statuses", body)

    assert (200, 2, 1) == (answer.status_code, answer.json()["changed"], answer.json()["failed"])
    assert ["withdrawn", "copy-not-found", "withdrawn"] == [
        (line["changed_copy"] or {}).get("status") or line["problem"]["code"] for line in answer.json()["items"]
    ]


async def test_stock_is_taken_of_a_shelf(service: Service) -> None:
    await service.shelve("1", "2")
    begun = await service.post("/v1/inventories", {"branch": "main"})
    path = begun.headers["location"]

    noted = await service.post(f"{path}/scans", {"barcodes": ["1", "x-9"]})
    found = (await service.get(path, by="librarian")).json()

    assert (201, 200, 2) == (begun.status_code, noted.status_code, noted.json()["scanned"])
    assert (["2"], [], [], ["x-9"], True) == (
        [copy["barcode"] for copy in found["missing"]],
        found["misplaced"],
        found["wrong_status"],
        found["unknown"],
        found["complete"],
    )
    assert (404, "inventory-not-found") == problem(await service.get(f"/v1/inventories/{any_id()}", by="librarian"))
    assert (422, "unknown-branch") == problem(await service.post("/v1/inventories", {"branch": "x"}))
    assert 401 == (await service.get(path)).status_code


async def test_what_stocktaking_finds_is_listed_page_by_page(service: Service) -> None:
    await service.shelve(*(f"C{number}" for number in range(5)))
    path = (await service.post("/v1/inventories", {"branch": "main"})).headers["location"]
    await service.post(f"{path}/scans", {"barcodes": ["C2", *(f"x-{number}" for number in range(3))]})

    async def pages(list_: str) -> list[list[str]]:
        found, next_ = list[list[str]](), f"{path}/{list_}limit=2"
        while next_:
            page = (await service.get(next_, by="librarian")).json()
            found.append([one["barcode"] for one in page["items"]])
            next_ = page["next_cursor"] and f"{path}/{list_}limit=2&cursor={page['next_cursor']}"
        return found

    assert [["C0", "C1"], ["C3", "C4"]] == await pages("copies?list=missing&")
    assert [[]] == await pages("copies?list=misplaced&")
    assert [["x-0", "x-1"], ["x-2"]] == await pages("unknown?")
    for list_ in ("copies?list=missing", "unknown"):
        nothing = await service.get(f"/v1/inventories/{any_id()}/{list_}", by="librarian")
        assert (404, "inventory-not-found") == problem(nothing)


async def test_copies_come_in_with_their_books_and_go_out_again(service: Service) -> None:
    await service.post("/v1/branches", {"code": "MAIN", "name": "Main library"})
    file = (
        "title,isbns,copy_barcode,copy_branch,copy_price,colour\n"
        f"Emma,{ISBN},1,MAIN,12.90 EUR,red\nEmma,{ISBN},2,main,,\nVillette,,3,NOWHERE,,\n"
    ).encode()

    path = (await service.upload(file)).headers["location"]
    await service.library.work()
    report = (await service.get(path, by="librarian")).json()

    assert {"created": 2, "updated": 0, "skipped": 0, "failed": 1} == report["kinds"]["copies"]
    assert (["unknown-branch"], {"colour": 1}) == ([one["code"] for one in report["errors"]], report["left_out"])
    exported = (await service.get("/v1/exports/books?format=json", by="librarian")).json()
    assert [["1", "2"], []] == [[copy["barcode"] for copy in book.get("copies", ())] for book in exported]
    lines = (await service.get("/v1/exports/copies?format=csv", by="librarian")).text.splitlines()
    assert 3 == len(lines)
    again = (await service.upload("\n".join(lines).encode(), query="format=csv&what=copies")).headers["location"]
    await service.library.work()
    unchanged = (await service.get(again, by="librarian")).json()
    assert (2, 2) == (unchanged["read"], unchanged["skipped"])
