"""What is said of a book comes back exactly: every field, every order, whatever way it takes."""

from hypothesis import given, settings

from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord
from tests.books.library import Library
from tests.books.makers import EMMA, NOW, a_record
from tests.books.strategies import RECORDS

SOME = settings(max_examples=25)


async def kept(library: Library, record: BookRecord) -> None:
    await library.clear()
    async with library.unit_of_work() as uow:
        uow.books.add(Book(id=EMMA, record=record, now=NOW))
        await uow.commit()


@SOME
@given(RECORDS)
async def test_a_book_comes_back_as_it_was_kept_and_as_it_is_shown(library: Library, record: BookRecord) -> None:
    await kept(library, record)

    async with library.unit_of_work() as uow:
        book = await uow.books.get(EMMA)
    shown = await library.queries.book(EMMA)

    assert record == book.record
    assert (record.authors, record.contributors, record.identifiers, record.series, record.subjects) == (
        shown.authors,
        shown.contributors,
        shown.identifiers,
        shown.series,
        shown.subjects,
    )
    assert (record.title, record.description, record.published_year) == (
        shown.title,
        shown.description,
        shown.published_year,
    )


@SOME
@given(RECORDS)
async def test_a_book_is_found_by_each_of_its_identifiers(library: Library, record: BookRecord) -> None:
    await kept(library, record)
    keys = {identifier.key for identifier in record.identifiers}

    async with library.unit_of_work() as uow:
        found = await uow.books.identified(sorted(keys))

    assert {key: [EMMA] for key in keys} == {key: [book.id for book in books] for key, books in found.items()}


@SOME
@given(RECORDS, RECORDS)
async def test_the_history_leads_from_what_was_said_to_what_is_said(
    library: Library, before: BookRecord, after: BookRecord
) -> None:
    await kept(library, before)
    async with library.unit_of_work() as uow:
        book = await uow.books.get(EMMA)
        changed = book.rewrite(after, now=NOW)
        await uow.commit()

    newest, *_ = await library.history.of_book(EMMA, before=None, limit=1)

    assert (before != after) is changed
    if changed:
        differing = {name for name in BookRecord.__dataclass_fields__ if getattr(before, name) != getattr(after, name)}
        assert differing == {one.field for one in newest.changed}
    else:
        assert "added" == newest.act


async def test_a_book_with_a_number_of_signs_alone_is_kept(library: Library) -> None:
    await kept(library, a_record(identifiers=[("other", "~", None)]))

    assert "~" == (await library.queries.book(EMMA)).identifiers[0].value


async def test_the_same_names_in_another_order_are_a_change(library: Library) -> None:
    await kept(library, a_record(authors=["Karl Marx", "Friedrich Engels"]))

    async with library.unit_of_work() as uow:
        book = await uow.books.get(EMMA)
        assert book.rewrite(a_record(authors=["Friedrich Engels", "Karl Marx"]), now=NOW)
        await uow.commit()

    assert ("Friedrich Engels", "Karl Marx") == (await library.queries.book(EMMA)).authors
