import pytest

from books_service.domain.search.cql import QueryRefused, search_of
from books_service.domain.search.search import Search, Term


def words(query: str) -> list[tuple[str, ...]]:
    return [term.words for term in search_of(query).filters]


def refusal(query: str) -> tuple[int, str, str]:
    with pytest.raises(QueryRefused) as refused:
        search_of(query)
    return refused.value.diagnostic, str(refused.value), refused.value.details


def test_a_word_alone_may_stand_anywhere() -> None:
    assert [("emma",)] == words("Emma")
    assert [("emma",), ("austen",)] == words('"Emma Austen"')
    assert [("emma",)] == words("  emma \n")


def test_an_index_says_where_the_words_stand() -> None:
    assert [("=pride",), ("=prejudice",)] == words('dc.title = "Pride, prejudice"')
    assert [("@austen",)] == words("dc.creator all austen")
    assert words("title=emma") == words("DC.Title = Emma")


def test_any_takes_one_of_the_words() -> None:
    assert [("#whales", "#ships")] == words('dc.subject any "whales ships"')


def test_a_word_that_is_kept_in_parts_is_one_of_the_words_only_by_all_of_them() -> None:
    assert [("=東京",), ("=京都",)] == words('title any "東京都"')
    assert [("=e", "=post"), ("=mail", "=post")] == words('title any "e-mail & post"')
    assert [("~25", "~26")] == words('title any "% &"')


def test_a_single_letter_of_a_script_without_spaces_is_combined_with_another() -> None:
    assert (Term(("=猫", "=犬"), begins=True),) == search_of('title any "猫 犬"').filters
    assert (Term(("=猫", "=犬"), begins=True),) == search_of("title=猫 or title=犬").filters
    assert (Term(("=cat", "=dog"), begins=True),) == search_of("title=cat* or title=dog*").filters


def test_and_asks_for_both_and_or_for_either() -> None:
    assert [("=emma",), ("@austen",)] == words("title=emma and author=austen")
    assert [("=emma", "=persuasion")] == words("title=emma or title=persuasion")
    assert [("=a", "=c"), ("=a", "=d"), ("=b", "=c"), ("=b", "=d")] == words('title="a b" or title="c d"')


def test_brackets_bind_first_and_all_else_from_left_to_right() -> None:
    assert [("x", "y"), ("z",)] == words("x or y and z")
    assert [("x", "y"), ("x", "z")] == words("x or (y and z)")


def years(query: str) -> tuple[int | None, int | None]:
    found = search_of(query)
    return found.first_year, found.last_year


def test_the_end_of_the_last_word_may_be_masked() -> None:
    (first, second, last) = search_of('title = "in middle march*"').filters

    assert (Term(("=in",)), Term(("=middle",)), Term(("=march",), begins=True)) == (first, second, last)


def test_a_masked_word_that_stands_there_as_a_whole_too_adds_nothing() -> None:
    assert (Term(("the",)), Term(("war",)), Term(("of",))) == search_of('"the war of the*"').filters


def test_an_isbn_is_found_however_it_is_written() -> None:
    assert [("9780141439587",)] == words("bath.isbn = 978-0-14-143958-7") == words('isbn="0141439580"')


def test_a_language_is_named_by_either_code() -> None:
    assert [("!eng",)] == words("dc.language = en") == words("dc.language = eng")


def test_all_records_are_all_books() -> None:
    assert Search() == search_of("cql.allRecords = 1")
    assert [("=emma",)] == words("cql.allRecords = 1 and title = emma")


