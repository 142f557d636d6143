"""Under which names it is kept what a record became, so that the same record finds it again."""

from books_service.domain.exchange.came_before import digests_of_book, lookup_names, names_of_book, stored_names
from tests.books.makers import ISBN, a_record

NUMBERED = a_record(isbn=ISBN, external_id="koha-7")
UNNUMBERED = a_record()


def test_a_record_is_noted_under_all_that_names_its_book() -> None:
    for record in (NUMBERED, UNNUMBERED):
        digests = digests_of_book(record)

        assert names_of_book(record) == stored_names(record, digests, adds_nothing=False, shares=False)


def test_a_record_that_shares_its_book_is_noted_where_no_other_record_of_its_file_is() -> None:
    (name,) = stored_names(NUMBERED, digests_of_book(NUMBERED), adds_nothing=False, shares=True)

    assert name in lookup_names(NUMBERED, {})
    assert name not in names_of_book(a_record(external_id="koha-7"))


def test_a_record_that_says_too_little_is_known_again_while_it_says_the_same() -> None:
    digests, others = digests_of_book(UNNUMBERED), digests_of_book(a_record(publisher="Penguin"))

    (name,) = stored_names(UNNUMBERED, digests, adds_nothing=True, shares=False)

    assert name in lookup_names(UNNUMBERED, digests)
    assert name not in lookup_names(a_record(publisher="Penguin"), others)
