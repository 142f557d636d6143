"""Copies of a periodical go round among offices before they are put on the shelf, with a slip each."""

from typing import Any

import pytest

from shared.persistence.database import Database
from tests.books.api.conftest import Service
from tests.books.api.serials.refusals import A_MONTHLY
from tests.paper import read

ROUNDS: list[dict[str, Any]] = [
    {"branch": "MAIN", "item_type": "journal", "route": ["Editorial office", "Bureau d'Élise"]},
    {"branch": "MAIN", "item_type": "journal"},
    {"branch": "WEST", "item_type": "journal", "route": ["Press desk"]},
]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One kind of database is enough: no SQL is proved here."""
    return sqlite_database


async def test_each_copy_that_goes_round_has_a_slip_of_its_stations_in_their_order(service: Service) -> None:
    book, _ = await service.shelve(title="Weather")
    await service.post("/v1/branches", {"code": "WEST", "name": "West"})
    path = f"/v1/books/{book['book_id']}"
    made = await service.change("PUT", f"{path}/subscription", A_MONTHLY | {"copies": ROUNDS}, if_match=None)
    assert [each.get("route", []) for each in ROUNDS] == [copy["route"] for copy in made.json()["copies"]]
    assert made.json() == (await service.get(f"{path}/subscription", by="librarian")).json()
    received = (await service.post(f"{path}/issues", {"volume": "2026/03", "received_on": "2026-03-01"})).json()

    slips = await service.get(f"/v1/issues/{received['issue']['issue_id']}/routing-slips", by="librarian")

    assert (200, "application/pdf") == (slips.status_code, slips.headers["content-type"])
    first, second = read(slips.content).texts
    assert [3, True] == [len(received["copies"]), all("route" not in copy for copy in received["copies"])]
    for page, stations in (
        (first, ["Editorial office", "Bureau d'Élise", "→ MAIN"]),
        (second, ["Press desk", "→ WEST"]),
    ):
        assert all(text in page for text in ("Weather", "2026/03 · 2026-03-01", *stations))
        assert sorted(stations, key=page.index) == stations


async def test_a_route_of_fifty_stations_stays_on_its_page(service: Service) -> None:
    book, _ = await service.shelve(title="Weather")
    copies = [{"branch": "MAIN", "route": [f"Room {number:02}" for number in range(50)]}]
    path = f"/v1/books/{book['book_id']}"
    await service.change("PUT", f"{path}/subscription", A_MONTHLY | {"copies": copies}, if_match=None)
    received = (await service.post(f"{path}/issues", {"volume": "2026/03"})).json()["issue"]

    answer = await service.get(f"/v1/issues/{received['issue_id']}/routing-slips", by="librarian")
    (page,) = read(answer.content).texts

    assert "Room 00" in page
    assert "Room 49" in page
