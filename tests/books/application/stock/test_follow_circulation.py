"""What circulation tells of copies is noted once, and their status follows from it."""

from datetime import timedelta

import pytest

from books_service.application.stock.follow_circulation import CirculationNews
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.finding import Finding
from tests.books.library import Library
from tests.books.makers import NOW, any_id


async def test_news_of_a_copy_is_noted_once_and_says_where_it_goes(library: Library) -> None:
    _, (copy,) = await library.shelve("1")
    news = CirculationNews("m-1", copy.copy_id, NOW, 7, Availability.IN_TRANSIT, transit_to="EAST")

    await library.stock.follow_circulation([news], listener="books.circulation")
    before = library.rung
    await library.stock.follow_circulation([news], listener="books.circulation")

    shown = await library.queries.copy(copy.copy_id)
    assert ("in_transit", "EAST", before) == (shown.availability, shown.transit_to, library.rung)


@pytest.mark.parametrize(
    ("status", "finding", "follows"),
    [
        ("in_service", Finding.NOT_ON_SHELF, "missing"),
        ("in_repair", Finding.NOT_ON_SHELF, "in_repair"),
        ("in_service", Finding.DECLARED_LOST, "lost"),
        ("withdrawn", Finding.DECLARED_LOST, "withdrawn"),
        ("missing", Finding.TURNED_UP, "in_service"),
        ("lost", Finding.TURNED_UP, "in_service"),
        ("damaged", Finding.TURNED_UP, "damaged"),
    ],
)
async def test_the_status_of_a_copy_follows_from_what_circulation_finds_out(
    library: Library, status: str, finding: Finding, follows: str
) -> None:
    _, (copy,) = await library.shelve("1")
    await library.set_status(copy.copy_id, status)
    found = CirculationNews("m-1", copy.copy_id, NOW + timedelta(minutes=1), 7, finding=finding)

    await library.stock.follow_circulation([found], listener="books.circulation")
    await library.stock.follow_circulation([found], listener="books.circulation")

    assert follows == (await library.queries.copy(copy.copy_id)).status


async def test_what_the_library_says_later_stands(library: Library) -> None:
    _, (copy,) = await library.shelve("1")
    library.clock.pass_by(timedelta(hours=1))
    await library.set_status(copy.copy_id, "in_repair")
    await library.set_status(copy.copy_id, "in_service")

    late = CirculationNews("m-1", copy.copy_id, NOW, 7, finding=Finding.DECLARED_LOST)
    await library.stock.follow_circulation([late], listener="books.circulation")
    await library.stock.follow_circulation(
        [CirculationNews("m-2", any_id(), NOW, 8, finding=Finding.DECLARED_LOST)], listener="books.circulation"
    )

    assert "in_service" == (await library.queries.copy(copy.copy_id)).status
