import pytest

from books_service.domain.catalogue.book import hidden
from books_service.domain.catalogue.copy_counts import NO_COPIES, CopyCounts
from tests.books.makers import a_book, a_record


def counts(copies: int, hidden_copies: int) -> CopyCounts:
    return CopyCounts(copies, 0, 0, 0, 0, 0, hidden_copies)


def test_a_suppressed_book_is_hidden_whatever_there_is_of_it() -> None:
    assert hidden(a_record(suppressed=True), NO_COPIES)
    assert hidden(a_record(suppressed=True, format="ebook"), counts(2, 0))


def test_a_book_that_never_had_a_copy_is_shown() -> None:
    assert not hidden(a_record(), NO_COPIES)


@pytest.mark.parametrize(("all_copies", "hidden_ones", "is_hidden"), [(1, 0, False), (2, 1, False), (2, 2, True)])
def test_a_book_of_whose_copies_none_is_shown_is_hidden(all_copies: int, hidden_ones: int, is_hidden: bool) -> None:
    assert is_hidden == hidden(a_record(), counts(all_copies, hidden_ones))
    assert is_hidden == hidden(a_record(format="video"), counts(all_copies, hidden_ones))


def test_what_needs_no_copy_is_shown_without_any() -> None:
    assert not hidden(a_record(format="ebook"), counts(2, 2))


def test_that_a_book_is_not_suppressed_says_nothing() -> None:
    assert (a_record().suppressed, a_record(suppressed=False)) == (None, a_record())
    assert None is a_record(suppressed=True).with_changes({"suppressed": False}).suppressed
    assert a_record().over(a_record(suppressed=True)).suppressed


def test_a_duplicate_that_is_suppressed_hides_no_book_that_stays() -> None:
    book, now = a_book(), a_book().added_at

    assert not book.absorb(a_record(suppressed=True), now=now)
    assert None is book.record.suppressed
