"""A file that comes again takes nothing back, whatever was done here since, in every format and kind."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from books_service.adapters.exchange.record_formats import COPY_WRITERS, RECORD_WRITERS
from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.exchange.ports import ExportedBook, IncomingRecord
from books_service.application.stock.merge_books import BookMerger
from books_service.application.stock.remove_copy import CopyRemoval
from books_service.application.stock.revise_copy import CopyRevision
from books_service.domain.stock.branch import Location
from books_service.domain.stock.copy_record import CopyRecord
from books_service.persistence.tables import copies
from shared.kernel.imports import ImportView
from tests.books.bringing_in import bring_in, everything, open_branches, state, stocked
from tests.books.library import Library
from tests.books.makers import EMMA, ISBN, OTHER_ISBN, a_line, a_record

COPY = {"barcode": "1", "branch": "MAIN", "location": "A", "shelf_mark": "B 10", "status": "in_repair", "price": "9.00"}
NUMBERED = {"isbns": [ISBN]}
BY_NUMBER = {"identifiers": [("control_number", "17", "DLC")]}
BY_KEY = {"external_id": "koha-7"}
BY_TITLE: dict[str, Any] = {}
KNOWN_BY: dict[str, dict[str, Any]] = {
    "ISBN": NUMBERED,
    "control number": BY_NUMBER,
    "external id": BY_KEY,
    "title": BY_TITLE,
}


def a_file(format: str, *, what: str = "books", copy: dict[str, str] = COPY, **reported: Any) -> bytes:
    """A file of one book with one copy, as another system writes it."""
    held, _ = CopyRecord.repaired(copy, "EUR")
    book = ExportedBook(a_record(publisher="Penguin", **reported), (held,))
    writer = (RECORD_WRITERS if what == "books" else COPY_WRITERS)[format]
    return writer.head + writer.write(book) + writer.foot


async def run(library: Library, content: bytes, format: str, what: str = "books") -> ImportView:
    started = await library.start_import(content, format=format, what=what)
    assert await library.work()
    return await library.seen(started)


async def the_book(library: Library) -> UUID:
    return (await state(library))[0][0]


async def the_copy(library: Library) -> UUID:
    (copy,) = await library.database.rows(select(copies.c.copy_id))
    return UUID(str(copy.copy_id))


def revising(**fields: Any) -> Callable[[Library], Awaitable[object]]:
    async def act(library: Library) -> None:
        await library.books.revise_book(BookRevision(await the_book(library), None, fields))

    return act


def describing(**facts: Any) -> Callable[[Library], Awaitable[object]]:
    async def act(library: Library) -> None:
        await library.stock.revise_copy(CopyRevision(await the_copy(library), None, facts))

    return act


async def merging(library: Library) -> None:
    other = await library.add_book(title="Emma, annotated", isbns=[OTHER_ISBN])
    await library.stock.merge_books(BookMerger(await the_book(library), into=other.book_id))


async def repairing(library: Library) -> None:
    await library.set_status(await the_copy(library), "in_service")


async def weeding(library: Library) -> None:
    await library.stock.remove_copy(CopyRemoval(await the_copy(library)))
    await library.books.remove_book(BookRemoval(await the_book(library)))


async def removing_the_copy(library: Library) -> None:
    await library.stock.remove_copy(CopyRemoval(await the_copy(library)))


OF_BOOKS = {
    "another title": revising(title="Emma, a novel"),
    "no publisher": revising(publisher=None),
    "another ISBN": revising(isbns=(OTHER_ISBN,)),
    "another key": revising(external_id="ours"),
    "a subject": revising(subjects=("England",)),
    "a merger": merging,
    "a removal": weeding,
}
OF_COPIES = {
    "another branch": describing(branch="WEST"),
    "another location": describing(location="B"),
    "another shelf mark": describing(shelf_mark="C 1"),
    "another barcode": describing(barcode="99"),
    "another price": describing(price={"amount": 4900, "currency": "EUR"}),
    "another item type": describing(item_type="dvd"),
    "no location": describing(location=None),
    "another status": repairing,
    "a removal of the copy": removing_the_copy,
}


@pytest.mark.parametrize("known_by", KNOWN_BY)
@pytest.mark.parametrize("act", OF_BOOKS)
async def test_the_same_file_of_books_takes_nothing_back(library: Library, act: str, known_by: str) -> None:
    await open_branches(library)
    for format in RECORD_WRITERS:
        content = a_file(format, **KNOWN_BY[known_by])
        await library.clear()
        await open_branches(library)
        assert 1 == (await run(library, content, format)).created
        await OF_BOOKS[act](library)
        there = await everything(library)

        again = await run(library, content, format)

        assert (0, 0, 1) == (again.created, again.updated, again.skipped), format
        assert there == await everything(library), format
        assert ["removed-here"] * (2 if act == "a removal" else 0) == [error.code for error in again.errors], format


@pytest.mark.parametrize("act", OF_COPIES)
@pytest.mark.parametrize("external_id", [None, "item-7"])
async def test_the_same_file_takes_nothing_back_of_a_copy(library: Library, act: str, external_id: str | None) -> None:
    copy = COPY | ({} if external_id is None else {"external_id": external_id})
    inside = [("books", format) for format in RECORD_WRITERS]
    for what, format in inside + [("copies", format) for format in COPY_WRITERS]:
        await library.clear()
        await open_branches(library)
        if what == "copies":
            await library.add_book(isbns=[ISBN])
        content = a_file(format, what=what, copy=copy, isbns=[ISBN])
        assert (await run(library, content, format, what)).failed == 0
        await OF_COPIES[act](library)
        there = await everything(library)

        again = await run(library, content, format, what)

        assert 1 == again.skipped, (what, format)
        assert there == await everything(library), (what, format)


@pytest.mark.parametrize("format", RECORD_WRITERS)
async def test_a_record_that_changed_changes_only_what_changed_there(library: Library, format: str) -> None:
    await open_branches(library)
    await run(library, a_file(format, isbns=[ISBN]), format)
    await revising(title="Emma, a novel", subjects=("England",))(library)
    await describing(shelf_mark="C 1", branch="WEST")(library)

    again = await run(library, a_file(format, copy=COPY | {"price": "12.00"}, isbns=[ISBN], edition="2nd"), format)

    assert (1, 1, ()) == (again.updated, again.kinds["copies"].updated, again.errors)
    ((book_id, _, record),) = await state(library)
    assert ("Emma, a novel", ("England",), "2nd") == (record.title, record.subjects, record.edition)
    (copy,) = await library.queries.copies_of(book_id, after=None, limit=10)
    assert ("C 1", "WEST", 1200) == (copy.shelf_mark, copy.branch, copy.price and copy.price.amount)


async def test_where_both_changed_a_field_the_file_is_followed_and_that_is_told(library: Library) -> None:
    await open_branches(library)
    await run(library, a_file("json", isbns=[ISBN]), "json")
    await revising(publisher="Vintage", edition="ours")(library)
    await describing(shelf_mark="C 1")(library)

    changed = a_file("json", copy=COPY | {"shelf_mark": "D 1"}, isbns=[ISBN], subtitle="A novel").replace(
        b"Penguin", b"Folio"
    )
    again, once_more = await run(library, changed, "json"), await run(library, changed, "json")

    assert ["changed-here-too"] * 2 == [error.code for error in again.errors]
    assert ["publisher" in again.errors[0].detail, "shelf_mark" in again.errors[1].detail] == [True, True]
    ((_, _, record),) = await state(library)
    assert ("Folio", "ours", "A novel") == (record.publisher, record.edition, record.subtitle)
    assert (1, ()) == (once_more.skipped, once_more.errors)


async def test_a_merged_title_that_changed_there_is_left_aside_and_its_new_copies_come(library: Library) -> None:
    await open_branches(library)
    await run(library, a_file("json", isbns=[ISBN]), "json")
    await merging(library)
    ((survivor, _, _),) = before = await state(library)

    again = await run(library, a_file("json", copy=COPY | {"barcode": "2"}, isbns=[ISBN], edition="2nd"), "json")

    assert before == await state(library)
    assert (1, 1, ["merged-here"]) == (
        again.skipped,
        again.kinds["copies"].created,
        [error.code for error in again.errors],
    )
    assert {"1", "2"} == {copy.barcode for copy in await library.queries.copies_of(survivor, after=None, limit=10)}


async def test_copies_of_a_merged_book_are_brought_to_the_one_that_stays(library: Library) -> None:
    await open_branches(library)
    await run(library, a_file("json", isbns=[ISBN], external_id="koha-7"), "json")
    gone = await the_book(library)
    await merging(library)

    rows = f"barcode,branch,isbn,book_id,book\n2,MAIN,{ISBN},,\n3,MAIN,,{gone},\n4,MAIN,,,koha-7\n"
    brought = await run(library, rows.encode(), "csv", "copies")

    assert (3, 0) == (brought.created, brought.failed), brought.errors


async def test_a_location_that_was_not_there_yet_counts_as_soon_as_it_is(library: Library) -> None:
    await library.open_branch()
    assert ["unknown-location"] == [error.code for error in (await run(library, a_file("json"), "json")).errors]
    async with library.unit_of_work() as uow:
        branch = await uow.branches.find("MAIN")
        assert branch is not None
        branch.revise(locations=[Location("A", "Adults")], in_use=frozenset())
        await uow.commit()

    await run(library, a_file("json"), "json")

    (copy,) = await library.queries.copies_of(await the_book(library), after=None, limit=1)
    assert "A" == copy.location


async def test_what_was_removed_and_entered_again_by_hand_is_left_as_it_is(library: Library) -> None:
    await open_branches(library)
    await run(library, a_file("json", isbns=[ISBN]), "json")
    await weeding(library)
    await library.add_book(title="Emma by hand", isbns=[ISBN])
    before = await state(library)

    again = await run(library, a_file("json", isbns=[ISBN], copy=COPY | {"barcode": "2"}), "json")

    assert before == await state(library)
    assert (1, 1, ()) == (again.skipped, again.kinds["copies"].created, again.errors)


async def test_a_record_means_the_book_that_has_its_isbn_beside_another(library: Library) -> None:
    book = await library.add_book(isbns=[OTHER_ISBN, ISBN], publisher="Vintage")

    taken = await run(library, a_file("json", isbns=[ISBN], copy={"barcode": "1"}, edition="2nd"), "json")

    ((book_id, _, record),) = await state(library)
    assert (book.book_id, 1) == (book_id, taken.updated)
    assert (OTHER_ISBN, "Vintage", "2nd") == (str(record.main_isbn), record.publisher, record.edition)


async def test_a_record_that_said_too_little_finds_its_book_again_and_still_does_not_change_it(
    library: Library,
) -> None:
    await stocked(library, a_record(isbns=[ISBN]))
    await bring_in(library, [a_line()])
    await revising(title="Emma, a novel")(library)

    same, _ = await bring_in(library, [a_line()])
    await revising(title=a_record().title)(library)
    changed, _ = await bring_in(library, [a_line(publisher="Vintage")])

    assert (1, 1) == (same.skipped, changed.skipped)
    ((book_id, _, record),) = await state(library)
    assert (EMMA, None) == (book_id, record.publisher)


async def test_a_set_and_its_volumes_of_one_file_stay_apart(library: Library) -> None:
    lines = [
        IncomingRecord(1, {"title": "Volume 1", "isbns": (OTHER_ISBN, ISBN)}),
        IncomingRecord(2, {"title": "All of it", "isbns": (ISBN,)}),
    ]

    counts, _ = await bring_in(library, lines)

    assert 2 == counts.created
