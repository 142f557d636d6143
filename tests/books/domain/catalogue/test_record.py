from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.domain.catalogue.contributor import Contributor, ContributorRole
from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.domain.catalogue.record import BookRecord, RawField
from books_service.domain.catalogue.series import Series
from books_service.domain.text import InvalidText, folded, line
from shared.kernel.errors import InvalidValue, Refusals
from tests.books.makers import ISBN, a_record


def test_a_record_is_clean_however_it_was_typed() -> None:
    record = a_record(title="  The   Portrait of\ta Lady ", authors=["Henry  James", "Henry James"], subjects=["Italy"])

    assert "The Portrait of a Lady" == record.title
    assert ("Henry James",) == record.authors


def test_letters_are_composed() -> None:
    assert "Brontë" == a_record(authors=["Bronte\u0308"]).authors[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 1001},
        {"title": "a\x00b"},
        {"title": "a\ud800b"},
        {"authors": [""]},
        {"authors": ["x"] * 2 + [f"author {n}" for n in range(100)]},
        {"isbns": ["123"]},
        {"published_year": 10_000},
        {"published_year": -10_000},
        {"languages": ["english"]},
        {"subjects": ["x" * 201]},
        {"description": "x" * 10_001},
        {"publisher": "\x07"},
        {"contributors": [("Ada", "author")]},
        {"contributors": [("", "editor")]},
        {"identifiers": [("asin", "B00", None)]},
        {"identifiers": [("oclc", "", None)]},
        {"identifiers": [("other", "1", "x" * 101)]},
        {"series": [("x" * 501, None)]},
        {"series": [(f"Series {n}", None) for n in range(101)]},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_the_name_of_its_field(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as refused:
        a_record(**wrong)

    assert [refused.value.field] == list(wrong)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Refusals) as refused:
        a_record(title="", isbns=["1"], published_year=99_999)

    fields = [wrong.field for wrong in refused.value.refusals if isinstance(wrong, InvalidValue)]
    assert ["title", "published_year", "isbns"] == fields


def test_who_did_two_things_is_listed_twice_and_who_is_named_twice_once() -> None:
    record = a_record(
        contributors=[(" Ada  Lovelace ", "editor"), ("Ada Lovelace", "narrator"), ("Ada Lovelace", "editor")]
    )

    assert (
        Contributor("Ada Lovelace", ContributorRole.EDITOR),
        Contributor("Ada Lovelace", ContributorRole.NARRATOR),
    ) == record.contributors


def test_a_series_and_an_identifier_need_no_more_than_their_first_parts() -> None:
    record = a_record(series=[("Penguin Classics", None)], identifiers=[("doi", "10.1000/182", None)])

    assert (Series("Penguin Classics"),) == record.series
    assert (Identifier(Scheme.DOI, "10.1000/182"),) == record.identifiers


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("issn", "0317-8471", None), ("issn", "0317 8471", None)),
        (("control_number", "Ocm1", "OCoLC"), ("control_number", " ocm1 ", "ocolc")),
    ],
)
def test_an_identifier_has_one_key_however_it_is_written(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert Identifier.of(*one).key == Identifier.of(*other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("control_number", "1", "DLC"), ("control_number", "1", None)),
        (("control_number", "1-1", "DLC"), ("control_number", "11", "DLC")),
        (("lccn", "1", None), ("oclc", "1", None)),
    ],
)
def test_numbers_of_different_counts_are_different(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert Identifier.of(*one).key != Identifier.of(*other).key


def test_a_year_before_our_era_is_negative() -> None:
    assert -720 == a_record(published_year=-720).published_year


def test_a_description_keeps_its_paragraphs() -> None:
    assert "One.\n\nTwo." == a_record(description=" One. \r\n\r\n  Two.\n").description


@pytest.mark.parametrize(
    ("written", "year"), [("2008.0", 2008), ("-720.0", -720), ("1984", 1984), (" 1999 ", 1999), ("0", 0)]
)
def test_a_year_that_went_through_a_spreadsheet_is_mended(written: str, year: int) -> None:
    record, left_out = BookRecord.repaired({"title": "The Odyssey", "published_year": written})

    assert (year, ()) == (record.published_year, left_out)


def test_a_broken_value_is_left_out_and_the_rest_is_taken() -> None:
    raw_fields: dict[str, RawField] = {
        "title": "The Odyssey",
        "published_year": "c1998",
        "isbns": ("812971060", ISBN),
        "languages": ("Greek", "en"),
        "edition": "2nd",
    }

    record, left_out = BookRecord.repaired(raw_fields)

    assert ("The Odyssey", "2nd") == (record.title, record.edition)
    assert ([ISBN], ["en"]) == ([*map(str, record.isbns)], [*map(str, record.languages)])
    assert {"published_year": "invalid-year", "isbns": "invalid-isbn", "languages": "invalid-language"} == {
        wrong.field: wrong.code for wrong in left_out
    }


@pytest.mark.parametrize("raw_fields", [{}, {"title": " "}, {"title": "\x1b"}, {"title": "x" * 5000, "isbns": ["1"]}])
def test_without_a_title_there_is_no_book(raw_fields: dict[str, str]) -> None:
    with pytest.raises(InvalidText):
        BookRecord.repaired(raw_fields)


@pytest.mark.parametrize(
    "other",
    [
        {"title": "EMMA"},
        {"title": "Émma!"},
        {"authors": ["JANE AUSTEN"]},
        {"isbns": [ISBN], "publisher": "Penguin", "subjects": ["Matchmaking"]},
    ],
    ids=str,
)
def test_records_of_one_title_by_one_author_in_one_year_match(other: dict[str, Any]) -> None:
    assert a_record().match_key == a_record(**other).match_key


@pytest.mark.parametrize("other", [{"title": "Emma II"}, {"authors": ["Jane Doe"]}, {"published_year": 1816}], ids=str)
def test_records_of_different_titles_authors_or_years_do_not_match(other: dict[str, Any]) -> None:
    assert a_record().match_key != a_record(**other).match_key


def test_the_order_of_authors_makes_no_other_book() -> None:
    both = ["Karl Marx", "Friedrich Engels"]

    assert a_record(authors=both).match_key == a_record(authors=both[::-1]).match_key


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("L'Étranger", "letranger"),
        ("Aesop’s Fables", "aesops fables"),
        ("Straße", "strasse"),
        ("  Les  Misérables, I ", "les miserables i"),
        ("الأسود يليق بك", "الاسود يليق بك"),
        ("$%&", "$%&"),
        ("Ⅷ", "viii"),
    ],
)
def test_titles_are_filed_by_their_bare_words(text: str, bare: str) -> None:
    assert bare == folded(text)


