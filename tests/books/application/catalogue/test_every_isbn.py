"""Every ISBN of a book counts, its own and those beside it: of other bindings, and of what was merged into it."""

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
    return await library.add_book(isbn=HARDBACK, identifiers=(("isbn", written, None),))


@pytest.mark.parametrize("written", [PAPERBACK, PAPERBACK_10])
async def test_a_book_is_listed_by_an_isbn_that_it_has_beside_its_own(library: Library, written: str) -> None:
    book = await with_paperback(library, written)

    found = await library.search(isbn=PAPERBACK_10), await library.search(isbn=PAPERBACK)

    assert [[book], [book]] == [list(each.books) for each in found]


async def test_a_book_is_lent_and_held_by_an_isbn_that_it_has_beside_its_own(library: Library) -> None:
    book = await with_paperback(library)

    (found,) = await library.queries.books_lendability([BookQuestion(isbn=PAPERBACK)])

    assert isinstance(found, BookLendability)
    assert book.book_id == found.book_id


async def test_an_isbn_that_a_book_has_beside_its_own_is_not_catalogued_again(library: Library) -> None:
    book = await with_paperback(library)
    other = await library.add_book(title="Another")

    with pytest.raises(IsbnAlreadyCatalogued) as of_a_new_one:
        await library.add_book(title="Emma in paper", isbn=PAPERBACK)
    with pytest.raises(IsbnAlreadyCatalogued) as of_an_old_one:
        await library.books.revise_book(BookRevision(other.book_id, None, {"isbn": PAPERBACK}))
    with pytest.raises(IsbnAlreadyCatalogued) as of_one_without_its_own:
        await library.add_book(identifiers=(("isbn", HARDBACK, None),))

    refused = of_a_new_one, of_an_old_one, of_one_without_its_own
    assert [{"book_id": str(book.book_id)}] * 3 == [each.value.figures for each in refused]


async def test_a_book_may_take_an_isbn_for_its_own_that_it_has_beside_it(library: Library) -> None:
    book = await with_paperback(library)

    view = await library.books.revise_book(BookRevision(book.book_id, None, {"isbn": PAPERBACK}))

    assert PAPERBACK == view.isbn


async def test_the_isbn_of_a_merged_book_goes_on_finding_the_one_that_stays(library: Library) -> None:
    book, other = await library.add_book(isbn=HARDBACK), await library.add_book(isbn=PAPERBACK)

    await library.stock.merge_books(BookMerger(book.book_id, into=other.book_id))

    assert [other.book_id] == [found.book_id for found in (await library.search(isbn=HARDBACK)).books]
    with pytest.raises(IsbnAlreadyCatalogued):
        await library.add_book(isbn=HARDBACK)


async def test_the_number_of_a_set_that_its_volumes_have_beside_their_own_names_none_of_them(library: Library) -> None:
    of_the_set = (("isbn", PAPERBACK, None),)
    volumes = [await library.add_book(isbn=own, identifiers=of_the_set) for own in (HARDBACK, VOLUME)]

    found = (await library.search(isbn=PAPERBACK)).books
    (named,) = await library.queries.books_lendability([BookQuestion(isbn=PAPERBACK)])
    whole = await library.add_book(title="All of it", isbn=PAPERBACK)

    assert {each.book_id for each in volumes} == {each.book_id for each in found}
    assert isinstance(named, BookNotFound)
    (named,) = await library.queries.books_lendability([BookQuestion(isbn=PAPERBACK)])
    assert isinstance(named, BookLendability)
    assert whole.book_id == named.book_id
