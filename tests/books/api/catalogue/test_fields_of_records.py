"""What a record says more than once: ISBNs, languages, titles, scripts; and what it may not say: an author."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.books.api.conftest import Service, problem
from tests.books.makers import ISBN, OTHER_ISBN

SEVERAL: dict[str, Any] = {
    "isbns": [ISBN, OTHER_ISBN],
    "languages": ["en", "fr"],
    "variant_titles": ["The match-maker", "Emma; or, Pride"],
    "own_script": [{"field": "title", "text": "Эмма"}, {"field": "authors", "text": "Остин, Джейн"}],
    "place": "London",
}
FORMATS = ("csv", "json", "yaml", "marc", "marcxml")


async def titles(service: Service, query: str) -> list[str]:
    return [book["title"] for book in (await service.get(f"/v1/books?{query}")).json()["items"]]


async def bring_in(service: Service, content: bytes, format: str) -> dict[str, Any]:
    path = (await service.upload(content, query=f"format={format}")).headers["location"]
    await service.library.work()
    report: dict[str, Any] = (await service.get(path, by="librarian")).json()
    return report


async def test_a_book_is_found_by_each_of_its_isbns(service: Service) -> None:
    await service.add_book(isbns=[ISBN, OTHER_ISBN])

    found = [await titles(service, f"isbn={isbn}") for isbn in (ISBN, OTHER_ISBN, "0141439513")]
    found += [await titles(service, f"q={isbn}") for isbn in (ISBN, OTHER_ISBN)]

    assert [["Emma"]] * 5 == found


@pytest.mark.parametrize("isbns", [[ISBN], [OTHER_ISBN], ["9780140434705", ISBN]], ids=["main", "second", "behind"])
async def test_an_isbn_of_a_book_is_refused_to_another_wherever_it_stands(service: Service, isbns: list[str]) -> None:
    book = await service.add_book(isbns=[ISBN, OTHER_ISBN])
    other = await service.add_book(title="Another")

    entered = await service.post("/v1/books", {"title": "Emma in paper", "isbns": isbns})
    revised = await service.change("PATCH", f"/v1/books/{other['book_id']}", {"isbns": isbns})

    for refused in (entered, revised):
        assert (409, "isbn-already-catalogued") == problem(refused)
        assert book["book_id"] == refused.json()["book_id"]


async def test_volumes_have_the_isbn_of_their_set_behind_their_own(service: Service) -> None:
    for own in (ISBN, "9780140434705"):
        await service.add_book(title=f"Volume {own}", isbns=[own, OTHER_ISBN])

    assert 2 == len(await titles(service, f"isbn={OTHER_ISBN}"))


async def test_a_book_is_found_and_counted_by_each_of_its_languages(service: Service) -> None:
    await service.add_book(languages=["en", "fre"])
    await service.add_book(title="Emma en français", languages=["fr", "fra"])

    counted = (await service.get("/v1/books?q=emma&facets=language")).json()["facets"]["language"]

    assert [{"value": "fre", "count": 2}, {"value": "eng", "count": 1}] == counted
    assert ["Emma"] == await titles(service, "language=eng")
    assert {"Emma", "Emma en français"} == {*await titles(service, "language=fr")}
    assert ["fr"] == (await service.get("/v1/books?title=français")).json()["items"][0]["languages"]


@pytest.mark.parametrize("query", ["q=matchmaker", "title=match-maker", "q=match maker austen", "q=matchma"])
async def test_a_book_is_found_by_its_variant_title(service: Service, query: str) -> None:
    await service.add_book(variant_titles=["The match-maker", "The matchmaker"])

    assert ["Emma"] == await titles(service, query)
    assert [] == await titles(service, "author=matchmaker")


@pytest.mark.parametrize(
    ("title", "queries"),
    [
        ("Война и мир", ["q=война", "title=Мир", "q=ВОЙНА МИР"]),
        ("Ὀδύσσεια", ["q=οδυσσεια", "title=Ὀδύσσεια"]),
        ("מלחמה ושלום", ["q=מלחמה", "title=ושלום"]),
        ("الحَرْبُ والسلام", ["q=الحرب", "title=والسلام"]),
        ("戦争と平和", ["q=戦争", "q=平和", "title=争と平", "q=平"]),
        ("紅樓夢研究", ["q=樓夢", "title=研究"]),
    ],
    ids=["Cyrillic", "Greek", "Hebrew", "Arabic", "Japanese", "Chinese"],
)
async def test_a_book_is_found_by_any_part_of_its_title_in_its_own_script(
    service: Service, title: str, queries: Sequence[str]
) -> None:
    await service.add_book(title="In Latin letters", own_script=[{"field": "title", "text": title}])
    await service.add_book(title="Another", own_script=[{"field": "title", "text": "人口 семья מים 学"}])

    assert [["In Latin letters"]] * len(queries) == [await titles(service, query) for query in queries]
    assert [] == await titles(service, f"author={title}")


async def test_a_name_in_its_own_script_is_found_as_an_author(service: Service) -> None:
    await service.add_book(own_script=[{"field": "authors", "text": "Остин, Джейн"}])

    assert ["Emma"] == await titles(service, "author=остин")
    assert [] == await titles(service, "title=остин")


@pytest.mark.parametrize("format", FORMATS)
async def test_several_of_a_field_come_back_from_an_export_as_they_went_out(service: Service, format: str) -> None:
    await service.add_book(**SEVERAL)
    content = (await service.get(f"/v1/exports/books?format={format}", by="librarian")).content

    again = await bring_in(service, content, format)
    await service.library.clear()
    report = await bring_in(service, content, format)

    assert (1, []) == (again["skipped"], again["errors"])
    assert (1, []) == (report["created"], report["errors"])
    (book,) = (await service.get("/v1/books")).json()["items"]
    assert SEVERAL == {name: book[name] for name in SEVERAL}


async def test_a_file_may_say_isbn_and_language_where_it_has_one_of_each(service: Service) -> None:
    persuasion = {"title": "Persuasion", "isbn": OTHER_ISBN, "language": "en"}
    await bring_in(service, f"title,isbn,language\nEmma,{ISBN},en\n".encode(), "csv")
    await bring_in(service, json.dumps(persuasion).encode(), "json")

    shown = (await service.get("/v1/books?sort=title")).json()["items"]

    assert [([ISBN], ["en"]), ([OTHER_ISBN], ["en"])] == [(book["isbns"], book["languages"]) for book in shown]


async def test_what_is_wrong_with_one_of_several_leaves_the_others(service: Service) -> None:
    report = await bring_in(service, f"title,isbns,languages\nEmma,{ISBN};1;{OTHER_ISBN},en;Greek\n".encode(), "csv")

    (book,) = (await service.get("/v1/books")).json()["items"]

    assert ["invalid-isbn", "invalid-language"] == [error["code"] for error in report["errors"]]
    assert ([ISBN, OTHER_ISBN], ["en"]) == (book["isbns"], book["languages"])


WITHOUT_AUTHOR = {
    "csv": "title,published_year\nMetropolis,1927\n",
    "json": '[{"title": "Metropolis", "published_year": 1927}]',
    "yaml": "- title: Metropolis\n  published_year: 1927\n",
    "marcxml": '<collection><record><leader>00000ngm a2200000 a 4500</leader><datafield tag="245" ind1="0" ind2="0">'
    '<subfield code="a">Metropolis</subfield></datafield><datafield tag="264" ind1=" " ind2="1">'
    '<subfield code="c">1927</subfield></datafield></record></collection>',
    "marc": "00078ngm a2200049 a 4500245001500000264000900015\x1e00\x1faMetropolis\x1e 1\x1fc1927\x1e\x1d",
}


@pytest.mark.parametrize("format", FORMATS)
async def test_a_title_without_an_author_comes_in_once_and_is_another_one_of_another_year(
    service: Service, format: str
) -> None:
    await service.add_book(title="Metropolis", authors=[], published_year=2001)

    reports = [await bring_in(service, WITHOUT_AUTHOR[format].encode(), format) for _ in range(2)]

    assert [(1, 0), (0, 1)] == [(report["created"], report["skipped"]) for report in reports]
    shown = (await service.get("/v1/books?q=metropolis&sort=-published_year")).json()["items"]
    assert [(2001, []), (1927, [])] == [(book["published_year"], book["authors"]) for book in shown]


async def test_a_title_loses_its_author_and_stays_in_its_place(service: Service) -> None:
    book = await service.add_book(title="The Anthology", nonfiling_characters=4)
    for title in ("Brochure", "Aeneid"):
        await service.add_book(title=title, authors=[])

    answer = await service.change("PATCH", f"/v1/books/{book['book_id']}", {"authors": []})

    assert (200, []) == (answer.status_code, answer.json()["authors"])
    assert ["Aeneid", "The Anthology", "Brochure"] == await titles(service, "sort=title")
