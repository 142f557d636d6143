"""Which keys and fields the rules of an import are about."""

from books_service.domain.exchange.came_before import BOOK_KEYS, COPY_KEYS
from books_service.domain.exchange.record_rules import RecordRules, kept
from shared.kernel.import_profiles import ImportRules
from tests.books.makers import a_record


def test_without_rules_all_keys_match_and_nothing_is_protected() -> None:
    assert RecordRules() == RecordRules.of(ImportRules(), copies_alone=False)
    assert RecordRules(BOOK_KEYS, COPY_KEYS) == RecordRules.of(ImportRules(), copies_alone=True)


def test_the_rules_of_an_import_of_books_are_about_titles_and_the_copies_in_them() -> None:
    rules = ImportRules(match=("external_id", "isbn"), protect=("description", "copy_shelf_mark"))

    meant = RecordRules.of(rules, copies_alone=False)

    assert (("external_id", "isbn"), COPY_KEYS) == (meant.book_keys, meant.copy_keys)
    assert {"description", "copy_shelf_mark"} == meant.of_books
    assert {"shelf_mark"} == meant.of_copies


def test_who_protects_a_title_protects_what_is_not_filed_of_it() -> None:
    assert {"title", "nonfiling_characters"} == RecordRules.of(
        ImportRules(protect=("title",)), copies_alone=False
    ).of_books


def test_the_rules_of_an_import_of_copies_are_about_these_alone() -> None:
    meant = RecordRules.of(ImportRules(match=("barcode",), protect=("shelf_mark", "title")), copies_alone=True)

    assert (BOOK_KEYS, ("barcode",)) == (meant.book_keys, meant.copy_keys)
    assert {"shelf_mark", "title"} == meant.of_copies
    assert not meant.of_books


def test_what_is_protected_is_kept_where_it_has_a_value() -> None:
    here = a_record(publisher="Penguin")

    assert {"publisher", "title"} == kept(frozenset({"publisher", "title", "subjects", "edition", "nothing"}), here)
