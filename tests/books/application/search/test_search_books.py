from collections.abc import Sequence

import pytest

from books_service.application.catalogue.views import AvailabilityView, BookView
from books_service.application.search.search_books import FacetCounts, SearchBooks, search_books
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn
from books_service.domain.search.search import Facet, Order, Place, Rank, Search
from shared.kernel.errors import Refusals
from tests.books.makers import ISBN, NOW, a_book, any_id


class FakeSearches:
    """Finds so many books if they are asked for by the right word, and remembers what was asked."""

    def __init__(self, count: int, *, word: str = "emma", known: Sequence[str] = ()) -> None:
        self.all = [BookView.of(a_book(id=any_id()), AvailabilityView()) for _ in range(count)]
        self.word = word
        self.known = known
        self.asked: list[Search] = []

    async def find(
        self, search: Search, order: Order, *, after: Place | None, limit: int
    ) -> list[tuple[Place, BookView]]:
        self.asked.append(search)
        if not all(self.word in term.words for term in search.terms):
            return []
        return [(Place(False, Rank.IN_TITLE, NOW, book.book_id), book) for book in self.all[:limit]]

    async def known_words_like(self, words: Sequence[str]) -> Sequence[str]:
        return self.known

    async def count(self, search: Search, facets: frozenset[Facet]) -> FacetCounts:
        self.asked.append(search)
        return FacetCounts(dict.fromkeys(facets, ()), 0, complete=True)


async def test_a_full_page_tells_where_the_next_one_starts() -> None:
    found = await search_books(SearchBooks(2, q="emma"), searches=FakeSearches(3))

    assert 2 == len(found.books)
    assert (False, Rank.IN_TITLE, NOW, found.books[-1].book_id) == found.next


async def test_the_last_page_has_no_next_one() -> None:
    found = await search_books(SearchBooks(3, q="emma"), searches=FakeSearches(3))

    assert (3, None) == (len(found.books), found.next)


async def test_only_if_nothing_is_found_another_spelling_is_looked_for_and_its_pages_keep_to_it() -> None:
    searches = FakeSearches(3, known=("emma", "gemma"))

    found = await search_books(SearchBooks(2, q="emmma", facets=("author",)), searches=searches)
    again = await search_books(SearchBooks(2, q="emmma", after=found.next), searches=searches)

    assert {"emmma": ("emma",)} == found.respelt == again.respelt
    assert ["emmma", "emma", "emma", "emma"] == [search.terms[0].words[0] for search in searches.asked]


async def test_a_later_page_that_is_empty_is_the_end() -> None:
    searches = FakeSearches(0, known=("emma",))

    found = await search_books(SearchBooks(2, q="emmma", after=(False, 2, NOW, any_id())), searches=searches)

    assert ([], None, {}) == (list(found.books), found.next, found.respelt)
    assert 1 == len(searches.asked)


async def test_an_isbn_is_looked_for_however_it_is_written() -> None:
    searches = FakeSearches(0)

    await search_books(SearchBooks(1, isbn="0-14-143958-0"), searches=searches)

    assert Isbn(ISBN) == searches.asked[0].isbn


async def test_what_is_no_isbn_is_not_looked_for() -> None:
    with pytest.raises(InvalidIsbn):
        await search_books(SearchBooks(1, isbn="12345"), searches=FakeSearches(0))


async def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Refusals) as told:
        await search_books(SearchBooks(1, isbn="12345", language="english"), searches=FakeSearches(0))

    assert ["invalid-isbn", "invalid-language"] == [refusal.code for refusal in told.value.refusals]


async def test_words_that_the_catalogue_knows_are_meant_as_they_are_unless_it_knows_all_of_them() -> None:
    searches = FakeSearches(0, known=("harry", "larry", "potter", "porter"))

    await search_books(SearchBooks(1, q="harry poter"), searches=searches)
    await search_books(SearchBooks(1, q="larry porter"), searches=searches)

    def meant(search: Search) -> list[tuple[str, ...]]:
        return [term.words for term in search.terms]

    assert [("harry",), ("potter", "porter")] == meant(searches.asked[1])
    assert [("larry", "harry"), ("porter", "potter")] == meant(searches.asked[3])
