"""The indexes of the catalogue from A to Z, as a client pages through them."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.books.api.conftest import Service, problem

AUTHORS = ("Austen, Jane", "Brontë, Anne", "Brontë, Charlotte", "Çelik, Ada", "Eliot, George", "Woolf, Virginia")


async def index(service: Service, path: str, **query: object) -> dict[str, Any]:
    answer = await service.get(f"/v1/browse/{path}?{urlencode(query)}")
    assert 200 == answer.status_code, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def headings(page: dict[str, Any]) -> list[str]:
    return [entry["heading"] for entry in page["items"]]


@pytest.fixture
async def authors(service: Service) -> Service:
    for number, name in enumerate(reversed(AUTHORS)):
        for _ in range(number + 1):
            await service.add_book(title=f"The works of {name}", authors=[name], subjects=["Novels", f"{name} -- Life"])
    return service


async def test_an_index_opens_at_a_place_with_its_neighbours_on_both_sides(authors: Service) -> None:
    page = await index(authors, "authors", **{"from": "bronte c", "limit": 4})

    assert list(AUTHORS[:4]) == headings(page)
    assert (2, "Brontë, Charlotte", 4) == (page["at"], *page["items"][page["at"]].values())


async def test_an_index_is_paged_through_forwards_and_backwards(authors: Service) -> None:
    page = await index(authors, "authors", limit=2)
    assert (list(AUTHORS[:2]), None) == (headings(page), page["previous_cursor"])

    shown = [*page["items"]]
    while page["next_cursor"]:
        page = await index(authors, "authors", limit=2, cursor=page["next_cursor"])
        shown += page["items"]
    assert [(name, 6 - number) for number, name in enumerate(AUTHORS)] == [
        (entry["heading"], entry["books"]) for entry in shown
    ]
    back = [*page["items"]]
    while page["previous_cursor"]:
        page = await index(authors, "authors", limit=2, cursor=page["previous_cursor"])
        back = [*page["items"], *back]
    assert shown == back


async def test_subjects_and_titles_are_browsed_as_they_are_filed(authors: Service) -> None:
    await authors.add_book(title="The Novels", nonfiling_characters=4)

    subjects = await index(authors, "subjects", **{"from": "novel", "limit": 2})
    found = await index(authors, "titles", **{"from": "NOVELS", "limit": 2})

    assert [("Eliot, George -- Life", 2), ("Novels", 21)] == [tuple(entry.values()) for entry in subjects["items"]]
    assert [("The Novels", 1), ("The works of Austen, Jane", 6)] == [tuple(entry.values()) for entry in found["items"]]


async def test_an_index_follows_what_becomes_of_its_books(service: Service) -> None:
    book = await service.add_book(authors=["Jane Austin"], subjects=["Love"])
    path = f"/v1/books/{book['book_id']}"

    await service.change("PATCH", path, {"authors": ["Jane Austen"]})
    assert ["Jane Austen"] == headings(await index(service, "authors"))

    await service.change("DELETE", path, if_match='"2"')
    assert [] == headings(await index(service, "authors")) == headings(await index(service, "subjects"))
    assert [] == headings(await index(service, "titles"))


async def test_names_and_subjects_count_what_the_public_sees(service: Service) -> None:
    await service.add_book(title="Emma", authors=["Jane Austen"], subjects=["Love"])
    hidden = await service.add_book(title="Sanditon", authors=["Jane Austen"], subjects=["Sea"], suppressed=True)
    path = f"/v1/books/{hidden['book_id']}"

    async def counted() -> dict[str, int]:
        pages = [await index(service, each) for each in ("authors", "subjects")]
        return {entry["heading"]: entry["books"] for page in pages for entry in page["items"]}

    assert {"Jane Austen": 1, "Love": 1} == await counted()
    await service.change("PATCH", path, {"subjects": ["Sea", "Love"]})
    assert {"Jane Austen": 1, "Love": 1} == await counted()
    await service.change("PATCH", path, {"suppressed": False}, if_match='"2"')
    assert {"Jane Austen": 2, "Love": 2, "Sea": 1} == await counted()
    await service.change("PATCH", path, {"suppressed": True, "subjects": ["Sea"]}, if_match='"3"')
    assert {"Jane Austen": 1, "Love": 1} == await counted()
    await service.change("DELETE", path, if_match='"4"')
    assert {"Jane Austen": 1, "Love": 1} == await counted()


async def test_a_title_whose_last_copy_is_withdrawn_leaves_the_indexes_and_comes_back_with_it(service: Service) -> None:
    _, (copy,) = await service.shelve("1", authors=["Jane Austen"], subjects=["Love"])
    status = f"/v1/copies/{copy['copy_id']}/status"

    for word, names in (("lost", []), ("in_service", ["Jane Austen"])):
        assert (await service.post(status, {"status": word})).is_success
        assert (names, ["Love"][: len(names)]) == (
            headings(await index(service, "authors")),
            headings(await index(service, "subjects")),
        )


async def test_shelf_marks_stand_as_on_the_shelf_of_each_branch(service: Service) -> None:
    for code in ("MAIN", "WEST"):
        await service.post("/v1/branches", {"code": code, "name": code})
    for number, mark in enumerate(("B 10", "B 2", "QA 76", "QA 8", "b 2", "QA 76.73")):
        book = await service.add_book(title=f"Book {number}")
        copy = {"barcode": f"B{number}", "branch": "WEST" if number > 4 else "MAIN", "shelf_mark": mark}
        await service.post(f"/v1/books/{book['book_id']}/copies", copy)

    everywhere = await index(service, "shelf-marks")
    around = await index(service, "shelf-marks", **{"from": "qa9", "branch": "main", "limit": 2})

    assert [("B 2", 2), ("B 10", 1), ("QA 8", 1), ("QA 76", 1), ("QA 76.73", 1)] == [
        tuple(entry.values()) for entry in everywhere["items"]
    ]
    assert (["QA 8", "QA 76"], 1) == (headings(around), around["at"])
    assert [] == headings(await index(service, "shelf-marks", branch="NOWHERE"))


async def standing_in(service: Service, branch: str, number: int, **record: Any) -> None:
    book = await service.add_book(**record)
    copy = {"barcode": f"{branch}{number}", "branch": branch, "item_type": "book"}
    assert 201 == (await service.post(f"/v1/books/{book['book_id']}/copies", copy)).status_code


@pytest.mark.parametrize("most_read", [5_000, 0])
async def test_names_subjects_and_titles_of_a_branch_are_those_of_what_is_found_there(
    most_read: int, service: Service
) -> None:
    service.app.state.browse_index.browsing._of_branch._most_read = most_read
    for code in ("MAIN", "WEST"):
        await service.post("/v1/branches", {"code": code, "name": code})
    for number, (name, branch) in enumerate(
        [
            ("Austen, Jane", "WEST"),
            ("Austen, Jane", "MAIN"),
            ("Austen", "MAIN"),
            ("Eliot, George", "MAIN"),
            ("AUSTEN, JANE", "WEST"),
            ("Jane Austen", "MAIN"),
            ("Woolf, Virginia", "WEST"),
        ]
    ):
        record = {"authors": [name], "subjects": [f"Life of {name}"], "title": f"A life {number}"}
        await standing_in(service, branch, number, **record)
    await standing_in(service, "WEST", 9, title="Hidden", authors=["Blyton, Enid"], suppressed=True)

    west, main = [await index(service, "authors", branch=code) for code in ("west", "MAIN")]
    subjects = await index(service, "subjects", branch="WEST", **{"from": "life of b", "limit": 2})
    titles = await index(service, "titles", branch="WEST", limit=1)
    behind = await index(service, "titles", branch="WEST", limit=5, cursor=titles["next_cursor"])
    before = await index(service, "titles", branch="WEST", limit=5, cursor=behind["previous_cursor"])

    assert [("Austen, Jane", 2), ("Woolf, Virginia", 1)] == [tuple(entry.values()) for entry in west["items"]]
    assert [("Austen", 1), ("Austen, Jane", 1), ("Eliot, George", 1), ("Jane Austen", 1)] == [
        tuple(entry.values()) for entry in main["items"]
    ]
    assert (["Life of Austen, Jane", "Life of Woolf, Virginia"], 1) == (headings(subjects), subjects["at"])
    assert (["A life 0"], ["A life 4", "A life 6"]) == (headings(titles), headings(behind))
    assert (["A life 0"], None) == (headings(before), before["previous_cursor"])
    assert [] == headings(await index(service, "authors", branch="NOWHERE"))


async def test_beyond_the_last_entry_an_index_shows_its_end(authors: Service) -> None:
    page = await index(authors, "authors", **{"from": "zz", "limit": 4})

    assert (list(AUTHORS[-2:]), None, None) == (headings(page), page["at"], page["next_cursor"])
    assert page["previous_cursor"]


async def test_there_is_no_other_index_and_no_other_cursor(service: Service) -> None:
    assert 422 == problem(await service.get("/v1/browse/publishers"))[0]
    assert 422 == problem(await service.get("/v1/browse/authors?cursor=abc"))[0]
