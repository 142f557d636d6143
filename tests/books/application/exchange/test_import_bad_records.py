"""What cannot be taken from a file stops nothing else."""

from dataclasses import replace

from books_service.application.exchange.ports import IncomingRecord
from shared.kernel.errors import Refused
from shared.kernel.file_records import Counts
from tests.books.bringing_in import bring_in, kept, titles
from tests.books.library import Library
from tests.books.makers import ISBN, a_line


async def test_a_value_that_cannot_be_right_is_left_out_and_reported_and_the_book_taken(library: Library) -> None:

    counts, errors = await bring_in(library, [a_line(7, isbns=("812971060",), published_year="c1815")])

    (record,) = await kept(library)
    assert Counts(read=1, created=1) == counts
    assert (None, None) == (record.main_isbn, record.published_year)
    assert [(7, "812971060", "invalid-isbn"), (7, "812971060", "invalid-year")] == sorted(
        (error.record, error.identifier, error.code) for error in errors
    )


async def test_a_bad_record_stops_nothing(library: Library) -> None:
    unreadable = replace(a_line(2), problem=Refused("This record cannot be read."))

    counts, errors = await bring_in(library, [IncomingRecord(1, {"isbns": (ISBN,)}), unreadable, a_line(3)])

    assert Counts(read=3, created=1, failed=2) == counts
    assert [(1, ISBN, "invalid-text"), (2, "Emma", "refused")] == [
        (error.record, error.identifier, error.code) for error in errors
    ]


async def test_what_is_shown_of_a_bad_record_can_be_stored(library: Library) -> None:
    _, errors = await bring_in(library, [IncomingRecord(1, {"title": "a\x00\x1b\udcff" + "x" * 500})])

    (error,) = errors
    assert error.identifier == "a\ufffd\ufffd\ufffd" + "x" * 96


async def test_two_different_records_with_one_isbn_are_not_merged_in_silence(library: Library) -> None:

    counts, errors = await bring_in(library, [a_line(1, isbns=(ISBN,)), a_line(2, title="Persuasion", isbns=(ISBN,))])

    assert Counts(read=2, created=1, failed=1) == counts
    assert ["Emma"] == await titles(library)
    assert [(2, "isbn-repeated-in-file")] == [(error.record, error.code) for error in errors]
    assert "Record 1" in errors[0].detail


async def test_a_record_that_repeats_another_word_for_word_is_skipped(library: Library) -> None:
    counts, errors = await bring_in(library, [a_line(1, isbns=(ISBN,)), a_line(2, isbns=(ISBN,)), a_line(3), a_line(4)])

    assert (Counts(read=4, created=2, skipped=2), []) == (counts, errors)


async def test_two_records_with_different_broken_isbns_are_two_books(library: Library) -> None:

    counts, _ = await bring_in(library, [a_line(1, isbns=("812971060",)), a_line(2, isbns=("152061548",))])

    assert Counts(read=2, created=2) == counts
