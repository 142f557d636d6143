import pytest

from books_service.application.catalogue.remove_book import BookRemoval
from books_service.domain.catalogue.isbn import InvalidIsbn
from shared.kernel.errors import Refusals
from tests.books.library import Library
from tests.books.makers import ISBN


async def emmas(library: Library, count: int) -> None:
    for number in range(1, count + 1):
        await library.add_book(title=f"Emma {number}")


async def test_a_full_page_tells_where_the_next_one_starts(library: Library) -> None:
    await emmas(library, 3)

    found = await library.search("emma", limit=2)
    rest = await library.search("emma", limit=2, after=found.next)

    assert (2, 1, None) == (len(found.books), len(rest.books), rest.next)
    assert 3 == len({book.book_id for book in (*found.books, *rest.books)})


async def test_the_last_page_has_no_next_one(library: Library) -> None:
    await emmas(library, 3)

    found = await library.search("emma", limit=3)

    assert (3, None) == (len(found.books), found.next)


async def test_only_if_nothing_is_found_another_spelling_is_looked_for_and_its_pages_keep_to_it(
    library: Library,
) -> None:
    await emmas(library, 3)

    right = await library.search("emma", limit=2)
    found = await library.search("emmma", limit=2, facets=("author",))
    again = await library.search("emmma", limit=2, after=found.next)

    assert {} == right.respelt
    assert {"emmma": ("emma",)} == found.respelt == again.respelt
    assert (2, 1) == (len(found.books), len(again.books))
    assert found.facets is not None
    assert 3 == found.facets.books


async def test_a_later_page_that_is_empty_is_the_end(library: Library) -> None:
    await emmas(library, 3)
    page = await library.search("emma", limit=2)
    assert page.next is not None
    last = await library.search("emma", limit=2, after=page.next)
    await library.books.remove_book(BookRemoval(last.books[-1].book_id))

    found = await library.search("emma", limit=2, after=page.next)

    assert ([], None, {}) == (list(found.books), found.next, found.respelt)


async def test_an_isbn_is_looked_for_however_it_is_written(library: Library) -> None:
    book = await library.add_book(isbns=[ISBN])

    assert [book.book_id] == [each.book_id for each in (await library.search(isbn="0-14-143958-0")).books]


async def test_what_is_no_isbn_is_not_looked_for(library: Library) -> None:
    with pytest.raises(InvalidIsbn):
        await library.search(isbn="12345")


async def test_all_that_is_wrong_is_told_at_once(library: Library) -> None:
    with pytest.raises(Refusals) as refused:
        await library.search(isbn="12345", language="english")

    assert ["invalid-isbn", "invalid-language"] == [refusal.code for refusal in refused.value.refusals]


async def test_words_that_the_catalogue_knows_are_meant_as_they_are_unless_it_knows_all_of_them(
    library: Library,
) -> None:
    await library.add_book(title="Harry Potter")
    await library.add_book(title="Larry Porter")

    unknown = await library.search("harry poter")
    known = await library.search("larry potter")

    assert {"poter"} == set(unknown.respelt)
    assert ["Harry Potter"] == [book.title for book in unknown.books][:1]
    assert known.books
