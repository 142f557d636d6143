"""Two records of one book become one, with all copies."""

import pytest

from books_service.application.stock.merge_books import BookMerger
from books_service.domain.catalogue.book import BookNotFound, MergedIntoAnother, MergedIntoItself
from tests.books.library import Library
from tests.books.makers import ISBN, NOW, OTHER_ISBN, any_id


async def test_two_books_that_are_one_become_one_with_all_copies(library: Library) -> None:
    book, (copy, lent) = await library.shelve("1", "2", isbns=[ISBN], publisher="Penguin")
    other = await library.add_book(title="Emma. A novel", isbns=[OTHER_ISBN])
    await library.hear(lent.copy_id, "on_loan", sequence=1, due_at=NOW)

    merged = await library.stock.merge_books(BookMerger(book.book_id, other.book_id, "ada"))

    assert ("Emma. A novel", (OTHER_ISBN, ISBN), "Penguin") == (merged.title, merged.isbns, merged.publisher)
    shown = await library.queries.book(other.book_id)
    assert (2, 1, 1) == (shown.availability.copies, shown.availability.available, shown.availability.on_loan)
    assert {other.book_id} == {(await library.queries.copy(each.copy_id)).book_id for each in (copy, lent)}
    with pytest.raises(MergedIntoAnother):
        await library.queries.book(book.book_id)
    published = [(type_, subject) for type_, subject, _ in await library.events()]
    assert ("books.book.merged", str(book.book_id)) in published
    assert 2 == sum(type_ == "books.copy.revised" for type_, _ in published)
    assert "merged" == (await library.history.of_book(book.book_id, before=None, limit=1))[0].act


async def test_the_isbn_of_a_merged_book_goes_to_the_one_that_had_none(library: Library) -> None:
    book, other = await library.add_book(isbns=[ISBN]), await library.add_book()

    merged = await library.stock.merge_books(BookMerger(book.book_id, other.book_id))

    assert ((ISBN,), ()) == (merged.isbns, merged.identifiers)


async def test_the_book_that_stays_takes_what_it_is_told_to_and_its_history_shows_what_stood_there(
    library: Library,
) -> None:
    book, (copy,) = await library.shelve("1", title="Emma. A novel", isbns=[ISBN], subjects=("England",))
    other = await library.add_book(isbns=[OTHER_ISBN], subjects=("Love",), publisher="Penguin")

    merged = await library.stock.merge_books(
        BookMerger(book.book_id, other.book_id, "ada", ("title", "isbns", "publisher"))
    )

    assert ("Emma. A novel", (ISBN, OTHER_ISBN), None, ("Love",)) == (
        merged.title, merged.isbns, merged.publisher, merged.subjects,
    )  # fmt: skip
    assert merged.isbns == (await library.queries.book(other.book_id)).isbns
    assert other.book_id == (await library.queries.copy(copy.copy_id)).book_id
    (revised, _) = await library.history.of_book(other.book_id, before=None, limit=2)
    assert ("revised", "ada") == (revised.act, revised.by)
    assert {
        "title": ("Emma", "Emma. A novel"),
        "isbns": ([OTHER_ISBN], [ISBN, OTHER_ISBN]),
        "publisher": ("Penguin", None),
    } == {change.field: (change.before, change.after) for change in revised.changed}


async def test_a_book_is_not_merged_into_itself_or_into_none(library: Library) -> None:
    book = await library.add_book()

    with pytest.raises(MergedIntoItself):
        await library.stock.merge_books(BookMerger(book.book_id, book.book_id))
    with pytest.raises(BookNotFound):
        await library.stock.merge_books(BookMerger(book.book_id, any_id()))

    assert book == await library.queries.book(book.book_id)
