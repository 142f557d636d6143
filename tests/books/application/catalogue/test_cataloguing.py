import pytest

from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.catalogue.revise_book import BookRevision
from books_service.domain.catalogue.book import BookHasCopies, BookNotFound, IsbnAlreadyCatalogued
from shared.kernel.errors import InvalidValue, OutOfDate
from tests.books.library import Library
from tests.books.makers import ISBN, NOW, OTHER_ISBN, any_id


async def test_a_book_is_added_with_its_isbn_as_isbn_13(library: Library) -> None:
    view = await library.add_book(isbns=["0-14-143958-0"])

    assert ((ISBN,), NOW, 1, 0) == (view.isbns, view.added_at, view.version, view.availability.copies)
    assert ["books.book.added"] == [type_ for type_, _, _ in await library.events()]


async def test_an_isbn_that_is_catalogued_is_refused_with_the_book_that_has_it(library: Library) -> None:
    first = await library.add_book(isbns=[ISBN])

    with pytest.raises(IsbnAlreadyCatalogued) as refused:
        await library.add_book(title="Another", isbns=[ISBN])

    assert {"book_id": str(first.book_id)} == refused.value.figures
    assert 1 == len(await library.events())


async def test_books_without_isbn_may_be_as_alike_as_they_like(library: Library) -> None:
    await library.add_book()
    await library.add_book()

    assert 2 == len(await library.records.behind(None, limit=10))


async def test_nothing_is_added_when_a_value_is_wrong(library: Library) -> None:
    with pytest.raises(InvalidValue):
        await library.add_book(isbns=["9780141439588"])

    assert [] == list(await library.events())


async def test_a_book_is_revised_by_whoever_has_seen_its_present_version(library: Library) -> None:
    book = await library.add_book(publisher="Penguin")

    view = await library.books.revise_book(BookRevision(book.book_id, 1, {"edition": "2nd"}, "ada"))

    assert ("2nd", "Penguin", 2) == (view.edition, view.publisher, view.version)
    newest, *_ = await library.history.of_book(book.book_id, before=None, limit=1)
    assert ("revised", "ada") == (newest.act, newest.by)


@pytest.mark.parametrize("reported", [{}, {"publisher": "Penguin"}, {"publisher": " Penguin ", "edition": None}])
async def test_what_the_catalogue_says_already_is_no_revision(
    library: Library, reported: dict[str, str | None]
) -> None:
    book = await library.add_book(publisher="Penguin")

    view = await library.books.revise_book(BookRevision(book.book_id, 1, reported))

    assert (1, 1) == (view.version, len(await library.events()))


async def test_a_stale_version_is_refused(library: Library) -> None:
    book = await library.add_book()

    with pytest.raises(OutOfDate):
        await library.books.revise_book(BookRevision(book.book_id, 2, {"edition": "2nd"}))
    with pytest.raises(OutOfDate):
        await library.books.remove_book(BookRemoval(book.book_id, 2))

    assert book == await library.queries.book(book.book_id)


async def test_an_isbn_that_another_book_has_is_refused_with_that_book(library: Library) -> None:
    mine = await library.add_book(isbns=[ISBN])
    other = await library.add_book(title="Another", isbns=[OTHER_ISBN])

    with pytest.raises(IsbnAlreadyCatalogued) as refused:
        await library.books.revise_book(BookRevision(mine.book_id, None, {"isbns": [OTHER_ISBN]}))

    assert {"book_id": str(other.book_id)} == refused.value.figures
    await library.books.revise_book(BookRevision(mine.book_id, None, {"isbns": [ISBN]}))


async def test_a_book_without_copies_is_removed_and_told(library: Library) -> None:
    book = await library.add_book()

    await library.books.remove_book(BookRemoval(book.book_id, 1, "ada"))

    with pytest.raises(BookNotFound):
        await library.queries.book(book.book_id)
    assert ["books.book.added", "books.book.removed"] == [type_ for type_, _, _ in await library.events()]


async def test_a_book_with_copies_is_not_removed(library: Library) -> None:
    book, _ = await library.shelve("1")

    with pytest.raises(BookHasCopies):
        await library.books.remove_book(BookRemoval(book.book_id))

    assert 1 == (await library.queries.book(book.book_id)).availability.copies


async def test_what_is_not_there_is_not_changed(library: Library) -> None:
    with pytest.raises(BookNotFound):
        await library.books.revise_book(BookRevision(any_id(), None, {}))
    with pytest.raises(BookNotFound):
        await library.books.remove_book(BookRemoval(any_id()))
