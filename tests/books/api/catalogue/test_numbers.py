"""Short numbers that people say on the telephone."""

import pytest

from tests.books.api.conftest import Service, problem
from tests.books.makers import ISBN


async def titles(service: Service, query: str) -> list[str]:
    return [book["title"] for book in (await service.get(f"/v1/books?{query}")).json()["items"]]


async def test_a_book_is_found_by_the_number_that_it_shows(service: Service) -> None:
    emma, persuasion = await service.add_book(title="Emma"), await service.add_book(title="Persuasion")
    number = persuasion["number"]

    assert emma["number"] + 1 == number
    assert ["Persuasion"] == await titles(service, f"number={number}")
    assert ["Persuasion"] == await titles(service, f"q={number}")
    assert [] == await titles(service, f"number={number + 1}")


async def test_a_number_that_is_said_finds_its_book_beside_those_that_have_it_in_their_titles(service: Service) -> None:
    emma = await service.add_book(title="Emma", languages=["en"])
    await service.add_book(title=f"Room {emma['number']}", languages=["fr"])

    assert [f"Room {emma['number']}", "Emma"] == await titles(service, f"q={emma['number']}")
    assert ["Emma"] == await titles(service, f"q={emma['number']}&language=en")
    assert [] == await titles(service, f"title={emma['number']}&language=en")


async def test_books_and_copies_of_a_file_have_numbers_too(service: Service) -> None:
    await service.library.open_branch()
    file = f"title,isbn,barcode,branch\nEmma,{ISBN},C1,MAIN\nPersuasion,,C2,MAIN\n"
    await service.upload(file.encode())
    await service.library.work()

    books = (await service.get("/v1/books?sort=title")).json()["items"]
    copies = (await service.get("/v1/copies")).json()["items"]

    assert 2 == len({book["number"] for book in books} - {None})
    assert ["Emma"] == await titles(service, f"number={books[0]['number']}")
    assert len(copies) == len({copy["number"] for copy in copies} - {None})


async def test_a_copy_is_found_by_the_number_that_it_shows(service: Service) -> None:
    _, (first, second) = await service.shelve("C1", "C2")

    found = (await service.get(f"/v1/copies?number={second['number']}")).json()["items"]

    assert first["number"] + 1 == second["number"]
    assert [second] == found


@pytest.mark.parametrize("number", ["0", "-1", "1_0", "9007199254740992", "Emma"])
async def test_what_is_no_number_is_refused(service: Service, number: str) -> None:
    assert 422 == problem(await service.get(f"/v1/books?number={number}"))[0]
    assert 422 == problem(await service.get(f"/v1/copies?number={number}"))[0]
