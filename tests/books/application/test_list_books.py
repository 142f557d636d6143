import pytest

from books_service.application.list_books import ListBooks, list_books
from books_service.application.views import AvailabilityView, BookList, BookView
from books_service.domain.isbn import InvalidIsbn, Isbn
from tests.books.makers import ISBN, a_book, any_id


class FakeViews:
    """Answers with the first books, and remembers the question."""

    def __init__(self, count: int) -> None:
        self.all = [a_book(id=any_id(), title=f"Volume {number}") for number in range(count)]

    async def books(self, wanted: BookList, *, limit: int) -> list[tuple[BookView, str]]:
        self.asked = wanted
        return [(BookView.of(book, AvailabilityView()), book.sort_key) for book in self.all[:limit]]


async def test_a_full_page_tells_where_the_next_one_starts() -> None:
    views = FakeViews(3)

    page, place = await list_books(ListBooks(limit=2), views=views)
    _, by_title = await list_books(ListBooks(limit=2, by_title=True), views=views)

    assert 2 == len(page)
    assert (page[-1].added_at, page[-1].book_id) == place
    assert ("volume 1", page[-1].book_id) == by_title


async def test_the_last_page_has_no_next_one() -> None:
    page, place = await list_books(ListBooks(limit=3), views=FakeViews(3))

    assert (3, None) == (len(page), place)


async def test_an_isbn_is_looked_for_however_it_is_written() -> None:
    views = FakeViews(0)

    await list_books(ListBooks(limit=1, isbn="0-14-143958-0"), views=views)

    assert Isbn(ISBN) == views.asked.isbn


async def test_what_is_no_isbn_is_not_looked_for() -> None:
    with pytest.raises(InvalidIsbn):
        await list_books(ListBooks(limit=1, isbn="12345"), views=FakeViews(0))
