from typing import Any

import pytest

from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.exchange.matching import (
    ControlNumberRepeatedInFile,
    FileMatching,
    IsbnRepeatedInFile,
    MatchKey,
    came_together,
    is_beside,
    is_numbered_alike,
    names_of,
    says_too_little,
)
from tests.books.makers import EMMA, ISBN, OTHER_ISBN, a_book, a_record, any_id


def of_catalogue(value: str = "17", source: str | None = "OUR-1") -> dict[str, Any]:
    return {"identifiers": [("control_number", value, source)]}


def the_file(*records: BookRecord) -> FileMatching:
    """The matching of a file in which these records occur."""
    return FileMatching(name for record in records for name in names_of(record))


def found(record: BookRecord, *books: Book, among: FileMatching | None = None) -> Book | None:
    return (among or the_file(record)).find(record, books)


def test_the_isbn_says_which_book_is_meant_whatever_else_is_alike() -> None:
    same = a_book(id=any_id(), isbns=[ISBN], title="Emma. A novel")

    assert same is found(a_record(isbns=[ISBN]), a_book(), same, a_book(id=any_id(), isbns=[OTHER_ISBN]))


def test_the_key_of_the_old_system_comes_before_the_control_number_and_that_before_a_likeness() -> None:
    alike = a_book(id=any_id())
    numbered = a_book(id=any_id(), title="Something else", **of_catalogue())
    together = a_book(id=any_id(), title="Something else", external_id="OLD-1")
    record = a_record(external_id="old-1", **of_catalogue())

    assert together is found(record, alike, numbered, together)
    assert numbered is found(record, alike, numbered)
    assert alike is found(record, alike)


@pytest.mark.parametrize("other", [{"title": "Persuasion"}, {"authors": ["Another"]}, {"published_year": 1816}])
def test_a_book_with_another_title_author_or_year_is_not_alike(other: dict[str, Any]) -> None:
    assert None is found(a_record(), a_book(**other))


def test_with_an_isbn_only_a_book_without_one_is_alike() -> None:
    record = a_record(isbns=[ISBN])

    assert None is found(record, a_book(isbns=[OTHER_ISBN]))
    assert EMMA == getattr(found(record, a_book()), "id", None)


def test_a_record_without_an_isbn_may_mean_a_book_with_one() -> None:
    assert EMMA == getattr(found(a_record(), a_book(isbns=[ISBN])), "id", None)


def test_another_number_of_the_same_catalogue_says_that_it_is_another_book() -> None:
    book = a_book(**of_catalogue("18"))

    assert None is found(a_record(**of_catalogue("17")), book)
    assert book is found(a_record(**of_catalogue("17", "THEIRS")), book)
    assert book is found(a_record(), book)


def test_other_keys_of_the_old_system_say_that_it_is_another_book() -> None:
    assert None is found(a_record(external_id="old-1"), a_book(external_id="old-2"))
    assert EMMA == getattr(found(a_record(external_id="old-1"), a_book()), "id", None)
    assert EMMA == getattr(found(a_record(), a_book(external_id="old-2")), "id", None)


@pytest.mark.parametrize("named", [{"isbns": [ISBN]}, of_catalogue()])
def test_a_book_that_another_record_of_the_file_names_is_not_meant_by_a_likeness(named: dict[str, Any]) -> None:
    alike = a_record()

    assert None is found(alike, a_book(**named), among=the_file(alike, a_record(**named)))


def test_of_books_that_are_alike_the_one_that_was_added_first_is_meant() -> None:
    first, second = sorted((a_book(id=any_id()), a_book(id=any_id())), key=lambda book: book.id)

    assert first is found(a_record(), second, first)


def test_a_book_that_another_record_became_before_is_meant_by_its_isbn_alone() -> None:
    alike, beside = a_book(), a_book(isbns=[OTHER_ISBN, ISBN])
    by_isbn = a_record(isbns=[ISBN])

    assert None is the_file().find(a_record(), [alike], of_others={alike.id})
    assert None is the_file().find(a_record(external_id="1"), [a_book(external_id="1")], of_others={EMMA})
    assert beside is the_file(by_isbn).find(by_isbn, [beside], of_others={beside.id})


def test_each_book_stands_for_one_record() -> None:
    first, second = sorted((a_book(id=any_id()), a_book(id=any_id())), key=lambda book: book.id)
    matching = the_file()

    matching.take(1, a_record(), None, first.id)

    assert second is matching.find(a_record(), [first, second])
    matching.take(2, a_record(), None, second.id)
    assert None is matching.find(a_record(), [first, second])


def test_a_book_is_taken_once_a_record_stands_for_it() -> None:
    matching = the_file()
    matching.take(1, a_record(), None, EMMA)

    assert (True, False) == (matching.is_taken(EMMA), matching.is_taken(any_id()))


def test_a_second_record_with_the_isbn_of_an_earlier_one_is_refused() -> None:
    record = a_record(isbns=[ISBN])
    matching = the_file(record)
    matching.take(7, record, ISBN, None)

    with pytest.raises(IsbnRepeatedInFile, match=r"^Record 7 of this file has the ISBN 978.* Only that") as refused:
        matching.find(a_record(isbns=[ISBN], title="Another"), [])

    assert {"first_record": 7} == refused.value.figures


