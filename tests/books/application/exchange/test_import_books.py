from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from books_service.application.exchange import import_books as importing
from books_service.application.exchange.import_books import BookFile, TooManyRecords
from books_service.application.exchange.ports import FileRecord
from books_service.application.exchange.views import NOTHING_YET, Counts, RecordError
from books_service.application.stock.views import CopyQuery
from books_service.domain.catalogue.book import Book, IsbnAlreadyCatalogued
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.stock.copy_status import CopyStatus
from shared.kernel.errors import Refused
from tests.books.library import Library
from tests.books.makers import EMMA, ISBN, NOW, OTHER_ISBN, a_line, a_record, any_id, lines


async def bring_in(library: Library, records: Iterable[FileRecord], **more: Any) -> tuple[Counts, list[RecordError]]:
    file = list(records)
    counts, errors = NOTHING_YET, list[RecordError]()
    async for batch in library.exchange.import_books(BookFile(lambda: lines(*file), **more)):
        counts += batch.counts
        errors += batch.errors
    return counts, errors


async def stocked(library: Library, *records: BookRecord, ids: Sequence[UUID] = (EMMA,)) -> None:
    """Let the catalogue have these books."""
    async with library.unit_of_work() as uow:
        for record, id_ in zip(records, (*ids, *(any_id() for _ in records)), strict=False):
            uow.books.add(Book(id=id_, record=record, now=NOW))
        await uow.commit()


async def kept(library: Library) -> list[BookRecord]:
    return [book.record for _, book in await library.records.behind(None, limit=1_000)]


async def titles(library: Library) -> list[str]:
    return [record.title for record in await kept(library)]


async def state(library: Library) -> list[tuple[UUID, int, BookRecord]]:
    return [
        (id_, (await library.views.book(id_)).version, book.record)
        for id_, book in await library.records.behind(None, limit=1_000)
    ]


async def told(library: Library) -> list[str]:
    return [type_ for type_, _, _ in await library.events()]


async def test_new_records_become_books(library: Library) -> None:

    counts, errors = await bring_in(library, [a_line(1), a_line(2, title="Persuasion", isbn="439023483")])

    assert (Counts(read=2, created=2), []) == (counts, errors)
    assert ["Emma", "Persuasion"] == await titles(library)
    assert ["books.book.added"] * 2 == await told(library)


async def test_the_same_file_again_changes_nothing(library: Library) -> None:
    file = [a_line(1), a_line(2, isbn=ISBN), a_line(3, title="Persuasion"), a_line(4, isbn="broken"), a_line(5)]
    await bring_in(library, file)
    before = await state(library)
    events = await told(library)

    counts, _ = await bring_in(library, file)

    assert Counts(read=5, skipped=5) == counts
    assert (before, events) == (await state(library), await told(library))


async def test_a_record_with_an_isbn_means_the_book_with_that_isbn(library: Library) -> None:
    await stocked(library, a_record(isbn=ISBN, publisher="Penguin"))

    counts, _ = await bring_in(library, [a_line(title="Emma. A Novel", isbn=ISBN)])

    ((_, version, record),) = await state(library)
    assert Counts(read=1, updated=1) == counts
    assert ("Emma. A Novel", "Penguin", 2) == (record.title, record.publisher, version)
    assert ["books.book.added", "books.book.revised"] == await told(library)


NUMBERED: dict[str, Any] = {"identifiers": [("control_number", "4711", "DLC")]}


async def test_a_record_with_a_control_number_means_the_book_with_that_number_whatever_its_title(
    library: Library,
) -> None:
    await stocked(library, a_record(isbn=ISBN, **NUMBERED), a_record(title="Emma. A Novel"))

    counts, _ = await bring_in(library, [a_line(title="Emma. A Novel", **NUMBERED)])

    assert Counts(read=1, updated=1) == counts
    assert ("Emma. A Novel", ISBN) == ((await library.views.book(EMMA)).title, (await library.views.book(EMMA)).isbn)


