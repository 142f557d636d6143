"""Copies that come with books, or alone."""

from dataclasses import replace

import pytest

from books_service.application.exchange import import_books
from books_service.application.exchange.ports import IncomingRecord
from books_service.application.stock.views import CopyQuery
from books_service.domain.stock.copy_status import CopyStatus
from shared.kernel.file_records import Counts
from shared.kernel.imports import ImportFile
from tests.books.bringing_in import bring_in, event_types, state, titles
from tests.books.library import Library
from tests.books.makers import ISBN, OTHER_ISBN, a_line, any_id, counted, lines

COPY = {"barcode": "1", "branch": "main", "shelf_mark": "AUS 1", "price": "12.90 EUR"}


async def copies_of(library: Library) -> list[tuple[str, str, CopyStatus, str | None]]:
    found = await library.queries.copies(CopyQuery(), after=None, limit=100)
    return sorted((each.barcode, each.branch, each.status, each.shelf_mark) for each in found)


async def test_copies_come_with_their_book_and_the_same_file_again_changes_nothing(library: Library) -> None:
    await library.open_branch(locations=["KIDS"])
    file = [
        replace(a_line(1, isbns=(ISBN,)), copies=(COPY, {**COPY, "barcode": "2", "status": "in_repair"})),
        replace(a_line(2, title="Villette"), copies=({**COPY, "barcode": "3", "location": "kids"},)),
    ]

    first, errors = await bring_in(library, file)
    events = await event_types(library)
    second, _ = await bring_in(library, file)

    assert (counted(read=2, created=2, copies_created=3), []) == (first, errors)
    assert counted(read=2, skipped=2, copies_skipped=3) == second
    assert events == await event_types(library)
    assert [("1", "in_service"), ("2", "in_repair"), ("3", "in_service")] == [
        (barcode, status) for barcode, _, status, _ in await copies_of(library)
    ]
    (kids,) = await library.queries.copies_with_barcode("3")
    assert ("KIDS", 1290) == (kids.location, kids.price and kids.price.amount)


async def test_a_row_for_each_copy_makes_one_book_with_all_of_them(library: Library) -> None:
    await library.open_branch()
    rows = [replace(a_line(number), copies=({**COPY, "barcode": str(number)},)) for number in (1, 2, 3)]

    counts, _ = await bring_in(library, rows)

    assert counted(read=3, created=1, skipped=2, copies_created=3) == counts
    ((book_id, *_),) = await state(library)
    assert 3 == (await library.queries.book(book_id)).availability.copies


async def test_a_copy_that_cannot_be_taken_is_reported_and_stops_neither_its_book_nor_others(library: Library) -> None:
    await library.open_branch()
    _, (taken,) = await library.shelve("9", title="Villette")
    copies = (
        COPY,
        {**COPY, "barcode": "2", "branch": "NOWHERE"},
        {**COPY, "barcode": "9"},
        {"branch": "MAIN"},
        {"barcode": "3"},
        {**COPY, "barcode": "4", "location": "ATTIC", "price": "a lot", "status": "sleeping"},
    )

    counts, errors = await bring_in(library, [replace(a_line(1, isbns=(ISBN,)), copies=copies)])

    assert counted(read=1, created=1, copies_created=2, copies_failed=4) == counts
    assert [
        "barcode-taken",
        "copy-without-branch",
        "invalid-barcode",
        "invalid-price",
        "invalid-status",
        "unknown-branch",
        "unknown-location",
    ] == sorted(error.code for error in errors)
    assert taken.book_id == (await library.queries.copy(taken.copy_id)).book_id


async def test_a_copy_is_known_again_by_its_external_id_whatever_its_barcode_is_now(library: Library) -> None:
    await library.open_branch()
    await bring_in(library, [replace(a_line(1, isbns=(ISBN,)), copies=({**COPY, "external_id": "item-7"},))])

    counts, errors = await bring_in(
        library, [replace(a_line(1, isbns=(ISBN,)), copies=({**COPY, "barcode": "1b", "external_id": "ITEM-7"},))]
    )

    assert (1, []) == (counts.kinds["copies"].updated, errors)
    assert ["1b"] == [barcode for barcode, *_ in await copies_of(library)]