UNREADABLE = (10, "The query cannot be read.")
TOO_MUCH = 12
NO_MODIFIERS = "The catalogue knows no modifiers."
COMPARES_OTHERWISE = (19, "The catalogue does not compare so.")
YEARS_OTHERWISE = (19, "Years are not compared so.")
NO_SUCH_INDEX = (16, "The catalogue has no such index.")
NOT_BY_OR = (48, "Years and masked words are not combined by or.", "or")
NOT_BY_ANY = (48, "Masked words are not combined by any.")
ONLY_AND_OR = (37, "The catalogue combines by and and by or.")
MASKED_WITHIN = (28, "Only the end of the last word may be masked, by *.")
NOTHING = (27, "There is nothing to look for.")
NOT_CLOSED = (14, "A quote of the query is not closed.")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (*UNREADABLE, "")),
        ("emma and", (*UNREADABLE, "")),
        ("emma)", (*UNREADABLE, ")")),
        ("()", (*UNREADABLE, ")")),
        ("emma ()", (*UNREADABLE, "(")),
        ("emma austen", (*UNREADABLE, "austen")),
        ("emma /stem", (*UNREADABLE, "/")),
        ("AND", (*UNREADABLE, "AND")),
        ("title =", (*UNREADABLE, "")),
        ("title = or", (*UNREADABLE, "or")),
        ("(emma", (13, "A bracket of the query is not closed.", "")),
        ("(emma and austen", (13, "A bracket of the query is not closed.", "")),
        ('"emma', (*NOT_CLOSED, '"emma')),
        ('emma and "a quote that goes on and on', (*NOT_CLOSED, ' "a quote that goes ')),
        ("marc.title = emma", (*NO_SUCH_INDEX, "marc.title")),
        ("Emma within austen", (*NO_SUCH_INDEX, "Emma")),
        ("title == emma", (*COMPARES_OTHERWISE, "==")),
        ("title exact emma", (*COMPARES_OTHERWISE, "exact")),
        ("title ADJ emma", (*COMPARES_OTHERWISE, "adj")),
        ("isbn <> 0141439580", (*COMPARES_OTHERWISE, "<>")),
        ("date <> 1800", (*YEARS_OTHERWISE, "<>")),
        ("date encloses 1800", (*YEARS_OTHERWISE, "encloses")),
        ('date within "1800"', (*YEARS_OTHERWISE, "within")),
        ('date within "1800 1810 1820"', (*YEARS_OTHERWISE, "within")),
        ('date within "1800 soon"', (*YEARS_OTHERWISE, "within")),
        ("title =/stem emma", (20, NO_MODIFIERS, "stem")),
        ("emma and/rel.sum austen", (46, NO_MODIFIERS, "rel.sum")),
        ("emma not austen", (*ONLY_AND_OR, "not")),
        ("emma PROX austen", (*ONLY_AND_OR, "prox")),
        ("emma sortBy dc.date", (80, "The catalogue does not sort what is found.", "sortBy")),
        ("em*ma", (*MASKED_WITHIN, "em*ma")),
        ("emma?", (*MASKED_WITHIN, "emma?")),
        ("em*", (29, "More letters must stand before the *.", "em*")),
        ("*", (29, "More letters must stand before the *.", "*")),
        ("%*", (29, "More letters must stand before the *.", "%*")),
        ('title = "middle ma*"', (29, "More letters must stand before the *.", "middle ma*")),
        ("^emma", (31, "The catalogue knows no anchors.", "^emma")),
        ("emma^", (31, "The catalogue knows no anchors.", "emma^")),
        ("isbn = 123", (36, "This is no ISBN.", "123")),
        ("language = elvish", (36, "This is no code of a language.", "elvish")),
        ("date = soon", (36, "This is no year.", "soon")),
        ('date = "1800 1810"', (36, "This is no year.", "1800 1810")),
        ("date = 12345", (36, "This is no year.", "12345")),
        ('Title = ""', (*NOTHING, "Title")),
        ('""', (*NOTHING, "cql.serverchoice")),
        ('("" )', (*NOTHING, "cql.serverchoice")),
        ('cql.allRecords = " "', (*NOTHING, "cql.allRecords")),
        ("emma or date > 1800", NOT_BY_OR),
        ("date < 1800 or emma", NOT_BY_OR),
        ("emma or austen*", NOT_BY_OR),
        ('title any "pride prej*"', (*NOT_BY_ANY, "pride prej*")),
        ("(" * 21 + "emma" + ")" * 21, (TOO_MUCH, "The query has too many brackets in one another.", "")),
        ("emma".rjust(2_001), (TOO_MUCH, "A query has 2000 characters at most.", "")),
    ],
)
def test_what_is_not_answered_is_told_by_its_number_and_a_sentence(query: str, expected: tuple[int, str, str]) -> None:
    assert expected == refusal(query)


def test_a_query_may_be_as_long_and_its_brackets_as_deep_as_is_allowed() -> None:
    assert [("emma",)] == words("emma".rjust(2_000))
    assert [("emma",)] == words("(" * 20 + "emma" + ")" * 20)