async def test_an_isbn_goes_before_a_control_number(library: Library) -> None:
    other = any_id()
    await stocked(library, a_record(title="Villette", **NUMBERED), a_record(isbn=ISBN), ids=(EMMA, other))

    await bring_in(library, [a_line(publisher="Penguin", isbn=ISBN, **NUMBERED)])

    assert ("Villette", "Penguin") == (
        (await library.views.book(EMMA)).title,
        (await library.views.book(other)).publisher,
    )


async def test_a_control_number_of_nobody_knows_which_catalogue_proves_nothing(library: Library) -> None:
    numbered: Any = {"identifiers": [("control_number", "4711", None)]}
    await stocked(library, a_record(**numbered))

    counts, _ = await bring_in(library, [a_line(title="Villette", **numbered)])

    assert Counts(read=1, created=1) == counts


async def test_two_different_records_with_one_control_number_are_not_merged_in_silence(library: Library) -> None:

    counts, errors = await bring_in(library, [a_line(1, **NUMBERED), a_line(2, title="Persuasion", **NUMBERED)])

    assert Counts(read=2, created=1, failed=1) == counts
    assert [(2, "control-number-repeated-in-file")] == [(error.record, error.code) for error in errors]
    assert "4711 of DLC" in errors[0].detail


async def test_another_number_of_the_same_catalogue_is_another_book(library: Library) -> None:
    await stocked(library, a_record(**NUMBERED))

    counts, _ = await bring_in(
        library, [a_line(identifiers=(("control_number", "4712", "DLC"),)), a_line(identifiers=(("doi", "10.1/2"),))]
    )

    assert Counts(read=2, created=1, updated=1) == counts


async def test_a_corrected_isbn_goes_to_the_book_that_was_taken_without_one(library: Library) -> None:
    await bring_in(library, [a_line(isbn="9780141439588")])

    counts, _ = await bring_in(library, [a_line(isbn=ISBN)])

    (record,) = await kept(library)
    assert Counts(read=1, updated=1) == counts
    assert Isbn(ISBN) == record.isbn


async def test_a_record_without_isbn_changes_nothing_of_the_book_to_which_somebody_gave_its_isbn(
    library: Library,
) -> None:
    await stocked(library, a_record(isbn=ISBN))

    counts, _ = await bring_in(library, [a_line(publisher="Vintage", isbn="9780141439588")])

    assert Counts(read=1, skipped=1) == counts
    assert (await library.views.book(EMMA)).publisher is None


async def test_a_record_without_isbn_is_another_book_than_the_one_that_the_file_itself_gives_an_isbn(
    library: Library,
) -> None:

    counts, _ = await bring_in(library, [a_line(1, publisher="Vintage"), a_line(2, isbn=ISBN)])

    assert Counts(read=2, created=2) == counts


async def test_a_value_that_cannot_be_right_is_left_out_and_reported_and_the_book_taken(library: Library) -> None:

    counts, errors = await bring_in(library, [a_line(7, isbn="812971060", published_year="c1815")])

    (record,) = await kept(library)
    assert Counts(read=1, created=1) == counts
    assert (None, None) == (record.isbn, record.published_year)
    assert [(7, "812971060", "invalid-isbn"), (7, "812971060", "invalid-year")] == sorted(
        (error.record, error.identifier, error.code) for error in errors
    )


async def test_a_bad_record_stops_nothing(library: Library) -> None:
    unreadable = replace(a_line(2), problem=Refused("This record cannot be read."))

    counts, errors = await bring_in(library, [FileRecord(1, {"isbn": ISBN}), unreadable, a_line(3)])

    assert Counts(read=3, created=1, failed=2) == counts
    assert [(1, ISBN, "invalid-text"), (2, "Emma", "refused")] == [
        (error.record, error.identifier, error.code) for error in errors
    ]


async def test_what_is_shown_of_a_bad_record_can_be_stored(library: Library) -> None:
    _, errors = await bring_in(library, [FileRecord(1, {"title": "a\x00\x1b\udcff" + "x" * 500})])

    (error,) = errors
    assert error.identifier == "a\ufffd\ufffd\ufffd" + "x" * 96