async def test_a_barcode_that_a_file_gives_to_two_things_is_reported(library: Library) -> None:
    await library.open_branch()
    file = [
        replace(a_line(1, isbns=(ISBN,)), copies=(COPY,)),
        replace(a_line(2, title="Villette"), copies=({**COPY, "shelf_mark": "BRO"},)),
    ]

    counts, errors = await bring_in(library, file)

    assert (1, 1) == (counts.kinds["copies"].created, counts.kinds["copies"].failed)
    assert ["barcode-repeated-in-file"] == [error.code for error in errors]


async def test_a_copy_of_which_one_thing_is_refused_is_not_changed_at_all_and_a_dry_run_says_so(
    library: Library,
) -> None:
    await library.open_branch()
    await bring_in(library, [replace(a_line(1, isbns=(ISBN,)), copies=({**COPY, "status": "withdrawn"},))])
    events = await event_types(library)
    file = [replace(a_line(1, isbns=(ISBN,)), copies=({**COPY, "shelf_mark": "NEW", "status": "in_service"},))]

    foreseen = await bring_in(library, file, dry_run=True)
    counts, errors = await bring_in(library, file)

    assert (1, ["copy-withdrawn"]) == (counts.kinds["copies"].failed, [error.code for error in errors])
    assert (counts, errors) == foreseen
    assert [("1", "MAIN", CopyStatus.WITHDRAWN, "AUS 1")] == await copies_of(library)
    assert events == await event_types(library)


async def test_a_copy_that_is_to_bear_the_barcode_of_another_is_reported_and_stops_no_other_record(
    library: Library,
) -> None:
    await library.open_branch()
    one, other = ({**COPY, "barcode": barcode, "external_id": f"item-{barcode}"} for barcode in ("1", "2"))
    await bring_in(library, [replace(a_line(1, isbns=(ISBN,)), copies=(one, other))])

    file = [replace(a_line(1, isbns=(ISBN,)), copies=({**one, "barcode": "2"},)), a_line(2, title="Villette")]
    counts, errors = await bring_in(library, file)

    assert (1, 1, ["barcode-taken"]) == (
        counts.created,
        counts.kinds["copies"].failed,
        [error.code for error in errors],
    )
    assert ["1", "2"] == [barcode for barcode, *_ in await copies_of(library)]


async def test_a_key_that_a_file_gives_to_two_copies_is_reported_each_time(library: Library) -> None:
    await library.open_branch()
    copies = tuple({**COPY, "barcode": barcode, "external_id": key} for barcode, key in (("1", "i-7"), ("2", "I-7")))
    file = [replace(a_line(1, isbns=(ISBN,)), copies=copies)]

    first, errors = await bring_in(library, file)
    second, _ = await bring_in(library, file)

    assert (1, 1) == (first.kinds["copies"].created, first.kinds["copies"].failed)
    assert ["external-id-repeated-in-file"] == [error.code for error in errors]
    assert (1, 1) == (second.kinds["copies"].skipped, second.kinds["copies"].failed)


async def test_a_copy_that_moves_keeps_no_location_of_the_branch_that_it_leaves(library: Library) -> None:
    await library.open_branch(locations=["KIDS"])
    await library.open_branch("EAST")
    copy = {**COPY, "location": "KIDS"}
    await bring_in(library, [replace(a_line(1, isbns=(ISBN,)), copies=(copy,))])

    _, errors = await bring_in(library, [replace(a_line(1, isbns=(ISBN,)), copies=({**copy, "branch": "EAST"},))])

    assert ["unknown-location"] == [error.code for error in errors]
    (moved,) = await library.queries.copies_with_barcode("1")
    assert ("EAST", None) == (moved.branch, moved.location)


