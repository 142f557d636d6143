from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from books_service.application.catalogue.views import NOTHING_YET, Counts, RecordError
from books_service.application.exchange import import_books as importing
from books_service.application.exchange.import_books import TooManyRecords, import_books
from books_service.application.ports import FileRecord
from books_service.domain.catalogue.book import Book, BookAdded, BookRevised, IsbnAlreadyCatalogued
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import Refused
from tests.books.fakes import FakeUnitOfWork, SteppingClock, lines
from tests.books.makers import EMMA, ISBN, OTHER_ISBN, a_book, a_line, any_id

CLOCK = SteppingClock()


async def bring_in(uow: FakeUnitOfWork, records: Iterable[FileRecord], **more: Any) -> tuple[Counts, list[RecordError]]:
    counts, errors = NOTHING_YET, list[RecordError]()
    async for batch in import_books(lambda: lines(*records), unit_of_work=lambda: uow, clock=CLOCK, **more):
        counts += batch.counts
        errors += batch.errors
    return counts, errors


def titles(uow: FakeUnitOfWork) -> list[str]:
    return [book.record.title for book in uow.books.kept.values()]


def state(uow: FakeUnitOfWork) -> dict[UUID, tuple[int, BookRecord]]:
    return {id_: (book.version, book.record) for id_, book in uow.books.kept.items()}


async def test_new_records_become_books() -> None:
    uow = FakeUnitOfWork()

    counts, errors = await bring_in(uow, [a_line(1), a_line(2, title="Persuasion", isbn="439023483")])

    assert (Counts(read=2, created=2), []) == (counts, errors)
    assert ["Emma", "Persuasion"] == titles(uow)
    assert [BookAdded, BookAdded] == [type(event) for event in uow.events]


async def test_the_same_file_again_changes_nothing() -> None:
    uow = FakeUnitOfWork()
    file = [a_line(1), a_line(2, isbn=ISBN), a_line(3, title="Persuasion"), a_line(4, isbn="broken"), a_line(5)]
    await bring_in(uow, file)
    before = state(uow)
    uow.events.clear()

    counts, _ = await bring_in(uow, file)

    assert Counts(read=5, skipped=5) == counts
    assert (before, []) == (state(uow), uow.events)


async def test_a_record_with_an_isbn_means_the_book_with_that_isbn() -> None:
    uow = FakeUnitOfWork(books=[a_book(isbn=ISBN, publisher="Penguin")])

    counts, _ = await bring_in(uow, [a_line(title="Emma. A Novel", isbn=ISBN)])

    (book,) = uow.books.kept.values()
    assert Counts(read=1, updated=1) == counts
    assert ("Emma. A Novel", "Penguin", 2) == (book.record.title, book.record.publisher, book.version)
    assert [BookRevised] == [type(event) for event in uow.events]


NUMBERED: dict[str, Any] = {"identifiers": [("control_number", "4711", "DLC")]}


async def test_a_record_with_a_control_number_means_the_book_with_that_number_whatever_its_title() -> None:
    uow = FakeUnitOfWork(books=[a_book(isbn=ISBN, **NUMBERED), a_book(id=any_id(), title="Emma. A Novel")])

    counts, _ = await bring_in(uow, [a_line(title="Emma. A Novel", **NUMBERED)])

    assert Counts(read=1, updated=1) == counts
    assert ("Emma. A Novel", Isbn(ISBN)) == (uow.books.kept[EMMA].record.title, uow.books.kept[EMMA].record.isbn)


async def test_an_isbn_goes_before_a_control_number() -> None:
    other = any_id()
    uow = FakeUnitOfWork(books=[a_book(title="Villette", **NUMBERED), a_book(id=other, isbn=ISBN)])

    await bring_in(uow, [a_line(publisher="Penguin", isbn=ISBN, **NUMBERED)])

    assert ("Villette", "Penguin") == (uow.books.kept[EMMA].record.title, uow.books.kept[other].record.publisher)


async def test_a_control_number_of_nobody_knows_which_catalogue_proves_nothing() -> None:
    numbered: Any = {"identifiers": [("control_number", "4711", None)]}
    uow = FakeUnitOfWork(books=[a_book(**numbered)])

    counts, _ = await bring_in(uow, [a_line(title="Villette", **numbered)])

    assert Counts(read=1, created=1) == counts


