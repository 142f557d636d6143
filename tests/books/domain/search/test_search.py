import pytest

from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.search.search import Search, Term
from shared.kernel.errors import Refusals
from tests.books.makers import ISBN


def words(q: str) -> list[str]:
    """What is looked for; a star stands for any ending."""
    return [term.words[0] + "*" * term.begins for term in Search.of(q=q).terms]


@pytest.mark.parametrize(
    ("q", "sought"),
    [
        ("García solit", ["garcia", "solit*"]),
        ("emma emma", ["emma*"]),
        ("the lord of the", ["lord", "of", "the*"]),
        ("emma & !jane:*", ["emma", "jane*"]),
        ("c++", ["c++*"]),
        ("978-0-14-143958-7", ["9780141439587*"]),
        ("0 14 143958 0", ["9780141439587*"]),
        ("emma 0141439580 austen", ["emma", "9780141439587", "austen*"]),
        ("0141439581", ["0141439581*"]),
        ("孤", ["孤*"]),
        ("孤独", ["孤独"]),
        (":*", ["~3a", "~2a"]),
        ("\u200d", ["-"]),
    ],
)
def test_words_are_looked_for_whole_but_the_last_may_be_a_beginning(q: str, sought: list[str]) -> None:
    assert sought == words(q)


def test_filters_are_whole_words_in_their_place() -> None:
    search = Search.of(title="emma", author="jane austen", subject="love", language="en", isbn=ISBN)

    assert ["=emma", "@jane", "@austen", "#love", "!eng"] == [term.words[0] for term in search.filters]
    assert not any(term.begins for term in search.filters)
    assert Isbn(ISBN) == search.isbn


def test_only_who_asks_for_words_of_a_title_can_be_answered_more_or_less_well() -> None:
    assert Search.of(q="emma").ranks
    assert Search.of(title="emma").ranks
    assert not Search.of(author="austen").ranks


def test_words_in_the_title_are_looked_for_in_their_place() -> None:
    assert (Term(("=emma",)), Term(("=jan",), begins=True), Term(("@austen",))) == Search.of(
        q="emma jan", author="austen"
    ).in_title


def test_another_spelling_takes_the_place_of_a_word_and_is_whole() -> None:
    search = Search.of(q="harry poter", language="eng").respelt({"poter": ("potter", "porter")})

    assert (Term(("harry",)), Term(("potter", "porter")), Term(("!eng",))) == search.anywhere
    assert "harry potter" == search.title


def test_numbers_and_scripts_without_spaces_are_never_misspelt() -> None:
    assert ("harry",) == Search.of(q="harry 1984 百年 is").doubtful


def test_what_else_was_asked_for_is_kept_and_is_nothing_where_nobody_asked() -> None:
    asked, nothing = Search.of(first_year=1800, last_year=1850, available=True), Search.of()

    assert (1800, 1850, True, None) == (asked.first_year, asked.last_year, asked.available, asked.title)
    assert Search() == nothing


def test_marks_alone_are_looked_for_in_titles_and_nowhere_else() -> None:
    assert ["~25", "@-"] == [term.words[0] for term in Search.of(title="%", author="%").filters]
    assert (Term(("~25",)),) == Search.of(q="%").in_title


def test_everything_that_is_no_number_and_no_language_is_told_at_once() -> None:
    with pytest.raises(Refusals) as refused:
        Search.of(isbn="1", language="elvish")

    assert ["invalid-isbn", "invalid-language"] == [wrong.code for wrong in refused.value.refusals]


def test_nine_digits_may_be_an_isbn_whose_last_is_an_x() -> None:
    assert ["9780804429573*"] == words("0-8044-2957-X")