@given(st.text(max_size=60))
def test_any_text_can_be_filed(text: str) -> None:
    try:
        title = line(text, field="title", limit=100)
    except InvalidText:
        return

    assert folded(title)
    assert folded(title) == folded(title.upper().lower()) or not title.isascii()


def test_what_a_record_does_not_say_is_taken_from_the_older_one() -> None:
    older = a_record(isbns=[ISBN], publisher="Penguin", subjects=["England"], series=[("Novels", "1")])
    newer = a_record(title="EMMA", publisher="Vintage", authors=[])

    merged = newer.over(older)

    assert ("EMMA", "Vintage", ("Jane Austen",)) == (merged.title, merged.publisher, merged.authors)
    assert (older.isbns, ("England",), older.series) == (merged.isbns, merged.subjects, merged.series)


def test_a_changed_record_keeps_what_is_not_mentioned_and_loses_what_is_emptied() -> None:
    record = a_record(isbns=[ISBN], publisher="Penguin", subjects=["England"])

    changed = record.with_changes({"title": " EMMA ", "publisher": None, "subjects": (), "edition": "2nd"})

    assert ("EMMA", "2nd", None, ()) == (changed.title, changed.edition, changed.publisher, changed.subjects)
    assert (record.isbns, record.authors) == (changed.isbns, changed.authors)


def test_everything_that_is_wrong_in_a_change_is_told_at_once() -> None:
    with pytest.raises(Refusals) as refused:
        a_record().with_changes({"isbns": ["1"], "languages": ["english"]})

    assert ["invalid-isbn", "invalid-language"] == [wrong.code for wrong in refused.value.refusals]


def test_of_a_record_with_little_news_only_that_is_left_and_the_title_that_it_had() -> None:
    record, older = a_record(title="EMMA", publisher="Vintage", isbns=[ISBN]), a_record(publisher="Penguin")

    assert BookRecord(title="Emma", publisher="Vintage") == record.restricted_to({"publisher"}, older)
    assert BookRecord(title="EMMA", isbns=record.isbns) == record.restricted_to({"title", "isbns"}, older)


def test_a_control_number_names_a_book_only_if_it_is_known_whose_it_is() -> None:
    of_nobody, of_dlc = ("control_number", "1", None), ("control_number", "2", "DLC")

    assert None is a_record(identifiers=[of_nobody, ("doi", "10.1/2", "DLC")]).control_number
    assert Identifier.of(*of_dlc) == a_record(identifiers=[of_nobody, of_dlc]).control_number


def test_a_book_is_found_by_its_identifiers_and_its_key_of_another_system_whatever_the_case() -> None:
    doi = ("doi", "10.1000/A", None)

    assert {"external::koha-7", "doi::10.1000/a"} == a_record(external_id="Koha-7", identifiers=[doi]).keys
    assert {"doi::10.1000/a"} == a_record(identifiers=[doi]).keys


def test_a_record_follows_what_a_file_says_otherwise_than_before() -> None:
    book = a_record(title="Emma", publisher="Penguin", subjects=["Wit"], notes=["ours"])

    followed = book.following(
        {"title": "Emma /", "publisher": "Penguin", "subjects": ("Wit",)},
        {"title": "Emma /", "edition": "2nd ed.", "subjects": ("Wit", "Love")},
    )

    assert a_record(title="Emma", edition="2nd ed.", subjects=["Wit", "Love"], notes=["ours"]) == followed


@pytest.mark.parametrize(
    ("reported", "code"), [({}, "invalid-text"), ({"title": "E", "isbns": ("9780141439588",)}, "invalid-isbn")]
)
def test_a_file_that_says_no_title_or_a_wrong_value_is_not_followed(reported: Any, code: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        a_record().following({"title": "Emma"}, reported)

    assert code == refused.value.code
