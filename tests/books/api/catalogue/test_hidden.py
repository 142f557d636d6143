"""What the public is not shown: suppressed titles and copies, and what is withdrawn or lost; staff see all of it."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.books.api.conftest import Service, problem

OAI = "{http://www.openarchives.org/OAI/2.0/}"


async def titles(service: Service, who: str | None = None, query: str = "") -> list[str]:
    items = (await service.get(f"/v1/books?sort=title&{query}", by=who)).json()["items"]
    return [book["title"] for book in items]


async def counts(service: Service, book: dict[str, Any], who: str | None = None) -> tuple[int, int, int]:
    shown = (await service.get(f"/v1/books/{book['book_id']}", by=who)).json()["availability"]
    (listed,) = (await service.get(f"/v1/books/availability?book_id={book['book_id']}", by=who)).json()["items"]
    assert shown == listed["availability"]
    return shown["copies"], shown["lendable"], shown["hidden_copies"]


async def barcodes(service: Service, book: dict[str, Any], who: str | None = None) -> set[tuple[str, ...]]:
    """The copies of a book, in each of the lists where they stand."""
    of_book = (await service.get(f"/v1/books/{book['book_id']}/copies", by=who)).json()["items"]
    of_all = (await service.get("/v1/copies", by=who)).json()["items"]
    holdings = (await service.get(f"/v1/books/holdings?book_id={book['book_id']}", by=who)).json()["items"]
    for held in holdings:
        assert held["total"] == len(held["copies"])
    return {
        tuple(copy["barcode"] for copy in copies)
        for copies in (of_book, of_all, *(held["copies"] for held in holdings))
    }


async def change(service: Service, copy: dict[str, Any], **facts: Any) -> None:
    answer = await service.change("PATCH", f"/v1/copies/{copy['copy_id']}", facts, if_match="*")
    assert 200 == answer.status_code, answer.text


async def put(service: Service, copy: dict[str, Any], status: str, by: str = "admin") -> None:
    answer = await service.post(f"/v1/copies/{copy['copy_id']}/status", {"status": status}, by=by)
    assert 200 == answer.status_code, answer.text


async def harvested(service: Service, book: dict[str, Any]) -> tuple[str | None, str]:
    """How a harvester sees a book: whether it is deleted, and all that is said of it."""
    query = f"verb=GetRecord&metadataPrefix=marc21&identifier=oai:library:{book['book_id']}"
    answer = (await service.get(f"/oai?{query}")).text
    header = ET.fromstring(answer).find(f".//{OAI}header")
    assert header is not None
    return header.get("status"), answer


async def found_by_sru(service: Service) -> str:
    answer = (await service.get("/sru?operation=searchRetrieve&version=1.2&query=austen")).text
    return answer.partition("<numberOfRecords>")[2].partition("<")[0]


async def test_a_suppressed_title_is_for_staff_alone_wherever_it_is_looked_for(service: Service) -> None:
    shown, _ = await service.shelve("1")
    hidden = await service.add_book(title="Sanditon", suppressed=True, subjects=["Seaside"])
    await service.post(f"/v1/books/{hidden['book_id']}/copies", {"barcode": "2", "branch": "MAIN"})

    for who in (None, "member", "loans"):
        assert ["Emma"] == await titles(service, who) == await titles(service, who, "q=austen")
        assert [] == await titles(service, who, "q=sanditon")
        assert [] == await titles(service, who, "subject=seaside")
        counted = (await service.get("/v1/books?author=austen&total=true&facets=subject,author", by=who)).json()
        assert (1, 1, []) == (counted["total"], counted["facets_books"], counted["facets"]["subject"])
        assert {("1",)} == await barcodes(service, shown, who)
        path = f"/v1/books/{hidden['book_id']}"
        assert (404, "book-not-found") == problem(await service.get(path, by=who))
        assert (404, "book-not-found") == problem(await service.get(f"{path}/copies", by=who))
        assert [] == (await service.get(f"/v1/books/availability?book_id={hidden['book_id']}", by=who)).json()["items"]
        assert [] == (await service.get(f"/v1/books/holdings?book_id={hidden['book_id']}", by=who)).json()["items"]
        assert [] == (await service.get("/v1/copies?barcode=2", by=who)).json()["items"]
    assert "deleted" == (await harvested(service, hidden))[0]
    assert "1" == await found_by_sru(service)

    assert ["Emma", "Sanditon"] == await titles(service, "librarian") == await titles(service, "librarian", "q=austen")
    seen = (await service.get(f"/v1/books/{hidden['book_id']}", by="librarian")).json()
    assert (True, True) == (seen["suppressed"], seen["hidden"])


async def test_a_title_is_suppressed_and_shown_again_and_harvesters_hear_of_both(service: Service) -> None:
    book = await service.add_book()
    path = f"/v1/books/{book['book_id']}"

    for suppressed, status, found in ((True, "deleted", []), (False, None, ["Emma"])):
        service.library.clock.pass_by(timedelta(hours=1))
        answer = await service.change("PATCH", path, {"suppressed": suppressed}, if_match="*")
        assert (200, suppressed) == (answer.status_code, answer.json()["suppressed"])
        assert (status, found) == ((await harvested(service, book))[0], await titles(service))
        since = f"{service.library.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        service.library.clock.pass_by(timedelta(hours=1))
        listed = (await service.get(f"/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&from={since}")).text
        assert book["book_id"] in listed

    entries = (await service.get(f"{path}/history", by="librarian")).json()["items"]
    assert [(True, None), (None, True)] == [
        (one["before"], one["after"]) for entry in entries for one in entry["changed"]
    ]


@pytest.mark.parametrize("status", ["withdrawn", "lost"])
async def test_a_withdrawn_or_lost_copy_leaves_public_lists_and_counts_and_stays_on_record(
    service: Service, status: str
) -> None:
    book, (kept, gone) = await service.shelve("1", "2")

    await put(service, gone, status)

    assert ((1, 1, 0), {("1",)}) == (await counts(service, book), await barcodes(service, book))
    assert ((2, 1, 1), {("1", "2")}) == (
        await counts(service, book, "librarian"),
        await barcodes(service, book, "librarian"),
    )
    assert (404, "copy-not-found") == problem(await service.get(f"/v1/copies/{gone['copy_id']}"))
    assert status == (await service.get(f"/v1/copies/{gone['copy_id']}", by="librarian")).json()["status"]
    seen = (await harvested(service, book))[1]
    assert (True, False) == tuple(f'code="p">{copy["barcode"]}<' in seen for copy in (kept, gone))
    assert (409, "book-has-copies") == problem(await service.change("DELETE", f"/v1/books/{book['book_id']}"))


async def test_a_suppressed_copy_counts_for_nobody_but_is_lent_by_staff(service: Service) -> None:
    book, (_, hidden) = await service.shelve("1", "2")

    await change(service, hidden, suppressed=True)

    assert ((1, 1, 0), {("1",)}) == (await counts(service, book), await barcodes(service, book))
    assert ((2, 1, 1), {("1", "2")}) == (
        await counts(service, book, "librarian"),
        await barcodes(service, book, "librarian"),
    )
    answer = (await service.get("/v1/copies/lendability?barcode=2", by="loans")).json()
    assert (True, True) == (answer["lendable"], answer["hidden"])
    await change(service, hidden, suppressed=False)
    assert (2, 2, 0) == await counts(service, book)


async def test_a_machine_that_lends_sees_what_is_put_into_it_and_not_what_staff_wrote(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    await change(service, copy, suppressed=True, staff_note="Bought twice.")

    (seen,) = (await service.get("/v1/copies?barcode=1", by="kiosk")).json()["items"]

    assert ("1", None) == (seen["barcode"], seen["staff_note"])


async def test_a_title_whose_last_copy_is_gone_leaves_and_comes_back_with_a_new_one(service: Service) -> None:
    book, (copy,) = await service.shelve("1")
    await put(service, copy, "withdrawn")

    assert ([], "deleted", "0") == (
        await titles(service),
        (await harvested(service, book))[0],
        await found_by_sru(service),
    )
    assert (404, "book-not-found") == problem(await service.get(f"/v1/books/{book['book_id']}"))
    seen = (await service.get(f"/v1/books/{book['book_id']}", by="librarian")).json()
    assert (False, True) == (seen["suppressed"], seen["hidden"])

    await service.post(f"/v1/books/{book['book_id']}/copies", {"barcode": "2", "branch": "MAIN"})
    assert (["Emma"], None) == (await titles(service), (await harvested(service, book))[0])
    assert (1, 1, 0) == await counts(service, book)


async def test_what_turns_up_or_is_taken_back_or_removed_brings_its_title_back(service: Service) -> None:
    book, (copy,) = await service.shelve("1")

    for status in ("lost", "in_service", "withdrawn", "in_service"):
        await put(service, copy, status)
        assert (["Emma"] if status == "in_service" else []) == await titles(service)
    await change(service, copy, suppressed=True)
    assert [] == await titles(service)
    await service.change("DELETE", f"/v1/copies/{copy['copy_id']}", if_match="*")
    assert ["Emma"] == await titles(service)
    assert (0, 0, 0) == await counts(service, book)


async def test_a_title_that_never_had_a_copy_one_on_order_and_an_electronic_one_are_shown(service: Service) -> None:
    _, (ordered,) = await service.shelve("1", title="Ordered")
    _, (printed,) = await service.shelve("2", title="Electronic", format="ebook")
    await service.add_book(title="Never had a copy")
    await put(service, ordered, "on_order")
    await put(service, printed, "withdrawn")

    assert ["Electronic", "Never had a copy", "Ordered"] == await titles(service)


async def test_a_copy_that_moves_to_another_title_hides_and_shows_both_as_it_must(service: Service) -> None:
    left, (first, second) = await service.shelve("1", "2")
    right, _ = await service.shelve(title="Persuasion")
    await put(service, first, "withdrawn")

    await change(service, second, book_id=right["book_id"])
    assert ["Persuasion"] == await titles(service)
    await change(service, second, book_id=left["book_id"])
    assert ["Emma", "Persuasion"] == await titles(service)
    await change(service, first, book_id=right["book_id"])
    assert ["Emma"] == await titles(service)


async def test_a_merger_keeps_what_the_title_that_stays_says_of_the_public(service: Service) -> None:
    duplicate = await service.add_book(suppressed=True)
    stays, (copy,) = await service.shelve("1", title="Emma, again")
    await put(service, copy, "withdrawn")

    merged = await service.post(f"/v1/books/{stays['book_id']}/merge", {"into": duplicate["book_id"]})
    assert (200, True) == (merged.status_code, merged.json()["suppressed"])
    other = await service.add_book(title="Shown", authors=["Somebody"])
    again = await service.post(f"/v1/books/{duplicate['book_id']}/merge", {"into": other["book_id"]})
    assert (False, True) == (again.json()["suppressed"], again.json()["hidden"])


async def test_pages_of_everything_leave_out_what_is_hidden_and_stay_full(service: Service) -> None:
    for number in range(12):
        await service.add_book(title=f"Volume {number:02}", suppressed=number % 3 != 0)

    for sort in ("title", "-added_at", "-published_year"):
        seen: list[str] = []
        query = "limit=2"
        while True:
            page = (await service.get(f"/v1/books?sort={sort}&{query}")).json()
            seen += [book["title"] for book in page["items"]]
            if page["next_cursor"] is None:
                break
            assert 2 == len(page["items"])
            query = f"limit=2&cursor={page['next_cursor']}"
        assert [f"Volume {number:02}" for number in (0, 3, 6, 9)] == sorted(seen)


@pytest.mark.parametrize("format", ["json", "csv", "yaml", "marcxml", "marc"])
async def test_what_is_suppressed_goes_out_in_a_file_and_comes_back_suppressed(service: Service, format: str) -> None:
    book, (copy,) = await service.shelve("1")
    await change(service, copy, suppressed=True)
    await service.change("PATCH", f"/v1/books/{book['book_id']}", {"suppressed": True}, if_match="*")
    content = (await service.get(f"/v1/exports/books?format={format}", by="librarian")).content
    await service.change("DELETE", f"/v1/copies/{copy['copy_id']}", if_match="*")
    await service.change("DELETE", f"/v1/books/{book['book_id']}", if_match="*")

    await service.upload(content, query=f"format={format}")
    await service.library.work()

    (copy,) = (await service.get("/v1/copies?barcode=1", by="librarian")).json()["items"]
    (book,) = (await service.get("/v1/books", by="librarian")).json()["items"]
    assert (True, True, True) == (copy["suppressed"], book["suppressed"], book["hidden"])
    assert [] == await titles(service)


async def test_a_file_that_says_neither_yes_nor_no_is_told_so(service: Service) -> None:
    await service.post("/v1/branches", {"code": "MAIN", "name": "Main library"})
    path = (await service.upload(b"title,suppressed\r\nEmma,perhaps\r\n")).headers["location"]
    await service.library.work()

    report = (await service.get(path, by="librarian")).json()
    assert (1, ["invalid-flag"]) == (report["created"], [error["code"] for error in report["errors"]])
