"""Under which names it is kept what a record became, so that the same record finds it again."""

from typing import Any

import pytest

from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.language import Language
from books_service.domain.exchange.came_before import (
    CameBefore,
    ChangedHereToo,
    MergedHere,
    by_present_names,
    digests_of_book,
    digests_of_copy,
    lookup_names,
    name_of_wording,
    names_of_book,
    names_of_copy,
    stored_names,
)
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.copy_record import CopyRecord
from shared.kernel.file_records import digests_of
from tests.books.makers import EMMA, ISBN, OTHER_ISBN, a_record

NUMBERED = a_record(isbns=[ISBN], external_id="koha-7")
UNNUMBERED = a_record()
LAST = {"title": "Emma", "authors": "Jane Austen", "publisher": "Penguin"}
NOW = {"title": "EMMA", "authors": "Jane Austen", "edition": "2nd"}


def a_line(**reported: Any) -> CopyRecord:
    """A copy as a file describes it."""
    return CopyRecord(Barcode("ab 1"), **reported)


def test_a_record_is_noted_under_all_that_names_its_book() -> None:
    for record in (NUMBERED, UNNUMBERED):
        digests = digests_of_book(record)

        assert names_of_book(record) == stored_names(record, digests, adds_nothing=False, shares=False)


def test_a_record_that_shares_its_book_is_noted_where_no_other_record_of_its_file_is() -> None:
    (name,) = stored_names(NUMBERED, digests_of_book(NUMBERED), adds_nothing=False, shares=True)

    assert name in lookup_names(NUMBERED, {})
    assert name not in names_of_book(a_record(external_id="koha-7"))


def test_a_record_with_an_isbn_is_never_looked_up_by_its_wording() -> None:
    assert names_of_book(NUMBERED) == lookup_names(NUMBERED, digests_of_book(NUMBERED))


def test_names_and_digests_outlive_a_release() -> None:
    assert ("isbn::9780141439587", "external::koha-7") == names_of_book(NUMBERED)
    assert ("control_number:our-1:17",) == names_of_book(a_record(identifiers=[("control_number", "17", "OUR-1")]))
    assert "wording:abcd" == name_of_wording({"title": "cd", "authors": "ab"})
    assert ("barcode:AB1",) == names_of_copy(a_line())
    assert ("copy:k-7", "barcode:AB1") == names_of_copy(a_line(external_id="K-7"))
    assert "E5K+InJB2PFM" == digests_of_copy(a_line(branch="MAIN", location="KIDS"))["location"]
    assert "aAQc62eXW5SR" == digests_of_book(UNNUMBERED, "marc")["source"]


def test_a_record_that_says_too_little_is_known_again_while_it_says_the_same() -> None:
    digests, others = digests_of_book(UNNUMBERED), digests_of_book(a_record(publisher="Penguin"))

    (name,) = stored_names(UNNUMBERED, digests, adds_nothing=True, shares=False)

    assert name in lookup_names(UNNUMBERED, digests)
    assert name not in lookup_names(a_record(publisher="Penguin"), others)


def test_what_is_said_again_or_no_more_is_no_news() -> None:
    assert {"title", "edition"} == CameBefore(EMMA, LAST).news(NOW)


@pytest.mark.parametrize(
    ("here", "changed"),
    [
        (LAST, []),  # as the file said it last
        (NOW, []),  # as it says it now
        ({"title": "Emma!", "publisher": "Oxford", "edition": "3rd"}, ["edition", "title"]),
        ({"edition": "2nd"}, ["title"]),  # emptied here
    ],
)
def test_news_of_what_says_here_what_the_file_has_never_said_changed_on_both_sides(
    here: dict[str, str], changed: list[str]
) -> None:
    before = CameBefore(EMMA, LAST)

    assert changed == before.changed_here_too(before.news(NOW), NOW, here)


def test_whoever_imports_reads_what_was_changed_or_merged_here_and_what_became_of_it() -> None:
    changed, merged = ChangedHereToo(["edition", "title"]), MergedHere(EMMA)

    assert ("changed-here-too", "merged-here") == (changed.code, merged.code)
    assert (
        "Since this last came, edition, title changed here as well as in the file. The file's word was taken; "
        "the history has what stood here."
    ) == changed.detail
    assert (
        f"This came before, and was merged here into the book {EMMA} since; what the file says anew was left aside. "
        "Change that book if it should say it, too."
    ) == merged.detail


def test_a_copy_says_the_same_of_its_place_in_any_case_and_something_else_in_another_branch() -> None:
    kids = digests_of_copy(a_line(branch="MAIN", location="KIDS"))

    assert {"barcode", "branch", "location"} == set(kids)
    assert kids == digests_of_copy(a_line(branch=" main ", location="Kids"))
    assert kids["location"] != digests_of_copy(a_line(branch="EAST", location="KIDS"))["location"]
    assert kids["location"] != digests_of_copy(a_line(branch="MAIN", location="TEENS"))["location"]
    assert {"barcode", "location"} == set(digests_of_copy(a_line(location="KIDS")))


def test_a_copy_says_something_else_with_any_other_fact_or_of_another_book() -> None:
    first, second = digests_of_copy(a_line(volume="1"), "Emma"), digests_of_copy(a_line(volume="2"), "Persuasion")

    assert {"volume", "book"} == {name for name in first if first[name] != second[name]}


def test_one_isbn_and_one_language_have_the_digests_of_the_time_when_a_book_had_one_of_each() -> None:
    record = a_record(isbns=[ISBN], languages=["en"])
    stored = digests_of({"title": "Emma", "isbn": Isbn(ISBN), "language": Language("en")})

    came = CameBefore(EMMA, by_present_names(stored))

    assert not {"title", "isbns", "languages"} & came.news(digests_of_book(record))
    assert {"isbns", "languages"} <= came.news(digests_of_book(a_record(isbns=[OTHER_ISBN], languages=["en", "fr"])))
