"""Every ISBN of a book counts: of its bindings, and of what was merged into it."""

import pytest

from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.catalogue.views import BookView
from books_service.application.stock.merge_books import BookMerger
from books_service.application.stock.views import BookLendability, BookQuestion
from books_service.domain.catalogue.book import BookNotFound, IsbnAlreadyCatalogued
from tests.books.library import Library
from tests.books.makers import ISBN, OTHER_ISBN

HARDBACK, PAPERBACK, PAPERBACK_10 = ISBN, OTHER_ISBN, "0-14-143951-3"
VOLUME = "9780140434705"


async def with_paperback(library: Library, written: str = PAPERBACK_10) -> BookView:
    return await library.add_book(isbns=[HARDBACK, written])


@pytest.mark.parametrize("written", [PAPERBACK, PAPERBACK_10])
async def test_a_book_is_listed_by_each_of_its_isbns(library: Library, written: str) -> None:
    book = await with_paperback(library, written)

    found = await library.search(isbn=PAPERBACK_10), await library.search(isbn=PAPERBACK)

    assert (HARDBACK, PAPERBACK) == book.isbns
    assert [[book.book_id]] * 2 == [[one.book_id for one in each.books] for each in found]


async def test_a_book_is_lent_and_held_by_each_of_its_isbns(library: Library) -> None:
    book = await with_paperback(library)

    (found,) = await library.queries.books_lendability([BookQuestion(isbn=PAPERBACK)])

    assert isinstance(found, BookLendability)
    assert book.book_id == found.book_id


async def test_no_isbn_of_a_book_is_catalogued_again(library: Library) -> None:
    book = await with_paperback(library)
    other = await library.add_book(title="Another")

    refused = []
    for isbns in ([HARDBACK], [PAPERBACK], [VOLUME, HARDBACK]):
        with pytest.raises(IsbnAlreadyCatalogued) as of_a_new_one:
            await library.add_book(title="Emma in paper", isbns=isbns)
        with pytest.raises(IsbnAlreadyCatalogued) as of_an_old_one:
            await library.books.revise_book(BookRevision(other.book_id, None, {"isbns": isbns}))
        refused += [of_a_new_one, of_an_old_one]

    assert [{"book_id": str(book.book_id)}] * 6 == [each.value.figures for each in refused]


async def test_another_isbn_of_a_book_may_become_its_main_one(library: Library) -> None:
    book = await with_paperback(library)

    view = await library.books.revise_book(BookRevision(book.book_id, None, {"isbns": [PAPERBACK, HARDBACK]}))

    assert (PAPERBACK, HARDBACK) == view.isbns
    assert "0141439513" == view.isbn10


async def test_the_isbn_of_a_merged_book_goes_on_finding_the_one_that_stays(library: Library) -> None:
    book, other = await library.add_book(isbns=[HARDBACK]), await library.add_book(isbns=[PAPERBACK])

    await library.stock.merge_books(BookMerger(book.book_id, into=other.book_id))

    assert [other.book_id] == [found.book_id for found in (await library.search(isbn=HARDBACK)).books]
    with pytest.raises(IsbnAlreadyCatalogued):
        await library.add_book(isbns=[HARDBACK])


async def test_the_number_of_a_set_that_its_volumes_have_behind_their_own_names_none_of_them(library: Library) -> None:
    volumes = [await library.add_book(isbns=[own, PAPERBACK]) for own in (HARDBACK, VOLUME)]

    found = (await library.search(isbn=PAPERBACK)).books
    (named,) = await library.queries.books_lendability([BookQuestion(isbn=PAPERBACK)])
    whole = await library.add_book(title="All of it", isbns=[PAPERBACK])

    assert {each.book_id for each in volumes} == {each.book_id for each in found}
    assert isinstance(named, BookNotFound)
    (named,) = await library.queries.books_lendability([BookQuestion(isbn=PAPERBACK)])
    assert isinstance(named, BookLendability)
    assert whole.book_id == named.book_id
