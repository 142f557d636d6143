"""Branches are opened and described otherwise; their locations stay while copies stand there."""

import pytest

from books_service.application.stock.add_branch import NewBranch
from books_service.application.stock.revise_branch import BranchRevision
from books_service.domain.stock.branch import (
    BranchCodeTaken,
    LocationInUse,
    TooManyLocations,
)
from shared.kernel.errors import OutOfDate
from tests.books.library import Library


async def test_a_branch_without_a_time_zone_keeps_the_library_s_and_its_code_is_taken_whatever_its_case(
    library: Library,
) -> None:
    view = await library.stock.add_branch(NewBranch("EAST", "Eastern branch"))

    assert "UTC" == view.timezone
    with pytest.raises(BranchCodeTaken):
        await library.stock.add_branch(NewBranch("east", "Another one"))


async def test_a_branch_keeps_what_is_not_mentioned(library: Library) -> None:
    await library.open_branch(locations=["A"])

    view = await library.stock.revise_branch(BranchRevision("main", 1, timezone="Europe/Vienna"))

    assert ("The MAIN branch", "Europe/Vienna", 2, 1) == (view.name, view.timezone, view.version, len(view.locations))
    with pytest.raises(OutOfDate):
        await library.stock.revise_branch(BranchRevision("MAIN", 1, name="Another"))


async def test_a_location_where_copies_stand_is_not_taken_away(library: Library) -> None:
    await library.open_branch(locations=["A", "B"])
    book = await library.add_book()
    await library.add_copy(book.book_id, "1", location="A")

    await library.stock.revise_branch(BranchRevision("MAIN", None, locations=[("A", "Adults")]))

    with pytest.raises(LocationInUse):
        await library.stock.revise_branch(BranchRevision("MAIN", None, locations=[]))
    with pytest.raises(TooManyLocations):
        await library.stock.revise_branch(BranchRevision("MAIN", None, locations=[("A", "1"), ("a", "2")]))
