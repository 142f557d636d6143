"""The names and subjects under which a book is browsed."""

from books_service.domain.catalogue.heading import headings_of
from books_service.domain.catalogue.record import NO_AUTHOR
from tests.books.makers import a_record


def test_a_book_is_browsed_by_all_who_made_it_and_by_its_subjects() -> None:
    record = a_record(authors=["Austen, Jane"], contributors=[("Zoë Roth", "editor")], subjects=["Love -- Fiction"])

    assert {
        ("author", "austen jane"): "Austen, Jane",
        ("author", "zoe roth"): "Zoë Roth",
        ("subject", "love fiction"): "Love -- Fiction",
    } == headings_of(record)


def test_a_book_is_filed_by_its_first_author_or_contributor_and_without_any_behind_all() -> None:
    assert "austen jane" == a_record(authors=["Austen, Jane", "Ada"]).author_key
    assert "zoe roth" == a_record(authors=[], contributors=[("Zoë Roth", "editor")]).author_key
    assert NO_AUTHOR == a_record(authors=[]).author_key
