"""Finding books, as a client does it."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from shared.web.cursors import Cursors
from tests.books.api.conftest import Service, problem
from tests.books.makers import EMMA, ISBN

POTTER = {"title": "Harry Potter and the Chamber of Secrets", "authors": ["J.K. Rowling"], "languages": ["en"]}

SORTS = ("relevance", "title", "-published_year", "-added_at")


async def titles(service: Service, query: str) -> list[str]:
    answer = await service.get(f"/v1/books?{query}")
    assert 200 == answer.status_code, answer.text
    return [book["title"] for book in answer.json()["items"]]


@pytest.mark.parametrize("q", ["potter", "rowling HARRY", "chamb", "harry poter", "secrets: the chamber!"])
async def test_a_book_is_found_by_what_somebody_remembers(service: Service, q: str) -> None:
    await service.add_book()
    await service.add_book(**POTTER)

    assert [POTTER["title"]] == await titles(service, f"q={quote(q)}")


async def test_an_answer_says_how_the_words_were_spelt_that_it_is_about(service: Service) -> None:
    await service.add_book(**POTTER)

    as_asked = (await service.get("/v1/books?q=potter")).json()
    respelt = (await service.get("/v1/books?q=harry%20poter")).json()

    assert {} == as_asked["respelt"]
    assert {"poter": ["potter"]} == respelt["respelt"]


async def test_every_page_of_a_search_leads_to_the_next(service: Service) -> None:
    for number in range(5):
        await service.add_book(title=f"Emma {number}")

    shown, path = [], "/v1/books?q=emma&sort=relevance&limit=2"
    while path:
        answer = await service.get(path)
        shown += [book["title"] for book in answer.json()["items"]]
        path = answer.links["next"]["url"] if "next" in answer.links else ""

    assert [f"Emma {number}" for number in range(5)] == shown


async def test_nothing_asked_for_is_all_books_the_newest_first(service: Service) -> None:
    for title in ("Ada", "Emma"):
        await service.add_book(title=title)

    assert ["Emma", "Ada"] == await titles(service, "") == await titles(service, "q=") == await titles(service, "q=%20")


async def test_books_are_told_apart_by_facets(service: Service) -> None:
    await service.add_book(**POTTER, subjects=["Magic", "Schools"])
    await service.add_book(title="Potter's field", subjects=["Schools"], languages=["eng", "fr"])
    await service.add_book(title="Emma", subjects=["Love"])

    answer = (await service.get("/v1/books?q=potter&facets=subject,language")).json()

    assert {
        "subject": [{"value": "Schools", "count": 2}, {"value": "Magic", "count": 1}],
        "language": [{"value": "eng", "count": 2}, {"value": "fre", "count": 1}],
    } == answer["facets"]
    assert (2, True) == (answer["facets_books"], answer["facets_complete"])
    assert (await service.get("/v1/books?q=potter")).json()["facets"] is None


async def test_what_is_found_is_counted_for_who_asks(service: Service) -> None:
    for number in range(5):
        await service.add_book(title=f"Harry Potter {number}")
    await service.add_book(title="Ada")

    found = (await service.get("/v1/books?q=potter&limit=2&total=true")).json()
    rest = (await service.get(f"/v1/books?q=potter&limit=2&total=true&cursor={found['next_cursor']}")).json()
    misspelt = (await service.get("/v1/books?q=harry poter&total=true")).json()
    everything = (await service.get("/v1/books?total=true")).json()
    nobody_asks = (await service.get("/v1/books?q=potter")).json()

    totals = [(each["total"], each["total_complete"]) for each in (found, rest, misspelt, everything, nobody_asks)]
    assert [(5, True), (5, True), (5, True), (6, True), (None, None)] == totals


async def test_filters_go_together(service: Service) -> None:
    await service.add_book(isbns=[ISBN], published_year=1815, subjects=["England"], languages=["en"])
    await service.add_book(title="Emma's England", published_year=2001)

    whole = "author=austen&title=emma&subject=england&language=eng&year_from=1800&year_to=1900&isbn=0-14-143958-0"
    assert ["Emma"] == await titles(service, f"q=emma&{whole}")
    assert [] == await titles(service, f"q=emma&{whole}&available=true")
    assert 2 == len(await titles(service, "q=emma&available=false"))


async def test_what_is_no_isbn_or_language_is_refused_with_all_its_reasons(service: Service) -> None:
    answer = await service.get("/v1/books?isbn=12345&language=english")

    assert 422 == answer.status_code
    assert ["invalid-isbn", "invalid-language"] == [error["code"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("first", SORTS)
async def test_a_cursor_belongs_to_one_order(service: Service, first: str) -> None:
    for number in range(2):
        await service.add_book(title=f"Emma {number}")
    for query in ("", "q=emma&"):
        cursor = (await service.get(f"/v1/books?{query}limit=1&sort={first}")).json()["next_cursor"]

        answers = {sort: await service.get(f"/v1/books?{query}sort={sort}&cursor={cursor}") for sort in SORTS}

        assert 200 == answers.pop(first).status_code
        assert {(422, "invalid-cursor")} == {problem(answer) for answer in answers.values()}


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    "place",
    [
        (False, 0, "emma", str(EMMA)),
        (True, 1, "emma", str(EMMA)),
        (True, 1, "a\x00b", str(EMMA)),
        (True, 1, "x" * 151, str(EMMA)),
        (False, 2, datetime(2026, 1, 1, tzinfo=UTC), str(EMMA)),
        (False, 4, datetime(2026, 1, 1, tzinfo=UTC), str(EMMA)),
        (False, 0, datetime(2026, 1, 1, tzinfo=UTC), str(EMMA)),
        (False, 0, 1815, str(EMMA)),
        (False, 0, 2**40, str(EMMA)),
        (False, -1, 1815, str(EMMA)),
        (1, 0, 1815, "x"),
    ],
    ids=str,
)
async def test_a_forged_place_leads_nowhere(service: Service, sort: str, place: tuple[object, ...]) -> None:
    await service.add_book()
    cursor = Cursors("/v1/books").write((sort, *place))

    for query in ("q=emma", "q=ema", "author=austen", ""):
        answer = await service.get(f"/v1/books?{query}&sort={sort}&cursor={cursor}")

        assert 200 == answer.status_code or (422, "invalid-cursor") == problem(answer)
