from datetime import timedelta

import pytest

from books_service.domain.catalogue.book import Book, BookRestored
from books_service.domain.catalogue.past import HistoryEntryNotFound, PastEntry, fields_after
from tests.books.makers import EMMA, NOW, a_book, a_record

NOTHING = {"title": None, "edition": None}
ADDED, REVISED, AGAIN = (
    PastEntry(1, NOW, {}),
    PastEntry(5, NOW, {"edition": None}),
    PastEntry(9, NOW, {"title": "Ema", "edition": "2nd"}),
)
PRESENT = {"title": "Emma", "edition": "3rd"}


@pytest.mark.parametrize(
    ("place", "fields"),
    [(9, PRESENT), (5, {"title": "Ema", "edition": "2nd"}), (1, {"title": "Ema", "edition": None})],
)
def test_what_was_said_after_an_entry_is_found_by_walking_back(place: int, fields: dict[str, str]) -> None:
    assert fields == fields_after(place, [AGAIN, REVISED, ADDED], PRESENT)


def test_a_removed_book_says_again_what_it_said_before_it_was_removed_or_at_any_time_before_that() -> None:
    removed = PastEntry(12, NOW, PRESENT)

    assert PRESENT == fields_after(None, [removed, AGAIN, REVISED, ADDED], {})
    assert {"title": "Ema", "edition": None} == fields_after(1, [removed, AGAIN, REVISED, ADDED], {})


def test_the_past_goes_back_behind_a_removal_and_a_return() -> None:
    removed, restored = PastEntry(12, NOW, PRESENT), PastEntry(14, NOW, NOTHING)

    assert {"title": "Ema", "edition": "2nd"} == fields_after(5, [restored, removed, AGAIN, REVISED, ADDED], PRESENT)


@pytest.mark.parametrize("place", [2, 12, 99])
def test_there_is_no_going_back_to_what_is_no_entry_or_to_a_removal(place: int) -> None:
    removed, restored = PastEntry(12, NOW, PRESENT), PastEntry(14, NOW, NOTHING)

    with pytest.raises(HistoryEntryNotFound):
        fields_after(place, [restored, removed, AGAIN, REVISED, ADDED], PRESENT)


def test_a_book_that_is_brought_back_is_as_old_as_it_was_and_newer_than_any_version() -> None:
    added, now = NOW - timedelta(days=30), NOW
    record = a_record()

    book = Book.bring_back(EMMA, record, number=7, version=5, added_at=added, now=now, by="clerk")

    assert (EMMA, record, 7, 5, added) == (book.id, book.record, book.number, book.version, book.added_at)
    assert [BookRestored(book, now, "clerk")] == book.take_events()


def test_a_book_whose_relations_change_is_another_version_and_tells_nothing_of_itself() -> None:
    book = a_book()
    version, later = book.version, NOW + timedelta(days=1)

    book.relate(now=later)

    assert (version + 1, later, []) == (book.version, book.changed_at, book.take_events())
