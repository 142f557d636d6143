from books_service.domain.book import Book, BookAdded, BookRevised
from tests.books.makers import EMMA, ISBN, NOW, a_book, a_record


def test_a_new_book_tells_of_itself() -> None:
    book = Book.add(id=EMMA, record=a_record(), now=NOW)

    assert [BookAdded(book, NOW)] == book.take_events()
    assert [] == book.take_events()


def test_a_revised_book_says_the_new_and_keeps_what_is_not_mentioned() -> None:
    book = a_book(isbn=ISBN, publisher="Penguin")
    before = book.record

    changed = book.revise(a_record(title="Emma. A novel"), now=NOW)

    assert changed
    assert ("Emma. A novel", "Penguin", 2) == (book.record.title, book.record.publisher, book.version)
    assert ("emma a novel", a_record(title="Emma. A novel").match_key) == (book.sort_key, book.match_key)
    assert [BookRevised(book, NOW, before)] == book.take_events()


def test_a_record_that_says_nothing_new_changes_nothing() -> None:
    book = a_book(publisher="Penguin")

    changed = book.revise(a_record(), now=NOW)

    assert not changed
    assert (1, []) == (book.version, book.take_events())