def test_without_an_isbn_a_second_record_with_the_control_number_of_an_earlier_one_is_refused() -> None:
    record = a_record(**of_catalogue())
    matching = the_file(record)
    matching.take(7, record, None, None)

    sentence = r"^Record 7 .*control number 17 of OUR-1 .*facts\. Only that one was taken\.$"
    with pytest.raises(ControlNumberRepeatedInFile, match=sentence) as refused:
        matching.find(record, [])

    assert {"first_record": 7} == refused.value.figures
    assert None is matching.find(a_record(isbns=[ISBN], **of_catalogue()), [])


def test_a_record_repeats_an_earlier_one_that_said_the_very_same() -> None:
    matching = the_file()
    matching.take(1, a_record(), "97801x", None)

    assert matching.repeats(a_record(), "97801x")
    assert not matching.repeats(a_record(), None), "the ISBN that had to be left out tells them apart"
    assert not matching.repeats(a_record(title="Persuasion"), "97801x")


def test_an_isbn_that_was_repaired_does_not_tell_records_apart() -> None:
    matching = the_file()
    matching.take(1, a_record(isbns=[ISBN]), "0141439580", None)

    assert matching.repeats(a_record(isbns=[ISBN]), ISBN)


def test_what_is_rolled_back_was_never_taken_and_what_was_certain_stays() -> None:
    certain, undone = a_record(isbns=[ISBN]), a_record(isbns=[OTHER_ISBN])
    matching, book = the_file(certain, undone), a_book(id=any_id())
    matching.take(1, certain, None, None)
    matching.savepoint()
    matching.take(2, undone, None, None)
    matching.take(3, a_record(title="Persuasion"), None, book.id)

    matching.roll_back()
    matching.roll_back()

    assert matching.repeats(certain, None)
    assert not matching.repeats(undone, None)
    assert None is matching.find(undone, [])
    assert book is matching.find(a_record(), [book])
    with pytest.raises(IsbnRepeatedInFile):
        matching.find(certain, [])


def test_a_repeated_record_that_is_rolled_back_was_still_taken_before() -> None:
    matching = the_file()
    matching.take(1, a_record(), None, None)
    matching.savepoint()
    matching.take(2, a_record(), None, None)

    matching.roll_back()

    assert matching.repeats(a_record(), None)


def test_a_book_is_named_by_its_isbn_and_its_control_number() -> None:
    record = a_record(isbns=[ISBN], **of_catalogue())
    assert record.main_isbn is not None
    assert record.control_number is not None

    assert [MatchKey.of_isbn(record.main_isbn), MatchKey.of_key(record.control_number.key)] == [*names_of(record)]
    assert [] == [*names_of(a_record())]


def test_keys_of_different_things_differ_and_are_small() -> None:
    keys = [MatchKey.of("isbn", "1"), MatchKey.of("key", "1"), MatchKey.of("key", "2"), MatchKey.of_book(EMMA)]

    assert 4 == len(set(keys))
    assert {12} == {len(key.digest) for key in keys}
    assert MatchKey.of("key", "\ud800") != MatchKey.of("key", "\ud801"), "whatever a file says is text"


def test_a_record_without_an_isbn_says_too_little_of_a_book_with_one_unless_a_number_names_it() -> None:
    book = a_book(isbns=[ISBN], external_id="OLD-1", **of_catalogue())

    assert says_too_little(a_record(), book)
    assert not says_too_little(a_record(isbns=[ISBN]), book)
    assert not says_too_little(a_record(**of_catalogue()), book)
    assert not says_too_little(a_record(external_id="old-1"), book)
    assert not says_too_little(a_record(), a_book())


def test_only_equal_keys_say_that_two_came_together_or_are_numbered_alike() -> None:
    book, silent = a_book(external_id="OLD-1", **of_catalogue()), a_book()

    assert came_together(a_record(external_id="old-1"), book)
    assert not came_together(a_record(external_id="old-2"), book)
    assert not came_together(a_record(), book)
    assert not came_together(a_record(external_id="old-1"), silent)
    assert is_numbered_alike(a_record(**of_catalogue()), book)
    assert not is_numbered_alike(a_record(**of_catalogue("18")), book)
    assert not is_numbered_alike(a_record(), book)
    assert not is_numbered_alike(a_record(**of_catalogue()), silent)


def test_a_record_of_one_binding_stands_beside_a_book_of_another_that_it_does_not_name() -> None:
    book = a_book(isbns=[OTHER_ISBN, ISBN])

    assert is_beside(a_record(isbns=[ISBN]), book)
    assert not is_beside(a_record(isbns=[ISBN, OTHER_ISBN]), book), "the record names both"
    assert not is_beside(a_record(isbns=[ISBN]), a_book(isbns=[OTHER_ISBN])), "the book has nothing of it"
    assert not is_beside(a_record(isbns=[ISBN]), a_book(isbns=[ISBN])), "it is the book's main one"
    assert not is_beside(a_record(), book)
