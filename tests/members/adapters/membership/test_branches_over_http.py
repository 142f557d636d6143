"""What members asks books about branches, and what it remembers of the answers."""

import asyncio

import httpx
import pytest

from members_service.adapters.membership.branches_over_http import BranchesOverHttp
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import Neighbour, NeighbourClient
from tests.members.fakes import Books


def asking(books: Books) -> BranchesOverHttp:
    transport = httpx.MockTransport(books.answer)
    client = NeighbourClient(base_url="http://books", neighbour="books", transport=transport, timeout=9)
    return BranchesOverHttp(Neighbour(client))


async def test_branches_are_known_in_any_case_and_asked_for_once() -> None:
    books = Books("MAIN", "East-1", "WEST")
    branches = asking(books)

    found = [await branches.spellings(codes) for codes in (["main", "EAST-1"], ["east-1", " West "], [])]

    assert [{"main": "MAIN", "EAST-1": "East-1"}, {"east-1": "East-1", " West ": "WEST"}, {}] == found
    assert ["/v1/branches?limit=100", "/v1/branches?limit=100&cursor=2"] == [
        each.url.raw_path.decode() for each in books.asked
    ]


async def test_an_unknown_branch_is_asked_for_each_time_and_many_who_ask_at_once_ask_together() -> None:
    books = Books("MAIN")
    branches = asking(books)
    before = await branches.spellings(["MAIN", "NEW"])

    books.codes.append("NEW")
    after = await asyncio.gather(*(branches.spellings(["NEW"]) for _ in range(50)))

    assert {"MAIN": "MAIN"} == before
    assert [{"NEW": "NEW"}] * 50 == after
    assert len(books.asked) <= 1 + 2


async def test_closed_branches_are_asked_for_by_the_page_with_those_that_have_their_copies() -> None:
    books = Books("MAIN")
    books.closed = {"Old": "MAIN", "OLDER": "Old", "OLDEST": "MAIN"}

    found = await asking(books).closed()

    assert {"Old": "MAIN", "OLDER": "Old", "OLDEST": "MAIN"} == found
    assert {"true"} == {each.url.params["closed"] for each in books.asked}


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_without_an_answer_nothing_is_unknown(status: int) -> None:
    books = Books("MAIN")
    branches = asking(books)
    await branches.spellings(["MAIN"])
    books.status = status

    assert {"MAIN": "MAIN"} == await branches.spellings(["MAIN"])
    with pytest.raises(NeighbourUnavailable):
        await branches.spellings(["MAIN", "NEW"])


async def test_an_answer_that_nobody_can_read_is_none() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"branches": []}))
    client = NeighbourClient(base_url="http://books", neighbour="books", transport=transport)

    with pytest.raises(NeighbourUnavailable):
        await BranchesOverHttp(Neighbour(client)).spellings(["MAIN"])