async def test_copies_come_alone_for_books_that_they_name_by_isbn_id_or_external_id(library: Library) -> None:
    await library.open_branch()
    first = await library.add_book(isbns=[ISBN])
    second = await library.add_book(title="Villette", external_id="bib-2")
    file = [
        IncomingRecord(number, {}, copies=({**COPY, "barcode": str(number)},), is_copy=True, books=names)
        for number, names in enumerate(
            ((f"isbn:{ISBN}",), (f"id:{second.book_id}",), ("external:BIB-2",), ("isbn:none",), ()), start=1
        )
    ]

    counts, errors = await bring_in(library, file)
    again, _ = await bring_in(library, file)

    assert (Counts(read=5, created=3, failed=2), Counts(read=5, skipped=3, failed=2)) == (counts, again)
    assert [(4, "copy-without-book"), (5, "copy-without-book")] == [(error.record, error.code) for error in errors]
    assert [1, 2] == [(await library.queries.book(each.book_id)).availability.copies for each in (first, second)]


async def test_a_copy_belongs_to_the_first_book_that_it_names_and_the_catalogue_has(library: Library) -> None:
    await library.open_branch()
    emma = await library.add_book(isbns=[ISBN])
    villette = await library.add_book(title="Villette", external_id="bib-2")
    file = [
        IncomingRecord(number, {}, copies=({**COPY, "barcode": str(number)},), is_copy=True, books=names)
        for number, names in enumerate(
            (
                (f"id:{any_id()}", f"isbn:{ISBN}", "external:bib-2"),
                (f"id:{any_id()}", "isbn:none", "external:Bib-2"),
                ("isbn:0-14-143958-0",),
            ),
            start=1,
        )
    ]

    counts, errors = await bring_in(library, file)

    assert (Counts(read=3, created=3), []) == (counts, errors)
    assert [2, 1] == [(await library.queries.book(each.book_id)).availability.copies for each in (emma, villette)]


async def test_a_book_is_known_again_by_its_external_id_whatever_its_title_is_now(library: Library) -> None:
    await bring_in(library, [a_line(1, external_id="bib-1")])

    counts, _ = await bring_in(library, [a_line(1, title="Emma. A novel", external_id="BIB-1")])

    assert Counts(read=1, updated=1) == counts
    assert ["Emma. A novel"] == await titles(library)


async def test_books_that_came_under_two_external_ids_stay_two(library: Library) -> None:
    counts, _ = await bring_in(library, [a_line(1, external_id="bib-1"), a_line(2, external_id="bib-2")])

    assert Counts(read=2, created=2) == counts


async def test_a_dry_run_foresees_copies_too(library: Library) -> None:
    await library.open_branch()
    file = [replace(a_line(1, isbns=(ISBN,)), copies=(COPY, {**COPY, "barcode": "2", "branch": "NOWHERE"}))]

    foreseen = await bring_in(library, file, dry_run=True)
    nothing = await copies_of(library)
    done = await bring_in(library, file)

    assert (foreseen, []) == (done, nothing)


async def test_a_dry_run_knows_what_came_before_in_the_file_however_long_ago(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_books, "BATCH", 2)
    await library.open_branch()
    await bring_in(library, [a_line(1, title="Persuasion", isbns=(OTHER_ISBN,))])
    book = replace(a_line(1, isbns=(ISBN,)), copies=(COPY,))
    alone = IncomingRecord(1, {}, copies=({**COPY, "barcode": "2"},), is_copy=True, books=(f"isbn:{OTHER_ISBN}",))
    revised = replace(alone, copies=({**COPY, "barcode": "2", "shelf_mark": "AUS 2"},))
    file = [replace(one, number=n) for n, one in enumerate([book, alone, book, alone, revised, book], start=1)]

    foreseen = await bring_in(library, file, dry_run=True)
    done = await bring_in(library, file)

    counts, errors = foreseen
    assert counted(read=6, created=2, skipped=3, failed=1, copies_created=1, copies_skipped=2) == counts
    assert ["barcode-repeated-in-file"] == [error.code for error in errors]
    assert done == foreseen


async def test_what_is_left_out_is_counted_by_field(library: Library) -> None:
    file = [replace(a_line(1, isbns=(ISBN,)), left_out=("colour", "weight")), replace(a_line(2), left_out=("colour",))]

    batches = [batch async for batch in library.exchange.import_books(ImportFile(), lambda: lines(*file))]

    assert {"colour": 2, "weight": 1} == dict(batches[0].left_out)
