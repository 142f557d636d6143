"""Which book a record of a file means."""

from typing import Any

from books_service.domain.catalogue.isbn import Isbn
from shared.kernel.file_records import Counts
from tests.books.bringing_in import bring_in, event_types, kept, state, stocked
from tests.books.library import Library
from tests.books.makers import EMMA, ISBN, OTHER_ISBN, a_line, a_record, any_id


async def test_a_record_may_take_the_isbn_that_one_before_it_gave_up(library: Library) -> None:
    numbered = (("control_number", "1", "DLC"),)
    await bring_in(library, [a_line(1), a_line(2, isbns=(OTHER_ISBN,), identifiers=numbered)])

    _, errors = await bring_in(
        library, [a_line(1, isbns=(ISBN,), identifiers=numbered), a_line(2, isbns=(OTHER_ISBN,), published_year="1815")]
    )

    assert [] == errors
    assert {ISBN, OTHER_ISBN} == {str(record.main_isbn) for record in await kept(library) if record.isbns}


async def test_a_record_with_an_isbn_means_the_book_with_that_isbn(library: Library) -> None:
    await stocked(library, a_record(isbns=[ISBN], publisher="Penguin"))

    counts, _ = await bring_in(library, [a_line(title="Emma. A Novel", isbns=(ISBN,))])

    ((_, version, record),) = await state(library)
    assert Counts(read=1, updated=1) == counts
    assert ("Emma. A Novel", "Penguin", 2) == (record.title, record.publisher, version)
    assert ["books.book.added", "books.book.revised"] == await event_types(library)


NUMBERED: dict[str, Any] = {"identifiers": [("control_number", "4711", "DLC")]}


async def test_a_record_with_a_control_number_means_the_book_with_that_number_whatever_its_title(
    library: Library,
) -> None:
    await stocked(library, a_record(isbns=[ISBN], **NUMBERED), a_record(title="Emma. A Novel"))

    counts, _ = await bring_in(library, [a_line(title="Emma. A Novel", **NUMBERED)])

    assert Counts(read=1, updated=1) == counts
    found = await library.queries.book(EMMA)
    assert ("Emma. A Novel", (ISBN,)) == (found.title, found.isbns)


async def test_an_isbn_goes_before_a_control_number(library: Library) -> None:
    other = any_id()
    await stocked(library, a_record(title="Villette", **NUMBERED), a_record(isbns=[ISBN]), ids=(EMMA, other))

    await bring_in(library, [a_line(publisher="Penguin", isbns=(ISBN,), **NUMBERED)])

    assert ("Villette", "Penguin") == (
        (await library.queries.book(EMMA)).title,
        (await library.queries.book(other)).publisher,
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
    await bring_in(library, [a_line(isbns=("9780141439588",))])

    counts, _ = await bring_in(library, [a_line(isbns=(ISBN,))])

    (record,) = await kept(library)
    assert Counts(read=1, updated=1) == counts
    assert Isbn(ISBN) == record.main_isbn


async def test_a_record_without_isbn_changes_nothing_of_the_book_to_which_somebody_gave_its_isbn(
    library: Library,
) -> None:
    await stocked(library, a_record(isbns=[ISBN]))

    counts, _ = await bring_in(library, [a_line(publisher="Vintage", isbns=("9780141439588",))])

    assert Counts(read=1, skipped=1) == counts
    assert (await library.queries.book(EMMA)).publisher is None


async def test_a_record_without_isbn_is_another_book_than_the_one_that_the_file_itself_gives_an_isbn(
    library: Library,
) -> None:

    counts, _ = await bring_in(library, [a_line(1, publisher="Vintage"), a_line(2, isbns=(ISBN,))])

    assert Counts(read=2, created=2) == counts
