import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.domain.catalogue.index_term import index_terms, marks_of, spelt_words, words_to_find, words_to_index
from tests.books.makers import a_record


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("The Märchen", ["the", "marchen"]),
        ("Straße nach Łódź", ["strasse", "nach", "lodz"]),
        ("L'Amour fou", ["lamour", "l", "amour", "fou"]),
        ("O’Brien", ["obrien", "o", "brien"]),
        ("C++ and C#, not C", ["c", "c++", "and", "c", "c#", "not", "c"]),
        ("a+b", ["a", "b"]),
        ("百年孤独", ["百年", "年孤", "孤独", "独"]),
        ("Evangelion新世紀2", ["evangelion", "新世", "世紀", "紀", "2"]),
        ("हिन्दी की कहानी", ["हिन्दी", "की", "कहानी"]),
        ("ガラス", ["ガラ", "ラス", "ス"]),
        ("Ёлка", ["елка"]),
        ("Gogol\u02b9", ["gogol"]),
        ("Tol\u02b9stoĭ", ["tolstoi", "tol", "stoi"]),
        ("\u02bbAbd al-Raḥmān", ["abd", "al", "rahman"]),
        ("Hawai\u02bbi", ["hawaii", "hawai", "i"]),
        ("صـــهي", ["صهي"]),
        ("\u0645\u06cc\u200c\u0634", ["\u0645\u064a\u0634", "\u0645\u064a", "\u0634"]),
        ("Donau\u00addampf\u200e", ["donaudampf"]),
        ("... ❤️ !", []),
        ("x" * 1000, ["x" * 60]),
    ],
)
def test_words_are_kept_in_every_form_in_which_they_are_asked_for(text: str, kept: list[str]) -> None:
    assert kept == [*words_to_index(text)]


@pytest.mark.parametrize(
    ("kept", "asked"),
    [("Tol\u02b9stoĭ", "Tolstoi"), ("Il\u2032ia", "Ilia"), ("צ\u05f3ק", "צ'ק"), ("كتاب", "کتاب"), ("\u02bfAlī", "Ali")],
)
def test_a_text_is_found_without_the_signs_that_few_can_type(kept: str, asked: str) -> None:
    assert {*words_to_find(asked)} <= {*words_to_index(kept)}


@given(st.text(max_size=40))
def test_every_text_is_found_by_itself(text: str) -> None:
    assert {*words_to_find(text)} <= {*words_to_index(text)}


@given(st.text(max_size=40))
def test_no_word_holds_what_a_query_language_means_something_by(text: str) -> None:
    for word in (*words_to_index(text), *words_to_find(text), *marks_of(text)):
        assert not set(word) & set("'\"\\:*&|!()<> \x00"), word
        assert word[0] not in "=@#"


def test_a_book_is_kept_under_the_places_of_its_words_and_under_all_its_numbers() -> None:
    record = a_record(
        title="Emma!",
        authors=["Jane Austen"],
        contributors=[("Zoë Roth", "translator")],
        isbns=["9780141439587", "0-14-143951-3"],
        identifiers=[("oclc", "12-34", None)],
        languages=["en", "fre"],
        subjects=["England"],
        series=[("Classics", "1")],
        publisher="Penguin",
    )

    assert {
        *("=emma", "@jane", "@austen", "@zoe", "@roth", "#england", "!eng", "!fre", "~21"),
        *("emma", "jane", "austen", "zoe", "roth", "england", "classics", "penguin", "!=classics", "!=1", "!@penguin"),
        *("9780141439587", "0141439580", "9780141439518", "0141439513", "12", "34", "1234"),
    } <= set(index_terms(record))


def test_a_book_is_kept_under_its_format_its_classes_and_whether_it_is_online() -> None:
    record = a_record(format="large_print", classification=[("823.7", "ddc")], links=[("https://x.example/", None)])

    assert {"!+large#print", "!#003823", "!#003823~7", "!~"} <= set(index_terms(record))
    assert "!~" in index_terms(a_record(format="ebook"))
    assert "!~" not in index_terms(a_record(format="book"))


def test_words_that_may_be_misspelt_are_those_of_titles_and_names() -> None:
    record = a_record(title="Emma 2, or 百年", authors=["Jo Ang"], subjects=["England"])

    assert {"emma", "ang"} == spelt_words(record)


def test_a_subtitle_and_contributors_are_looked_for_like_titles_and_names() -> None:
    record = a_record(
        subtitle="A Novel", contributors=[("Zoë Roth", "editor")], identifiers=[("other", "broken", None)]
    )

    assert {"=novel", "novel", "broken"} <= set(index_terms(record))
    assert {"emma", "novel", "jane", "austen", "zoe", "roth"} == spelt_words(record)


def test_a_book_is_kept_under_nothing_but_what_its_title_page_says() -> None:
    assert {"=emma", "@jane", "@austen", "emma", "jane", "austen"} == set(index_terms(a_record()))


def test_an_isbn_of_ten_digits_is_kept_with_a_small_x() -> None:
    assert "080442957x" in index_terms(a_record(isbns=["0-8044-2957-X"]))


@pytest.mark.parametrize(("number", "kept"), [("12\u02b93", "123"), ("K\u02bc4", "k4"), ("\u02b9", None)])
def test_a_number_is_kept_without_the_signs_that_few_can_type(number: str, kept: str | None) -> None:
    terms = index_terms(a_record(identifiers=[("other", number, None)]))

    assert kept is None or kept in terms
    assert not any("'" in term or not term for term in terms)
