"""Searches that librarians make: by branch, shelf mark, series, format and what is there now."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from books_service.domain.stock.stands import ReportedStands, StandsWhy
from tests.books.api.conftest import Service, problem
from tests.books.makers import NOW

PYTHON, LOGIC, COLOUR, GUARDS, FILM, ATLAS, LINK = (
    "Python in a nutshell",
    "Logic for machines",
    "Colour of magic",
    "Guards! Guards!",
    "Metropolis",
    "Atlas of Austria",
    "Open access",
)
STOCK: tuple[tuple[dict[str, Any], tuple[dict[str, Any], ...]], ...] = (
    (
        {"title": PYTHON, "authors": ["Martelli, Alex"], "publisher": "O'Reilly", "published_year": 2017}
        | {"classification": [{"value": "QA76.73.P98", "scheme": "lcc"}]},
        ({"shelf_mark": "QA 76.73 .P98"}, {"branch": "WEST", "shelf_mark": "QA 76.73 .P98", "item_type": "reference"}),
    ),
    (
        {"title": LOGIC, "authors": ["Çelik, Ada"], "publisher": "Springer", "published_year": 1999}
        | {"classification": [{"value": "QA9", "scheme": "lcc"}, {"value": "511.3", "scheme": "ddc"}]}
        | {"own_script": [{"field": "title", "text": "Логика для машин"}, {"field": "authors", "text": "Челик, Ада"}]},
        ({"shelf_mark": "QA 9"},),
    ),
    (
        {"title": COLOUR, "authors": ["Pratchett, Terry"], "publisher": "Corgi", "published_year": 1983}
        | {"series": [{"title": "Discworld", "number": "1"}], "classification": [{"value": "823.914"}]},
        ({"shelf_mark": "823.12 PRA", "branch": "WEST"},),
    ),
    (
        {"title": GUARDS, "authors": ["Pratchett, Terry"], "publisher": "Corgi Books", "published_year": 1989}
        | {"series": [{"title": "Discworld", "number": "8"}], "classification": [{"value": "823.92"}]},
        ({"shelf_mark": "823.8 PRA"},),
    ),
    (
        {"title": FILM, "authors": ["Lang, Fritz"], "format": "video", "published_year": 1927},
        ({"shelf_mark": "Film B 2", "item_type": "dvd"},),
    ),
    ({"title": ATLAS, "authors": [], "contributors": [{"name": "Andree, Richard", "role": "editor"}], "format": "map"}
     | {"published_year": 1881}, ({"shelf_mark": "Film B 10", "item_type": "map"},)),
    ({"title": LINK, "authors": ["Suber, Peter"], "format": "ebook", "published_year": 2012}
     | {"links": [{"url": "https://oa.example/book"}]}, ()),
)  # fmt: skip


@pytest.fixture
async def stocked(service: Service) -> Service:
    """Books of two branches, added in the order of the table."""
    for code in ("MAIN", "WEST"):
        await service.post("/v1/branches", {"code": code, "name": code})
    barcode = 0
    for reported, copies in STOCK:
        book = await service.add_book(**{"authors": []} | reported)
        for facts in copies:
            barcode += 1
            answer = await service.post(
                f"/v1/books/{book['book_id']}/copies", {"barcode": f"B{barcode}", "branch": "MAIN"} | facts
            )
            assert 201 == answer.status_code, answer.text
    return service


async def titles(service: Service, **query: object) -> list[str]:
    answer = await service.get(f"/v1/books?{urlencode(query)}")
    assert 200 == answer.status_code, answer.text
    return [book["title"] for book in answer.json()["items"]]


async def hear(service: Service, barcode: str, availability: str, sequence: int, **reported: Any) -> None:
    """Let lending say where a copy is."""
    found = (await service.get(f"/v1/copies?barcode={barcode}")).json()["items"]
    (copy_id,) = [copy["copy_id"] for copy in found]
    await service.library.hear(UUID(copy_id), availability, sequence=sequence, **reported)


TWENTY: tuple[tuple[dict[str, object], list[str]], ...] = (
    ({"branch": "WEST", "sort": "title"}, [COLOUR, PYTHON]),
    ({"branch": "west", "q": "python"}, [PYTHON]),
    ({"branch": "MAIN", "sort": "shelf_mark"}, [GUARDS, FILM, ATLAS, LOGIC, PYTHON]),
    ({"shelf_mark": "QA", "sort": "shelf_mark"}, [LOGIC, PYTHON]),
    ({"shelf_mark": "qa76"}, [PYTHON]),
    ({"shelf_mark": "QA 76.7"}, [PYTHON]),
    ({"shelf_mark": "QA 7"}, []),
    ({"shelf_mark": "Film B 1"}, []),
    ({"shelf_mark": "Film B", "sort": "shelf_mark"}, [FILM, ATLAS]),
    ({"shelf_mark": "823", "sort": "shelf_mark"}, [COLOUR, GUARDS]),
    ({"q": "QA76.73.P98"}, [PYTHON]),
    ({"q": "film b 10"}, [ATLAS]),
    ({"q": "823.8 pra"}, [GUARDS]),
    ({"series": "discworld", "sort": "title"}, [COLOUR, GUARDS]),
    ({"q": "discworld guards"}, [GUARDS]),
    ({"series": "discworld 8"}, [GUARDS]),
    ({"q": "discworld 1"}, [COLOUR]),
    ({"q": "ЛОГИКА маш"}, [LOGIC]),
    ({"title": "для машин"}, [LOGIC]),
    ({"author": "челик", "shelf_mark": "QA"}, [LOGIC]),
    ({"publisher": "corgi", "sort": "-published_year"}, [GUARDS, COLOUR]),
    ({"publisher": "corgi books"}, [GUARDS]),
    ({"classification": "823.9", "sort": "title"}, [COLOUR, GUARDS]),
    ({"classification": "QA 76"}, [PYTHON]),
    ({"item_type": "dvd"}, [FILM]),
    ({"format": "map"}, [ATLAS]),
    ({"online": "true"}, [LINK]),
    ({"available": "true", "q": "open"}, [LINK]),
    ({"available_at": "WEST", "sort": "title"}, [COLOUR, PYTHON]),
    ({"branch": "NOWHERE"}, []),
    ({"sort": "author"}, [ATLAS, LOGIC, FILM, PYTHON, GUARDS, COLOUR, LINK]),
    ({"sort": "shelf_mark"}, [COLOUR, GUARDS, FILM, ATLAS, LOGIC, PYTHON, LINK]),
)


async def test_librarians_find_the_right_titles_in_the_right_order(stocked: Service) -> None:
    found = [(asked, await titles(stocked, **asked)) for asked, _ in TWENTY]

    by_author = dict(TWENTY[-2:][0][0])
    expected = [(asked, sorted(right) if asked == by_author else right) for asked, right in TWENTY]
    assert expected == [(asked, sorted(right) if asked == by_author else right) for asked, right in found]
    assert [ATLAS, LOGIC, FILM, PYTHON] == (await titles(stocked, sort="author"))[:4]
    for asked, right in TWENTY:
        assert right[1:] == await paged(stocked, **asked) or asked == by_author


async def paged(service: Service, **asked: object) -> list[str]:
    """Return what the pages behind the first show, one book on each."""
    shown: list[str] = []
    answer = await service.get(f"/v1/books?{urlencode(asked | {'limit': 1})}")
    while "next" in answer.links:
        answer = await service.get(answer.links["next"]["url"])
        shown += [book["title"] for book in answer.json()["items"]]
    return shown


async def test_what_is_found_is_told_apart_by_everything_it_can_be_searched_by(stocked: Service) -> None:
    names = "branch,item_type,format,series,publisher,classification,shelf_mark,available_at,online"
    facets = (await stocked.get(f"/v1/books?facets={names}")).json()["facets"]
    counted = {name: {each["value"]: each["count"] for each in values} for name, values in facets.items()}

    assert {"MAIN": 5, "WEST": 2} == counted["branch"] == counted["available_at"]
    assert {"book": 4, "dvd": 1, "map": 1, "reference": 1} == counted["item_type"]
    assert {"video": 1, "map": 1, "ebook": 1} == counted["format"]
    assert {"Discworld": 2} == counted["series"]
    assert {"false": 6, "true": 1} == counted["online"]
    assert {"QA76.73.P98": 1, "QA9": 1, "511.3": 1, "823.914": 1, "823.92": 1} == counted["classification"]
    assert 1 == counted["shelf_mark"]["QA 76.73 .P98"]
    assert {"O'Reilly", "Springer", "Corgi", "Corgi Books"} == counted["publisher"].keys()


async def test_a_copy_counts_where_it_stands_and_can_be_had_there_as_long_as_nobody_has_it(stocked: Service) -> None:
    floated = ReportedStands("WEST", StandsWhy.FLOATED, NOW)

    await hear(stocked, "B5", "available", 1, stands=floated)

    assert [COLOUR, GUARDS, PYTHON] == await titles(stocked, branch="WEST", sort="title")
    assert GUARDS in await titles(stocked, branch="MAIN")
    assert [COLOUR, GUARDS, PYTHON] == await titles(stocked, available_at="WEST", sort="title")
    assert GUARDS not in await titles(stocked, available_at="MAIN")
    (shown,) = (await stocked.get("/v1/books?series=discworld&branch=MAIN")).json()["items"]
    assert [{"branch": "WEST", "copies": 1, "lendable": 1, "available": 1}] == shown["availability"]["branches"]

    await hear(stocked, "B5", "on_loan", 2, stands=ReportedStands("WEST", StandsWhy.ON_LOAN, NOW), due_at=NOW)
    assert [COLOUR, PYTHON] == await titles(stocked, available_at="WEST", sort="title")

    await hear(stocked, "B5", "available", 3, stands=ReportedStands(None, StandsWhy.HOME, NOW))
    assert [COLOUR, PYTHON] == await titles(stocked, branch="WEST", sort="title")
    assert GUARDS in await titles(stocked, available_at="MAIN")


async def test_a_list_of_titles_says_how_many_copies_each_branch_has(stocked: Service) -> None:
    await hear(stocked, "B1", "on_loan", 1, due_at=NOW)

    (shown,) = (await stocked.get("/v1/books?q=nutshell")).json()["items"]

    assert [
        {"branch": "MAIN", "copies": 1, "lendable": 1, "available": 0},
        {"branch": "WEST", "copies": 1, "lendable": 1, "available": 1},
    ] == shown["availability"]["branches"]


async def test_a_book_is_found_by_what_its_copies_are_now(stocked: Service) -> None:
    copies = (await stocked.get("/v1/copies?barcode=B6")).json()["items"]
    path = f"/v1/copies/{copies[0]['copy_id']}"
    change = {"shelf_mark": "Krimi FIL", "branch": "WEST", "item_type": "blu-ray"}

    assert 200 == (await stocked.change("PATCH", path, change)).status_code
    assert [] == await titles(stocked, shelf_mark="Film B 2") == await titles(stocked, item_type="dvd")
    assert [FILM] == await titles(stocked, q="krimi fil") == await titles(stocked, item_type="blu-ray", branch="WEST")

    book = (await stocked.get("/v1/books?q=krimi")).json()["items"][0]
    path = f"/v1/books/{book['book_id']}"
    revised = await stocked.change("PATCH", path, {"title": "Metropolis (Krimi)"}, if_match=f'"{book["version"]}"')
    assert 200 == revised.status_code, revised.text
    assert ["Metropolis (Krimi)"] == await titles(stocked, q="krimi fil") == await titles(stocked, q="metropolis")
    await stocked.library.set_status(UUID(copies[0]["copy_id"]), "withdrawn", by_admin=True)
    assert [] == await titles(stocked, branch="WEST", format="video") == await titles(stocked, q="krimi fil")


async def test_a_title_is_found_by_the_volumes_that_its_copies_are_however_they_are_spelt(stocked: Service) -> None:
    by_title = {each["title"]: each for each in (await stocked.get("/v1/books?limit=100")).json()["items"]}
    for title, barcode, volume in ((ATLAS, "V1", "Vol. 2"), (ATLAS, "V2", "3"), (COLOUR, "V3", "Sonderband")):
        copies = f"/v1/books/{by_title[title]['book_id']}/copies"
        added = await stocked.post(copies, {"barcode": barcode, "branch": "MAIN", "volume": volume})
        assert 201 == added.status_code, added.text

    assert [ATLAS] == await titles(stocked, volume="2") == await titles(stocked, volume="Bd. 02", q="atlas")
    assert [ATLAS] == await titles(stocked, q="atlas 3") == await titles(stocked, q="Austria vol 2")
    assert [COLOUR] == await titles(stocked, volume="sonderband") == await titles(stocked, q="sonderb")
    assert (
        []
        == await titles(stocked, volume="4")
        == await titles(stocked, volume="Vol")
        == await titles(stocked, volume="?")
    )

    copy = (await stocked.get("/v1/copies?barcode=V1")).json()["items"][0]
    assert 200 == (await stocked.change("PATCH", f"/v1/copies/{copy['copy_id']}", {"volume": "4"})).status_code
    assert [] == await titles(stocked, volume="2")
    assert [ATLAS] == await titles(stocked, volume="4")


async def test_what_was_lent_most_comes_first_and_a_loan_counts_once(stocked: Service) -> None:
    def lent(day: int) -> ReportedStands:
        return ReportedStands("MAIN", StandsWhy.ON_LOAN, NOW.replace(day=day))

    await hear(stocked, "B6", "on_loan", 1, stands=lent(1), due_at=NOW)
    await hear(stocked, "B6", "on_loan", 2, stands=lent(1), due_at=NOW)  # renewed
    await hear(stocked, "B4", "on_loan", 1, stands=lent(1), due_at=NOW)
    await hear(stocked, "B4", "available", 2, stands=ReportedStands())
    await hear(stocked, "B4", "on_loan", 3, stands=lent(2), due_at=NOW)
    await hear(stocked, "B4", "on_loan", 1, stands=lent(1), due_at=NOW)  # told again, and late

    everything = await titles(stocked, sort="-loans")
    assert [COLOUR, FILM, LINK] == everything[:3]
    assert len(STOCK) == len(everything)
    assert everything[1:] == await paged(stocked, sort="-loans")


async def test_copies_that_nobody_borrowed_for_long_are_listed_for_weeding(stocked: Service) -> None:
    lent = ReportedStands("MAIN", StandsWhy.ON_LOAN, NOW + timedelta(days=400))
    await hear(stocked, "B6", "on_loan", 1, stands=lent, due_at=NOW)
    await hear(stocked, "B6", "available", 2, stands=ReportedStands())
    everything = [copy["barcode"] for copy in (await stocked.get("/v1/copies")).json()["items"]]

    async def not_since(days: int) -> list[str]:
        moment = (NOW + timedelta(days=days)).isoformat().replace("+00:00", "Z")
        answer = await stocked.get(f"/v1/copies?last_lent_before={moment}")
        return [copy["barcode"] for copy in answer.json()["items"]]

    assert [] == await not_since(-1)
    assert [barcode for barcode in everything if barcode != "B6"] == await not_since(300)
    assert everything == await not_since(401)


async def test_who_asks_for_what_is_no_code_is_told_so(service: Service) -> None:
    for query in ("branch=a%20b", "item_type=%27", "available_at=%22", "format=scroll", "sort=loans", "facets=colour"):
        assert 422 == problem(await service.get(f"/v1/books?{query}"))[0]