async def test_two_different_records_with_one_control_number_are_not_merged_in_silence() -> None:
    uow = FakeUnitOfWork()

    counts, errors = await bring_in(uow, [a_line(1, **NUMBERED), a_line(2, title="Persuasion", **NUMBERED)])

    assert Counts(read=2, created=1, failed=1) == counts
    assert [(2, "control-number-repeated-in-file")] == [(error.record, error.code) for error in errors]
    assert "4711 of DLC" in errors[0].detail


async def test_another_number_of_the_same_catalogue_is_another_book() -> None:
    uow = FakeUnitOfWork(books=[a_book(**NUMBERED)])

    counts, _ = await bring_in(
        uow, [a_line(identifiers=(("control_number", "4712", "DLC"),)), a_line(identifiers=(("doi", "10.1/2"),))]
    )

    assert Counts(read=2, created=1, updated=1) == counts


async def test_a_corrected_isbn_goes_to_the_book_that_was_taken_without_one() -> None:
    uow = FakeUnitOfWork()
    await bring_in(uow, [a_line(isbn="9780141439588")])

    counts, _ = await bring_in(uow, [a_line(isbn=ISBN)])

    (book,) = uow.books.kept.values()
    assert Counts(read=1, updated=1) == counts
    assert Isbn(ISBN) == book.record.isbn


async def test_a_record_without_isbn_changes_nothing_of_the_book_to_which_somebody_gave_its_isbn() -> None:
    uow = FakeUnitOfWork(books=[a_book(isbn=ISBN)])

    counts, _ = await bring_in(uow, [a_line(publisher="Vintage", isbn="9780141439588")])

    assert Counts(read=1, skipped=1) == counts
    assert uow.books.kept[EMMA].record.publisher is None


async def test_a_record_without_isbn_is_another_book_than_the_one_that_the_file_itself_gives_an_isbn() -> None:
    uow = FakeUnitOfWork()

    counts, _ = await bring_in(uow, [a_line(1, publisher="Vintage"), a_line(2, isbn=ISBN)])

    assert Counts(read=2, created=2) == counts


async def test_a_value_that_cannot_be_right_is_left_out_and_reported_and_the_book_taken() -> None:
    uow = FakeUnitOfWork()

    counts, errors = await bring_in(uow, [a_line(7, isbn="812971060", published_year="c1815")])

    (book,) = uow.books.kept.values()
    assert Counts(read=1, created=1) == counts
    assert (None, None) == (book.record.isbn, book.record.published_year)
    assert [(7, "812971060", "invalid-isbn"), (7, "812971060", "invalid-year")] == sorted(
        (error.record, error.identifier, error.code) for error in errors
    )


async def test_a_bad_record_stops_nothing() -> None:
    uow = FakeUnitOfWork()
    unreadable = replace(a_line(2), problem=Refused("This record cannot be read."))

    counts, errors = await bring_in(uow, [FileRecord(1, {"isbn": ISBN}), unreadable, a_line(3)])

    assert Counts(read=3, created=1, failed=2) == counts
    assert [(1, ISBN, "invalid-text"), (2, "Emma", "refused")] == [
        (error.record, error.identifier, error.code) for error in errors
    ]


async def test_what_is_shown_of_a_bad_record_can_be_stored() -> None:
    _, errors = await bring_in(FakeUnitOfWork(), [FileRecord(1, {"title": "a\x00\x1b\udcff" + "x" * 500})])

    (error,) = errors
    assert error.identifier == "a\ufffd\ufffd\ufffd" + "x" * 96


async def test_two_different_records_with_one_isbn_are_not_merged_in_silence() -> None:
    uow = FakeUnitOfWork()

    counts, errors = await bring_in(uow, [a_line(1, isbn=ISBN), a_line(2, title="Persuasion", isbn=ISBN)])

    assert Counts(read=2, created=1, failed=1) == counts
    assert ["Emma"] == titles(uow)
    assert [(2, "isbn-repeated-in-file")] == [(error.record, error.code) for error in errors]
    assert "Record 1" in errors[0].detail


async def test_a_record_that_repeats_another_word_for_word_is_skipped() -> None:
    counts, errors = await bring_in(
        FakeUnitOfWork(), [a_line(1, isbn=ISBN), a_line(2, isbn=ISBN), a_line(3), a_line(4)]
    )

    assert (Counts(read=4, created=2, skipped=2), []) == (counts, errors)


