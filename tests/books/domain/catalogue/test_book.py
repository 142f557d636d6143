import pytest

from books_service.domain.catalogue.book import Book, BookAdded, BookHasCopies, BookRemoved, BookRevised
from tests.books.makers import EMMA, ISBN, NOW, a_book, a_record


def test_a_new_book_tells_of_itself() -> None:
    book = Book(id=EMMA, record=a_record(), now=NOW)

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


def test_a_rewritten_book_says_no_more_than_the_new_record() -> None:
    book = a_book(isbn=ISBN, publisher="Penguin")
    before = book.record

    changed = book.rewrite(a_record(title="Emma. A novel"), now=NOW, by="ada")

    assert changed
    assert (None, None, 2) == (book.record.publisher, book.record.isbn, book.version)
    assert [BookRevised(book, NOW, before, "ada")] == book.take_events()


def test_a_book_without_copies_can_be_removed() -> None:
    book = a_book()

    book.remove(copies=0, now=NOW, by="ada")

    assert [BookRemoved(book, NOW, "ada")] == book.take_events()


def test_a_book_with_copies_stays() -> None:
    book = a_book()

    with pytest.raises(BookHasCopies) as refused:
        book.remove(copies=2, now=NOW)

    assert ({"copies": 2}, []) == (refused.value.figures, book.take_events())
