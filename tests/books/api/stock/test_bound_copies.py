"""Several titles in one binding, as clients see them."""

from typing import Any
from uuid import UUID

import pytest

from tests.books.api.conftest import Service


@pytest.fixture
async def bound(service: Service) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Two titles and the copy of the first in which the second is bound."""
    own, (copy,) = await service.shelve("1", title="Lectures on rivers")
    other = await service.add_book(title="Atlas of floods")
    answer = await service.post(f"/v1/copies/{copy['copy_id']}/bound-with", {"book_id": other["book_id"]})
    assert 200 == answer.status_code, answer.text
    return own, other, answer.json()


async def test_a_copy_that_holds_several_titles_is_listed_counted_and_found_below_each(
    service: Service, bound: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
) -> None:
    own, other, copy = bound
    await service.library.hear(UUID(copy["copy_id"]), "on_loan", sequence=1)

    for book in (own, other):
        path = f"/v1/books/{book['book_id']}"
        counted = (await service.get(path)).json()["availability"]
        (listed,) = (await service.get(f"{path}/copies")).json()["items"]
        assert (1, 1, 0) == (counted["copies"], counted["on_loan"], counted["available"])
        assert (copy["copy_id"], "on_loan") == (listed["copy_id"], listed["availability"])
        assert [{"book_id": other["book_id"], "title": "Atlas of floods"}] == listed["bound_with"]
    found = (await service.get("/v1/books?q=floods&branch=MAIN")).json()["items"]
    assert [other["book_id"]] == [each["book_id"] for each in found]


async def test_a_title_that_is_taken_out_of_a_binding_is_there_without_the_copy(
    service: Service, bound: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
) -> None:
    own, other, copy = bound

    answer = await service.change(
        "DELETE", f"/v1/copies/{copy['copy_id']}/bound-with/{other['book_id']}", if_match='"2"'
    )

    assert 204 == answer.status_code, answer.text
    for book, copies in ((own, 1), (other, 0)):
        path = f"/v1/books/{book['book_id']}"
        assert copies == (await service.get(path)).json()["availability"]["copies"]
        assert copies == len((await service.get(f"{path}/copies")).json()["items"])