async def test_two_records_with_different_broken_isbns_are_two_books() -> None:
    uow = FakeUnitOfWork()

    counts, _ = await bring_in(uow, [a_line(1, isbn="812971060"), a_line(2, isbn="152061548")])

    assert Counts(read=2, created=2) == counts


async def test_a_dry_run_reports_the_same_and_changes_nothing() -> None:
    books = [a_book(isbn=ISBN), a_book(id=any_id(), title="Persuasion")]
    file = [
        a_line(1, isbn=ISBN, publisher="Vintage"),
        a_line(2, title="Persuasion", isbn=OTHER_ISBN),
        a_line(3, title="Persuasion"),
        a_line(4, isbn=OTHER_ISBN),
        a_line(5, isbn="1"),
        FileRecord(6, {}),
    ]
    dry, real = FakeUnitOfWork(books=books), FakeUnitOfWork(books=books)

    foreseen = await bring_in(dry, file, dry_run=True)
    done = await bring_in(real, file)

    assert foreseen == done
    assert [1, 1] == [book.version for book in dry.books.kept.values()]
    assert [] == dry.events


async def test_many_records_are_kept_batch_by_batch() -> None:
    uow = FakeUnitOfWork()

    counts, _ = await bring_in(uow, [a_line(number, title=f"Volume {number}") for number in range(1, 251)])

    assert (250, 3) == (counts.created, uow.commits)


async def test_what_an_earlier_run_noted_is_gone_through_but_not_counted_again() -> None:
    uow = FakeUnitOfWork()
    file = [a_line(1, isbn=ISBN), a_line(2, isbn="1"), a_line(3, title="Persuasion", isbn=ISBN), a_line(4, isbn="1")]
    await bring_in(uow, file[:2])

    counts, errors = await bring_in(uow, file, already=2)

    assert Counts(read=2, skipped=1, failed=1) == counts
    assert [3, 4] == [error.record for error in errors]


async def test_a_batch_is_done_again_when_somebody_catalogues_one_of_its_books_meanwhile() -> None:
    uow = FakeUnitOfWork()

    def somebody_is_faster() -> None:
        uow.before_commit = lambda: None
        uow.books.kept[EMMA] = a_book(isbn=ISBN)
        raise IsbnAlreadyCatalogued(isbn=Isbn(ISBN), book_id=EMMA)

    uow.before_commit = somebody_is_faster

    counts, errors = await bring_in(uow, [a_line(1, isbn=ISBN), a_line(2, title="Persuasion", isbn=OTHER_ISBN)])

    assert (Counts(read=2, created=1, skipped=1), []) == (counts, errors)
    assert 2 == len(uow.books.kept)


async def test_a_batch_that_never_gets_through_ends_the_import() -> None:
    uow = FakeUnitOfWork()

    def somebody_is_always_faster() -> None:
        raise IsbnAlreadyCatalogued(isbn=Isbn(ISBN), book_id=EMMA)

    uow.before_commit = somebody_is_always_faster

    with pytest.raises(IsbnAlreadyCatalogued):
        await bring_in(uow, [a_line()])


async def test_an_import_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_RECORDS", 2)
    uow = FakeUnitOfWork()

    with pytest.raises(TooManyRecords):
        await bring_in(uow, [a_line(number, title=f"Volume {number}") for number in (1, 2, 3)])

    assert 2 == len(uow.books.kept)


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


@settings(max_examples=300)
@given(before=st.lists(FILES, max_size=3), file=FILES)
async def test_any_file_changes_nothing_the_second_time_whatever_came_before(
    batch: None, before: list[list[FileRecord]], file: list[FileRecord]
) -> None:
    uow = FakeUnitOfWork()
    for earlier in before:
        await bring_in(uow, earlier)
    foreseen = await bring_in(uow, file, dry_run=True)
    first, errors = await bring_in(uow, file)
    kept = state(uow)

    second, same_errors = await bring_in(uow, file)

    assert (first, errors) == foreseen
    assert (0, 0) == (second.created, second.updated)
    assert (first.read, first.failed, errors) == (second.read, second.failed, same_errors)
    assert kept == state(uow)
    assert _no_isbn_twice(list(uow.books.kept.values()))


def _no_isbn_twice(books: list[Book]) -> bool:
    isbns = [book.record.isbn for book in books if book.record.isbn]
    return len(isbns) == len(set(isbns))