def many(number: int, letter: str = "w") -> str:
    return '"' + " ".join(f"{letter}{place}" for place in range(number)) + '"'


@pytest.mark.parametrize("query", [many(61), f"{many(30)} and {many(31, 'v')}", f"{many(10)} or {many(10, 'v')}"])
def test_no_query_becomes_endless(query: str) -> None:
    assert (TOO_MUCH, "The query has too many words.", "60") == refusal(query)


@pytest.mark.parametrize("query", [many(60), f"{many(30)} and {many(30, 'v')}", f"{many(6)} or {many(10, 'v')}"])
def test_sixty_words_are_no_endless_query(query: str) -> None:
    assert 60 == len(words(query))


def test_a_word_that_is_asked_for_twice_counts_once() -> None:
    assert [("emma",)] == words("emma and Emma")
    assert [("emma",)] == words("emma or Emma")
    assert [("emma", "austen")] == words('cql.keywords any "emma austen emma"')


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("dc.date = 1848", (1848, 1848)),
        ("year == 1848", (1848, 1848)),
        ("date exact 1848", (1848, 1848)),
        ("date >= 1848", (1848, None)),
        ("date > 1848", (1849, None)),
        ("date <= 1848", (None, 1848)),
        ("date < 1848", (None, 1847)),
        ("date = -44", (-44, -44)),
        ('date within "-44 14"', (-44, 14)),
        ("date >= 1850 and date < 1860", (1850, 1859)),
        ("date > 1800 and date > 1850", (1851, None)),
        ("date < 1800 and date <= 1850", (None, 1799)),
        ('date within "1800 1850" and date within "1840 1900"', (1840, 1850)),
    ],
)
def test_each_relation_bounds_the_years_and_the_narrower_bound_counts(
    query: str, expected: tuple[int | None, int | None]
) -> None:
    assert expected == years(query)


def test_years_and_words_are_asked_for_together() -> None:
    found = search_of("title = emma and date >= 1815 and austen")

    assert ((Term(("=emma",)), Term(("austen",))), 1815, None) == (found.filters, found.first_year, found.last_year)


@pytest.mark.parametrize("name", ["cql.serverChoice", "cql.anywhere", "anywhere", "keywords", "CQL.Keywords"])
def test_an_index_of_everything_finds_a_word_wherever_it_stands(name: str) -> None:
    assert [("emma",)] == words(f"{name} = emma")


@pytest.mark.parametrize("name", ["dc.creator", "dc.contributor", "creator", "contributor", "author"])
def test_whoever_made_a_book_is_found_by_each_name_of_the_index(name: str) -> None:
    assert [("@austen",)] == words(f"{name} scr austen")


@pytest.mark.parametrize("query", ['"and"', '"within"', 'title = "or"', '"sortby"', '"("'])
def test_what_stands_in_quotes_is_looked_for_and_says_nothing_to_the_reader(query: str) -> None:
    assert 1 == len(words(query))


def test_a_sign_after_a_backslash_stands_for_itself() -> None:
    assert [("emma",)] == words(r"emm\a")
    assert (Term(("=what",)),) == search_of(r'title = "what\*"').filters
    assert (Term(("=what",)),) == search_of(r'title = "what\?"').filters


@pytest.mark.parametrize(("query", "begins"), [("emm*", "emm"), ("title = emm*", "=emm"), ("subject any emm*", "#emm")])
def test_three_letters_are_enough_before_a_mask(query: str, begins: str) -> None:
    assert (Term((begins,), begins=True),) == search_of(query).filters


@pytest.mark.parametrize(
    "query", ["isbn = urn:isbn:0141439580", "dc.identifier == 9780141439587", "isbn any 0141439580"]
)
def test_an_isbn_may_be_written_as_a_urn_and_compared_in_every_way_that_means_the_same(query: str) -> None:
    assert [("9780141439587",)] == words(query)


@pytest.mark.parametrize("relation", ["=", "==", "exact", "EXACT", "all"])
def test_a_language_may_be_compared_in_every_way_that_means_the_same(relation: str) -> None:
    assert [("!eng",)] == words(f"language {relation} en")


def test_a_format_is_one_that_books_have_in_whatever_case_and_another_word_is_refused() -> None:
    assert words("format=ebook") == words('format = "EBook"') != []
    assert (36, "This is no format of a book.", "papyrus") == refusal("format=papyrus")
