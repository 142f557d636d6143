import pytest

from books_service.domain.search.cql import QueryRefused, search_of
from books_service.domain.search.search import Search, Term


def words(query: str) -> list[tuple[str, ...]]:
    return [term.words for term in search_of(query).filters]


def refusal(query: str) -> tuple[int, str]:
    with pytest.raises(QueryRefused) as refused:
        search_of(query)
    return refused.value.diagnostic, refused.value.details


def test_a_word_alone_may_stand_anywhere() -> None:
    assert [("emma",)] == words("Emma")
    assert [("emma",), ("austen",)] == words('"Emma Austen"')


def test_an_index_says_where_the_words_stand() -> None:
    assert [("=pride",), ("=prejudice",)] == words('dc.title = "Pride, prejudice"')
    assert [("@austen",)] == words("dc.creator all austen")
    assert words("title=emma") == words("DC.Title = Emma")


def test_any_takes_one_of_the_words() -> None:
    assert [("#whales", "#ships")] == words('dc.subject any "whales ships"')


def test_and_asks_for_both_and_or_for_either() -> None:
    assert [("=emma",), ("@austen",)] == words("title=emma and author=austen")
    assert [("=emma", "=persuasion")] == words("title=emma or title=persuasion")
    assert [("=a", "=c"), ("=a", "=d"), ("=b", "=c"), ("=b", "=d")] == words('title="a b" or title="c d"')


def test_brackets_bind_first_and_all_else_from_left_to_right() -> None:
    assert [("x", "y"), ("z",)] == words("x or y and z")
    assert [("x", "y"), ("x", "z")] == words("x or (y and z)")


def test_years_are_a_range() -> None:
    assert (1850, 1859) == years("dc.date >= 1850 and date < 1860")
    assert (1848, 1848) == years("dc.date = 1848")
    assert (-44, 14) == years('dc.date within "-44 14"')


def years(query: str) -> tuple[int | None, int | None]:
    found = search_of(query)
    return found.first_year, found.last_year


def test_the_end_of_the_last_word_may_be_masked() -> None:
    (first, last) = search_of('title = "middle march*"').filters

    assert (Term(("=middle",)), Term(("=march",), begins=True)) == (first, last)


def test_an_isbn_is_found_however_it_is_written() -> None:
    assert [("9780141439587",)] == words("bath.isbn = 978-0-14-143958-7") == words('isbn="0141439580"')


def test_a_language_is_named_by_either_code() -> None:
    assert [("!eng",)] == words("dc.language = en") == words("dc.language = eng")


def test_all_records_are_all_books() -> None:
    assert Search() == search_of("cql.allRecords = 1")
    assert [("=emma",)] == words("cql.allRecords = 1 and title = emma")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("emma not austen", (37, "not")),
        ("emma prox austen", (37, "prox")),
        ("marc.title = emma", (16, "marc.title")),
        ("title == emma", (19, "==")),
        ("title <> emma", (19, "<>")),
        ("title =/stem emma", (20, "stem")),
        ("emma sortBy dc.date", (80, "sortBy")),
        ("(emma", (13, "")),
        ('"emma', (14, '"emma')),
        ("emma and", (10, "")),
        ("emma)", (10, ")")),
        ("em*ma", (28, "em*ma")),
        ("em*", (29, "em*")),
        ("^emma", (31, "^emma")),
        ("isbn = 123", (36, "123")),
        ("date = soon", (36, "soon")),
        ("language = elvish", (36, "elvish")),
        ('title = ""', (27, "title")),
        ("emma or date > 1800", (48, "or")),
        ("(" * 21 + "emma" + ")" * 21, (12, "")),
        ("x" * 2_001, (12, "")),
    ],
)
def test_what_is_not_answered_is_told_by_its_number(query: str, expected: tuple[int, str]) -> None:
    assert expected == refusal(query)


def test_no_query_becomes_endless() -> None:
    many = " ".join(f"w{number}" for number in range(10))

    assert (12, "60") == refusal(f'"{many}" or "{many.replace("w", "v")}"')
