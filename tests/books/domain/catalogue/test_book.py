from datetime import timedelta

import pytest

from books_service.domain.catalogue.book import (
    Book,
    BookAdded,
    BookHasCopies,
    BookMerged,
    BookRemoved,
    BookRevised,
    IsbnAlreadyCatalogued,
    MergedIntoAnother,
    MergedIntoItself,
)
from books_service.domain.catalogue.index_term import index_terms
from books_service.domain.catalogue.isbn import Isbn
from tests.books.makers import EMMA, ISBN, NOW, OTHER_ISBN, a_book, a_record, any_id


def test_a_new_book_tells_of_itself() -> None:
    book = Book(id=EMMA, record=a_record(), now=NOW)

    assert [BookAdded(book, NOW)] == book.take_events()
    assert [] == book.take_events()


def test_a_revised_book_says_the_new_and_keeps_what_is_not_mentioned() -> None:
    book = a_book(isbns=[ISBN], publisher="Penguin")
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
    book = a_book(isbns=[ISBN], publisher="Penguin")
    before = book.record

    changed = book.rewrite(a_record(title="Emma. A novel"), now=NOW, by="ada")

    assert changed
    assert (None, None, 2) == (book.record.publisher, book.record.main_isbn, book.version)
    assert [BookRevised(book, NOW, before, "ada")] == book.take_events()


def test_a_book_without_copies_can_be_removed() -> None:
    book = a_book()

    book.remove(copies=0, now=NOW, by="ada")

    assert [BookRemoved(book, NOW, "ada")] == book.take_events()


def test_a_book_with_copies_stays() -> None:
    book = a_book()

    with pytest.raises(BookHasCopies) as refused:
        book.remove(copies=2, now=NOW)

    sentence = "The library has copies of this book. A book that is no longer wanted keeps its withdrawn copies."
    assert ({"copies": 2}, sentence, []) == (refused.value.figures, refused.value.detail, book.take_events())


def test_a_book_is_found_and_filed_by_what_its_title_page_says() -> None:
    book, record = a_book(isbns=[ISBN]), a_record(isbns=[ISBN])

    assert (record.match_key, "emma", 1815) == (book.match_key, book.sort_key, book.year_key)
    assert index_terms(record) == book.index_terms
    assert (1, NOW, NOW) == (book.version, book.added_at, book.changed_at)


def test_a_change_is_told_with_its_time_and_who_made_it() -> None:
    book, later = Book(id=EMMA, record=a_record(), now=NOW, by="ada"), NOW + timedelta(days=1)
    before = book.record

    book.revise(a_record(publisher="Penguin"), now=later, by="bob")

    assert [BookAdded(book, NOW, "ada"), BookRevised(book, later, before, "bob")] == book.take_events()
    assert (NOW, later) == (book.added_at, book.changed_at)


def test_a_record_differs_only_by_what_it_says() -> None:
    book = a_book(publisher="Penguin")

    assert not book.differs_from(a_record())
    assert book.differs_from(a_record(publisher="Oxford"))


def test_a_merged_book_leaves_the_catalogue_and_names_the_one_that_stays() -> None:
    book, other = a_book(), a_book(id=any_id())

    book.merge_into(other, now=NOW, by="ada")

    assert [BookMerged(book, other.id, NOW, "ada")] == book.take_events()
    with pytest.raises(MergedIntoItself):
        book.merge_into(book, now=NOW)


def test_whoever_asks_for_a_merged_book_is_sent_to_the_one_that_stays() -> None:
    refused = MergedIntoAnother(into=EMMA)

    sentence = "This book was merged into another, which has its copies. See `into`."
    assert ("book-merged", sentence, {"into": str(EMMA)}) == (refused.code, refused.detail, refused.figures)


def test_the_book_that_stays_takes_over_what_it_did_not_say() -> None:
    book = a_book(publisher="Penguin")

    changed = book.absorb(a_record(isbns=[ISBN], publisher="Oxford", languages=["en"]), now=NOW, by="ada")

    assert changed
    assert (ISBN, "Penguin", "en") == (
        str(book.record.main_isbn),
        book.record.publisher,
        *map(str, book.record.languages),
    )
    assert [("ada", NOW)] == [(event.by, event.at) for event in book.take_events()]


def test_the_book_that_stays_has_the_fields_that_are_taken_as_they_were_in_the_other() -> None:
    book = a_book(isbns=[ISBN], publisher="Penguin", edition="2nd", subjects=["Love"], nonfiling_characters=None)
    other = a_record(title="The Emma", nonfiling_characters=4, isbns=[OTHER_ISBN], publisher="Oxford", suppressed=True)

    book.absorb(other, take=["title", "isbns", "edition", "suppressed"], now=NOW)

    record = book.record
    assert ("The Emma", 4, "emma") == (record.title, record.nonfiling_characters, book.sort_key)
    assert [OTHER_ISBN, ISBN] == [*map(str, record.isbns)]
    assert ("Penguin", None, ("Love",), True) == (record.publisher, record.edition, record.subjects, record.suppressed)


def test_the_book_that_stays_is_found_by_the_isbn_of_the_other_too() -> None:
    book = a_book(isbns=[ISBN])

    for _ in range(2):
        book.absorb(a_record(isbns=[OTHER_ISBN], publisher="Oxford"), now=NOW, by="ada")

    assert (ISBN, "Oxford") == (str(book.record.main_isbn), book.record.publisher)
    assert [ISBN, OTHER_ISBN] == [*map(str, book.record.isbns)]
    assert [(2, "ada", NOW)] == [(book.version, event.by, event.at) for event in book.take_events()]


def test_a_book_of_the_same_isbn_brings_no_further_one() -> None:
    book = a_book(isbns=[ISBN])

    assert not book.absorb(a_record(isbns=[ISBN]), now=NOW)
    assert [ISBN] == [*map(str, book.record.isbns)]


def test_an_isbn_that_is_taken_names_the_book_that_has_it() -> None:
    refused = IsbnAlreadyCatalogued(isbn=Isbn(ISBN), book_id=EMMA)

    assert {"book_id": str(EMMA)} == refused.figures
    assert ISBN in str(refused)
    assert {} == BookHasCopies().figures