async def test_two_different_records_with_one_isbn_are_not_merged_in_silence(library: Library) -> None:

    counts, errors = await bring_in(library, [a_line(1, isbn=ISBN), a_line(2, title="Persuasion", isbn=ISBN)])

    assert Counts(read=2, created=1, failed=1) == counts
    assert ["Emma"] == await titles(library)
    assert [(2, "isbn-repeated-in-file")] == [(error.record, error.code) for error in errors]
    assert "Record 1" in errors[0].detail


async def test_a_record_that_repeats_another_word_for_word_is_skipped(library: Library) -> None:
    counts, errors = await bring_in(library, [a_line(1, isbn=ISBN), a_line(2, isbn=ISBN), a_line(3), a_line(4)])

    assert (Counts(read=4, created=2, skipped=2), []) == (counts, errors)


async def test_two_records_with_different_broken_isbns_are_two_books(library: Library) -> None:

    counts, _ = await bring_in(library, [a_line(1, isbn="812971060"), a_line(2, isbn="152061548")])

    assert Counts(read=2, created=2) == counts


async def test_a_dry_run_reports_the_same_and_changes_nothing(library: Library) -> None:
    await stocked(library, a_record(isbn=ISBN), a_record(title="Persuasion"))
    file = [
        a_line(1, isbn=ISBN, publisher="Vintage"),
        a_line(2, title="Persuasion", isbn=OTHER_ISBN),
        a_line(3, title="Persuasion"),
        a_line(4, isbn=OTHER_ISBN),
        a_line(5, isbn="1"),
        FileRecord(6, {}),
    ]
    before, events = await state(library), await told(library)

    foreseen = await bring_in(library, file, dry_run=True)
    unchanged = (await state(library), await told(library))
    done = await bring_in(library, file)

    assert foreseen == done
    assert (before, events) == unchanged


async def test_many_records_are_kept_batch_by_batch(library: Library) -> None:

    before = library.rung

    counts, _ = await bring_in(library, [a_line(number, title=f"Volume {number}") for number in range(1, 251)])

    assert (250, 3) == (counts.created, library.rung - before)


async def test_what_an_earlier_run_noted_is_gone_through_but_not_counted_again(library: Library) -> None:
    file = [a_line(1, isbn=ISBN), a_line(2, isbn="1"), a_line(3, title="Persuasion", isbn=ISBN), a_line(4, isbn="1")]
    await bring_in(library, file[:2])

    counts, errors = await bring_in(library, file, already=2)

    assert Counts(read=2, skipped=1, failed=1) == counts
    assert [3, 4] == [error.record for error in errors]


def interrupted(library: Library, before_commit: Callable[[], Any]) -> importing.ImportBooks:
    """The use case, in whose transactions something happens before each is committed."""

    def opens(receipt: Any = None) -> Any:
        uow = library.unit_of_work(receipt)
        commit = uow.commit

        async def interrupted_commit(*, answer: object | None = None, imported: bool = False) -> None:
            await before_commit()
            await commit(answer=answer, imported=imported)

        uow.commit = interrupted_commit  # type: ignore[method-assign]  # the test comes in between
        return uow

    return replace(library.exchange.import_books, unit_of_work=opens)


async def test_a_batch_is_done_again_when_somebody_catalogues_one_of_its_books_meanwhile(library: Library) -> None:
    tries: list[int] = []

    async def somebody_is_faster() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise IsbnAlreadyCatalogued(isbn=Isbn(ISBN), book_id=EMMA)

    file = [a_line(1, isbn=ISBN), a_line(2, title="Persuasion", isbn=OTHER_ISBN)]
    batches = [batch async for batch in interrupted(library, somebody_is_faster)(BookFile(lambda: lines(*file)))]

    assert (Counts(read=2, created=2), ()) == (batches[0].counts, batches[0].errors)
    assert (2, 2) == (len(tries), len(await kept(library)))


