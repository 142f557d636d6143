import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from loans_service.adapters.holds.stock_over_http import StockOverHttp
from loans_service.domain.lendable_copy import BookNotFound, BookWasMerged
from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.ids import new_id
from shared.outgoing_http import NeighbourClient
from tests.loans.adapters.neighbour import asked_through
from tests.loans.makers import EMMA


class Books:
    """The other end of the line: so many copies, a hundred a page."""

    def __init__(self) -> None:
        self.copies = [{"copy_id": str(new_id()), "barcode": f"C{number}"} for number in range(3)]
        self.status = 200
        self.asked: list[httpx.URL] = []
        self.broken = False
        self.problem: dict[str, Any] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/token":
            return httpx.Response(200, json={"access_token": "token", "expires_in": 900})
        self.asked.append(request.url)
        if self.problem:
            return httpx.Response(404, json=self.problem)
        start = int(request.url.params.get("cursor", "0"))
        same = {"branch": "MAIN", "item_type": "book", "shelf_mark": "AUS 1"}
        more = str(start + 100) if len(self.copies) > start + 100 else None
        body: dict[str, Any] = {"book_id": str(EMMA), "title": "Emma", "copies": 9, "holdable": 4}
        body |= {"item_types": ["book"], "items": [copy | same for copy in self.copies[start : start + 100]]}
        return httpx.Response(
            self.status, content=b"{" if self.broken else json.dumps(body | {"next_cursor": more}).encode()
        )


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
async def stock(books: Books) -> AsyncIterator[StockOverHttp]:
    transport = httpx.MockTransport(books.answer)
    client = NeighbourClient(base_url="http://neighbour", neighbour="test", transport=transport)
    yield StockOverHttp(asked_through(client))
    await client.aclose()


async def test_books_is_asked_which_copies_of_a_book_are_lent(books: Books, stock: StockOverHttp) -> None:
    found = await stock.copies_of(EMMA)

    assert [f"/v1/books/{EMMA}/lendable-copies"] == [url.path for url in books.asked]
    assert (EMMA, "Emma", 4, ("book",), True) == (
        found.book_id,
        found.title,
        found.holdable,
        found.item_types,
        found.complete,
    )
    assert [("C0", "MAIN", "AUS 1", "Emma")] == [
        (copy.barcode, copy.home_branch, copy.shelf_mark, copy.title) for copy in found.copies[:1]
    ]


async def test_books_is_asked_for_one_volume_on_every_page(books: Books, stock: StockOverHttp) -> None:
    books.copies *= 50

    await stock.copies_of(EMMA, volume="Vol. 2 & 3")

    assert ["Vol. 2 & 3"] * 2 == [url.params.get("volume") for url in books.asked]
    assert [None, "100"] == [url.params.get("cursor") for url in books.asked]


async def test_pages_are_followed_up_to_a_thousand_copies(books: Books, stock: StockOverHttp) -> None:
    books.copies *= 100
    few = await stock.copies_of(EMMA)
    books.copies *= 10
    many = await stock.copies_of(EMMA)

    assert ((300, True), (1_000, False)) == ((len(few.copies), few.complete), (len(many.copies), many.complete))


async def test_what_books_does_not_know_or_cannot_say_is_told_apart(books: Books, stock: StockOverHttp) -> None:
    books.status = 404
    with pytest.raises(BookNotFound):
        await stock.copies_of(EMMA)
    books.status = 401
    with pytest.raises(NeighbourUnavailable):
        await stock.copies_of(EMMA)
    books.status, books.broken = 200, True
    with pytest.raises(NeighbourUnavailable, match="unreadable"):
        await stock.copies_of(EMMA)


async def test_of_a_book_that_was_merged_it_is_known_which_one_is_there(books: Books, stock: StockOverHttp) -> None:
    into = new_id()
    books.problem = {"code": "book-merged", "into": str(into), "errors": []}

    with pytest.raises(BookWasMerged) as refused:
        await stock.copies_of(EMMA)

    assert {"into": str(into)} == refused.value.figures
