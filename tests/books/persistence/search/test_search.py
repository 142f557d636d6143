"""Searching finds the same on either database."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from books_service.application.catalogue.remove_book import BookRemoval
from books_service.application.search.queries.search import BookSearch, Total
from books_service.domain.search.search import Facet, Search
from tests.books.library import Library
from tests.books.makers import NOW
from tests.books.persistence.search.shelf import SHELF

SOLITUDE, STONE, CHAMBER = "One Hundred Years of Solitude", SHELF[1]["title"], SHELF[2]["title"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("garcia marquez solitude", [SOLITUDE]),
        ("GARCÍA solit", [SOLITUDE]),
        ("marchen", ["Das Märchen vom Schlauraffenland"]),
        ("Märchen", ["Das Märchen vom Schlauraffenland"]),
        ("hausmarchen", ["Kinder- und Hausmärchen"]),
        ("c++", ["The C++ Programming Language"]),
        ("c#", ["Programming C# 8.0"]),
        ('"', ['The "Genius"']),
        (":*", ["Wild* :*"]),
        ("%", ["100% Wolf"]),
        ("🦊", ["L'Amour fou 🦊"]),
        ("amour", ["L'Amour fou 🦊"]),
        ("l'amour", ["L'Amour fou 🦊"]),
        ("978-0-14-143958-7", ["Emma"]),
        ("9780141439587", ["Emma"]),
        ("0 14 143958 0", ["Emma"]),
        ("0141439580", ["Emma"]),
        ("97801414", ["Emma"]),
        ("emma 978-0141439587", ["Emma"]),
        ("孤独", ["百年の孤独"]),
        ("年", ["百年の孤独"]),
        ("ガルシア", ["百年の孤独"]),
        ("достоевскии братья", ["Братья Карамазовы"]),
        ("ليلة", ["ألف ليلة وليلة"]),
        ("strasse lodz", ["Straße nach Łódź"]),
        ("uber grenzen", ["Straße nach Łódź"]),
        ("zoe angstrom", ["Straße nach Łódź"]),
        ("penguin austen", ["Emma"]),
        ("magic realism", [SOLITUDE]),
    ],
)
async def test_a_book_is_found_by_its_words(shelf: Library, q: str, found: list[str]) -> None:
    titles = await shelf.titles(q)

    assert found[0] == titles[0]
    if q not in {"marchen", "Märchen"}:
        assert found == titles
    assert {} == (await shelf.search(q)).respelt


async def test_the_very_title_comes_first_then_titles_that_begin_so_then_titles_then_the_rest(shelf: Library) -> None:
    expected = ["Emma", "Emma Brown", "A Guide to Emma", "Jane Austen and the State"]

    assert expected == await shelf.titles("emma")
    assert expected == await shelf.titles("Emm")
    assert expected[:3] == await shelf.titles(title="emma")


async def test_of_equally_relevant_books_the_newest_comes_first(library: Library) -> None:
    for number in range(3):
        await library.add_book(title=f"The sea, volume {number}")

    assert [f"The sea, volume {number}" for number in (2, 1, 0)] == await library.titles("volume")


@pytest.mark.parametrize(
    ("q", "found", "respelt"),
    [
        ("harry poter", [STONE, CHAMBER], {"poter": ["potter"]}),
        ("affenland", ["Das Märchen vom Schlauraffenland"], {"affenland": ["schlauraffenland"]}),
        ("hrary potter", [STONE, CHAMBER], {"hrary": ["harry"]}),
        ("rolwing chamber", [CHAMBER], {"rolwing": ["rowling"]}),
        ("garcia marqez", [SOLITUDE], {"marqez": ["marquez"]}),
        ("solittude hundered", [SOLITUDE], {"solittude": ["solitude"], "hundered": ["hundred"]}),
        ("stroustrupp", ["The C++ Programming Language"], {"stroustrupp": ["stroustrup"]}),
        ("достаевскии", ["Братья Карамазовы"], {"достаевскии": ["достоевскии"]}),
        ("zzzz qqqq", [], {}),
        ("pottre xyzzy", [], {}),
    ],
)
async def test_what_is_misspelt_is_found_as_it_was_meant(
    shelf: Library, q: str, found: list[str], respelt: dict[str, list[str]]
) -> None:
    answer = await shelf.search(q)

    assert sorted(found) == sorted(book.title for book in answer.books)
    assert respelt == {word: list(others) for word, others in answer.respelt.items()}


async def test_a_word_that_is_found_is_not_taken_for_misspelt(shelf: Library) -> None:
    await shelf.add_book(title="Poter's field")

    assert ["Poter's field"] == await shelf.titles("poters")
    assert {} == (await shelf.search("poter")).respelt
    assert [] != await shelf.titles("harry poter")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"title": "emma"}, {"Emma", "Emma Brown", "A Guide to Emma"}),
        ({"title": "%"}, {"100% Wolf"}),
        ({"author": "bronte"}, {"Emma Brown"}),
        ({"author": "zoe"}, {"Straße nach Łódź"}),
        ({"author": "emma"}, set()),
        ({"author": "..."}, set()),
        ({"subject": "emma"}, {"Jane Austen and the State"}),
        ({"subject": "c++"}, {"The C++ Programming Language"}),
        ({"isbn": "0-14-143958-0"}, {"Emma"}),
        ({"language": "deu"}, {"Kinder- und Hausmärchen", "Das Märchen vom Schlauraffenland"}),
        ({"first_year": 1900, "last_year": 1992}, {"A Guide to Emma", "Jane Austen and the State"}),
        ({"last_year": 1900}, {"Emma"}),
        ({"first_year": 1993}, {"Emma Brown"}),
        ({"q": "emma", "author": "austen", "last_year": 1820}, {"Emma"}),
        ({"q": "emma", "language": "fr"}, set()),
    ],
)
async def test_filters_narrow_down_what_is_found(shelf: Library, asked: dict[str, Any], found: set[str]) -> None:
    assert found == set(await shelf.titles(**asked))


async def test_only_books_with_an_available_copy_are_found_if_that_is_wanted(library: Library) -> None:
    await library.add_book(title="Emma without copies")
    _, (lent,) = await library.shelve("1", title="Emma on loan")
    await library.shelve("2", "3", title="Emma on the shelf")
    await library.hear(lent.copy_id, "on_loan", sequence=1, due_at=NOW)

    assert ["Emma on the shelf"] == await library.titles("emma", available=True)
    assert ["Emma on the shelf"] == await library.titles(available=True, order="title")


@pytest.mark.parametrize("order", ["relevance", "title", "-published_year", "-added_at"])
@pytest.mark.parametrize("q", [None, "emma", "ema"])
async def test_pages_show_each_book_once_and_none_is_missing_whatever_is_added_meanwhile(
    library: Library, order: str, q: str | None
) -> None:
    for number in range(11):
        await library.add_book(
            title=("Emma", "Emma, again", "About Emma", "Nothing")[number % 4],
            subjects=("Emma",),
            published_year=None if number % 3 == 0 else 1815 + number % 2,
        )
    whole = await library.search(q, order=order, limit=100)

    shown, place = list[UUID](), None
    while True:
        page = await library.search(q, order=order, limit=2, after=place)
        shown += [book.book_id for book in page.books]
        place = page.next
        await library.add_book(title="Emma", published_year=1815)
        if place is None:
            break

    before = [book.book_id for book in whole.books]
    assert 11 == len(before)
    assert before == [book_id for book_id in shown if book_id in before]
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize(
    ("order", "expected"),
    [("title", ["Ada", "Émile", "Emma", "Zadig"]), ("-published_year", ["Ada", "Emma", "Zadig", "Émile"])],
)
async def test_books_are_laid_out_by_title_or_year(library: Library, order: str, expected: list[str]) -> None:
    for title, year in (("Émile", None), ("Zadig", -720), ("Ada", 1969), ("Emma", 1815)):
        await library.add_book(title=title, published_year=year)

    assert expected == await library.titles(order=order)


async def test_facets_count_what_is_found(shelf: Library) -> None:
    await shelf.add_book(
        title="Emma, once more", authors=("Jane Austen",), languages=["en"], subjects=("Love", "England")
    )
    await shelf.add_book(title="Emma, for ever", authors=("Jane Austen",), languages=["eng"], subjects=("Love",))

    counted = (await shelf.search("austen", facets=("subject", "language", "author"))).facets

    assert counted is not None
    assert (4, True) == (counted.books, counted.complete)
    assert [("Love", 2), ("Emma (Novel)", 1), ("England", 1)] == list(counted.values[Facet.SUBJECT])
    assert [("eng", 2)] == list(counted.values[Facet.LANGUAGE])
    assert [("Jane Austen", 3), ("Mary Evans", 1)] == list(counted.values[Facet.AUTHOR])


async def test_a_total_is_counted_as_far_as_it_may_cost(shelf: Library) -> None:
    some, everything = Search.of(q="harry"), Search.of()

    exact, cut = BookSearch(shelf.database), BookSearch(shelf.database, most_in_total=1)

    assert [Total(2, complete=True), Total(len(SHELF), complete=True)] == [
        await exact.total(each) for each in (some, everything)
    ]
    assert [Total(1, complete=False)] * 2 == [await cut.total(each) for each in (some, everything)]


async def test_a_revised_book_is_found_by_its_new_words_alone(library: Library) -> None:
    await library.start_import(b"title,authors,isbns\nEmma,Jane Austen,9780141439587\n")
    await library.work()
    await library.start_import(b"title,authors,isbns\nPersuasion,Jane Austen,9780141439587\n")
    await library.work()

    assert [] == await library.titles("emma")
    assert ["Persuasion"] == await library.titles("persuasion")
    assert ["Persuasion"] == await library.titles("persausion")


HOSTILE = (
    "'",
    "''",
    "\\",
    "\\'",
    "_",
    "( ) & | !",
    "a & b",
    "a <-> b",
    ":*",
    "a:*",
    "!a",
    "NEAR(a b)",
    "a OR",
    "AND",
    "*",
    "^a",
    "-a",
    "title:x",
    "{a}",
    "a\u0000b",
    "\ufeff",
    "\u200d",
    "\u0301",
    "a" * 10_000,
    "年" * 199,
    "' ; DROP TABLE books --",
    "%s",
    ":q",
    "$1",
    "{}",
    "\U0010ffff",
)


@pytest.mark.parametrize("field", ["q", "title", "author", "subject"])
async def test_no_text_breaks_a_search(shelf: Library, field: str) -> None:
    for hostile in HOSTILE:
        for order in ("relevance", "title"):
            asked: dict[str, Any] = {"order": order, field: hostile}
            assert len((await shelf.search(**asked)).books) < len(SHELF), hostile


async def test_a_removed_book_is_found_no_more(shelf: Library) -> None:
    (emma,) = (await shelf.search("penguin")).books

    await shelf.books.remove_book(BookRemoval(emma.book_id))

    assert [] == await shelf.titles("penguin")
    assert "Emma" not in await shelf.titles("emma")


async def test_sweeping_the_database_loses_no_book(shelf: Library) -> None:
    (brown,) = (await shelf.search("charlotte bronte")).books
    await shelf.books.remove_book(BookRemoval(brown.book_id))

    async with shelf.database.reading() as connection:
        if shelf.database.dialect == "sqlite":
            await connection.execute(text("VACUUM"))

    assert [SOLITUDE] == await shelf.titles("marquez")
    assert ["Straße nach Łódź"] == await shelf.titles("lodz")
    await shelf.add_book(title="Villette", authors=("Charlotte Brontë",))
    assert ["Villette"] == await shelf.titles("charlotte bronte")


async def test_titles_are_laid_out_without_the_articles_that_records_name(library: Library) -> None:
    for title, number in (("The sea", 4), ("Der Mond", 4), ("A sailor", None), ("Nights", None), ("L'île", 2)):
        await library.add_book(title=title, nonfiling_characters=number)

    assert ["A sailor", "L'île", "Der Mond", "Nights", "The sea"] == await library.titles(order="title")


async def test_who_types_a_title_with_its_article_finds_it_first(library: Library) -> None:
    await library.add_book(title="The sea", nonfiling_characters=4)
    for number in range(3):
        await library.add_book(title=f"The house by the sea {number}")

    assert "The sea" == (await library.titles("the sea"))[0]