async def test_a_batch_that_never_gets_through_ends_the_import(library: Library) -> None:
    async def somebody_is_always_faster() -> None:
        raise IsbnAlreadyCatalogued(isbn=Isbn(ISBN), book_id=EMMA)

    with pytest.raises(IsbnAlreadyCatalogued):
        async for _ in interrupted(library, somebody_is_always_faster)(BookFile(lambda: lines(a_line()))):
            pass

    assert [] == await kept(library)


async def test_an_import_is_bounded(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_RECORDS", 2)

    with pytest.raises(TooManyRecords):
        await bring_in(library, [a_line(number, title=f"Volume {number}") for number in (1, 2, 3)])

    assert 2 == len(await kept(library))


FEW_ISBNS = st.sampled_from([None, ISBN, OTHER_ISBN, "broken", "812971060"])
FEW_NUMBERS = st.sampled_from(
    [("control_number", number, source) for number in "12" for source in ("DLC", "K10", None)]
)
FEW_RECORDS = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["Emma", "EMMA", "Persuasion", None]),
        "isbn": FEW_ISBNS,
        "publisher": st.sampled_from([None, "Penguin", "Vintage"]),
        "published_year": st.sampled_from([None, "1815", "1815.0", "?"]),
        "identifiers": st.none() | st.tuples(FEW_NUMBERS) | st.tuples(FEW_NUMBERS, FEW_NUMBERS),
    }
).map(lambda raw_fields: {name: value for name, value in raw_fields.items() if value is not None})
FILES = st.lists(FEW_RECORDS, max_size=8).map(
    lambda records: [FileRecord(number, raw_fields) for number, raw_fields in enumerate(records, start=1)]
)


@pytest.fixture(params=[2, 100])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", request.param)


@settings(max_examples=40)
@given(before=st.lists(FILES, max_size=2), file=FILES)
async def test_any_file_changes_nothing_the_second_time_whatever_came_before(
    batch: None, library: Library, before: list[list[FileRecord]], file: list[FileRecord]
) -> None:
    await library.clear()
    for earlier in before:
        await bring_in(library, earlier)
    foreseen = await bring_in(library, file, dry_run=True)
    first, errors = await bring_in(library, file)
    there = await state(library)

    second, same_errors = await bring_in(library, file)

    assert (first, errors) == foreseen
    assert (0, 0) == (second.created, second.updated)
    assert (first.read, first.failed, errors) == (second.read, second.failed, same_errors)
    assert there == await state(library)
    isbns = [record.isbn for record in await kept(library) if record.isbn]
    assert len(isbns) == len(set(isbns))


COPY = {"barcode": "1", "branch": "main", "shelf_mark": "AUS 1", "price": "12.90 EUR"}


async def copies_of(library: Library) -> list[tuple[str, str, CopyStatus, str | None]]:
    found = await library.views.copies(CopyQuery(), after=None, limit=100)
    return sorted((each.barcode, each.branch, each.status, each.shelf_mark) for each in found)


async def test_copies_come_with_their_book_and_the_same_file_again_changes_nothing(library: Library) -> None:
    await library.open_branch(locations=["KIDS"])
    file = [
        replace(a_line(1, isbn=ISBN), copies=(COPY, {**COPY, "barcode": "2", "status": "in_repair"})),
        replace(a_line(2, title="Villette"), copies=({**COPY, "barcode": "3", "location": "kids"},)),
    ]

    first, errors = await bring_in(library, file)
    events = await told(library)
    second, _ = await bring_in(library, file)

    assert (Counts(read=2, created=2, copies_created=3), []) == (first, errors)
    assert Counts(read=2, skipped=2, copies_skipped=3) == second
    assert events == await told(library)
    assert [("1", "in_service"), ("2", "in_repair"), ("3", "in_service")] == [
        (barcode, status) for barcode, _, status, _ in await copies_of(library)
    ]
    (kids,) = await library.views.copies_with_barcode("3")
    assert ("KIDS", 1290) == (kids.location, kids.price and kids.price.amount)


