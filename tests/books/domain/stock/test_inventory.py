import pytest

from books_service.domain.stock.inventory import Range
from books_service.domain.stock.shelf_mark import InvalidShelfMarkRange
from books_service.domain.stock.stands import Stands, StandsWhy
from tests.books.makers import NOW


def at_home(branch: str = "MAIN", location: str | None = None) -> Stands:
    return Stands(branch, location, StandsWhy.HOME, NOW)


@pytest.mark.parametrize(
    ("shelf_mark", "belongs"),
    [("820 AUS", True), ("820 aus", True), ("830 GOE", True), ("820 ATW", False), ("830 GOF", False), (None, False)],
)
def test_both_ends_of_a_range_belong_to_it_whatever_their_case(shelf_mark: str | None, belongs: bool) -> None:
    shelves = Range("MAIN", shelf_mark_from="820 Aus", shelf_mark_to="830 Goe")

    assert belongs is shelves.holds(stands=at_home(), shelf_mark=shelf_mark)


@pytest.mark.parametrize(
    ("branch", "location", "belongs"),
    [("main", "KIDS", True), ("WEST", "KIDS", False), ("MAIN", "ADULT", False), ("MAIN", None, False)],
)
def test_a_location_is_one_of_its_branch(branch: str, location: str | None, belongs: bool) -> None:
    assert belongs is Range("MAIN", "KIDS").holds(stands=at_home(branch, location), shelf_mark=None)


def test_without_ends_and_location_the_whole_branch_is_counted() -> None:
    assert Range("MAIN").holds(stands=at_home(location="KIDS"), shelf_mark=None)
    assert Range("MAIN", shelf_mark_to="B").holds(stands=at_home(), shelf_mark=None)
    assert Range("MAIN", shelf_mark_from="B").holds(stands=at_home(), shelf_mark="Z")


def test_what_has_floated_into_a_branch_belongs_in_each_location_of_it_and_not_at_home() -> None:
    floated = Stands("WEST", None, StandsWhy.FLOATED, NOW)

    assert Range("West").holds(stands=floated, shelf_mark=None)
    assert Range("WEST", "KIDS").holds(stands=floated, shelf_mark=None)
    assert not Range("MAIN").holds(stands=floated, shelf_mark=None)


def test_a_range_that_ends_before_it_begins_on_the_shelf_is_refused() -> None:
    assert Range("MAIN", "KIDS", "B 2", "B 10") == Range.of("MAIN", "KIDS", "B 2", "B 10")
    assert Range("MAIN", None, "B 2", "b2") == Range.of("MAIN", None, "B 2", "b2")
    with pytest.raises(InvalidShelfMarkRange):
        Range.of("MAIN", None, "B 10", "B 2")