async def test_a_row_for_each_copy_makes_one_book_with_all_of_them(library: Library) -> None:
    await library.open_branch()
    rows = [replace(a_line(number), copies=({**COPY, "barcode": str(number)},)) for number in (1, 2, 3)]

    counts, _ = await bring_in(library, rows)

    assert Counts(read=3, created=1, skipped=2, copies_created=3) == counts
    ((book_id, *_),) = await state(library)
    assert 3 == (await library.views.book(book_id)).availability.copies


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

    counts, errors = await bring_in(library, [replace(a_line(1, isbn=ISBN), copies=copies)])

    assert Counts(read=1, created=1, copies_created=2, copies_failed=4) == counts
    assert [
        "barcode-taken",
        "copy-without-branch",
        "invalid-barcode",
        "invalid-price",
        "invalid-status",
        "unknown-branch",
        "unknown-location",
    ] == sorted(error.code for error in errors)
    assert taken.book_id == (await library.views.copy(taken.copy_id)).book_id


async def test_a_copy_is_known_again_by_its_external_id_whatever_its_barcode_is_now(library: Library) -> None:
    await library.open_branch()
    await bring_in(library, [replace(a_line(1, isbn=ISBN), copies=({**COPY, "external_id": "item-7"},))])

    counts, errors = await bring_in(
        library, [replace(a_line(1, isbn=ISBN), copies=({**COPY, "barcode": "1b", "external_id": "ITEM-7"},))]
    )

    assert (1, []) == (counts.copies_updated, errors)
    assert ["1b"] == [barcode for barcode, *_ in await copies_of(library)]


async def test_a_barcode_that_a_file_gives_to_two_things_is_reported(library: Library) -> None:
    await library.open_branch()
    file = [
        replace(a_line(1, isbn=ISBN), copies=(COPY,)),
        replace(a_line(2, title="Villette"), copies=({**COPY, "shelf_mark": "BRO"},)),
    ]

    counts, errors = await bring_in(library, file)

    assert (1, 1) == (counts.copies_created, counts.copies_failed)
    assert ["barcode-repeated-in-file"] == [error.code for error in errors]


async def test_copies_come_alone_for_books_that_they_name_by_isbn_id_or_external_id(library: Library) -> None:
    await library.open_branch()
    first = await library.add_book(isbn=ISBN)
    second = await library.add_book(title="Villette", external_id="bib-2")
    file = [
        FileRecord(number, {}, copies=({**COPY, "barcode": str(number)},), is_copy=True, book=book)
        for number, book in enumerate(
            (f"isbn:{ISBN}", f"id:{second.book_id}", "external:BIB-2", "isbn:none", None), start=1
        )
    ]

    counts, errors = await bring_in(library, file)
    again, _ = await bring_in(library, file)

    assert (Counts(read=5, created=3, failed=2), Counts(read=5, skipped=3, failed=2)) == (counts, again)
    assert [(4, "copy-without-book"), (5, "copy-without-book")] == [(error.record, error.code) for error in errors]
    assert [1, 2] == [(await library.views.book(each.book_id)).availability.copies for each in (first, second)]


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
    file = [replace(a_line(1, isbn=ISBN), copies=(COPY, {**COPY, "barcode": "2", "branch": "NOWHERE"}))]

    foreseen = await bring_in(library, file, dry_run=True)
    nothing = await copies_of(library)
    done = await bring_in(library, file)

    assert (foreseen, []) == (done, nothing)


async def test_what_is_left_out_is_counted_by_field(library: Library) -> None:
    file = [replace(a_line(1, isbn=ISBN), left_out=("colour", "weight")), replace(a_line(2), left_out=("colour",))]

    batches = [batch async for batch in library.exchange.import_books(BookFile(lambda: lines(*file)))]

    assert {"colour": 2, "weight": 1} == dict(batches[0].left_out)
