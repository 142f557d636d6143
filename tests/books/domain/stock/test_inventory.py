import pytest

from books_service.domain.stock.inventory import Range


@pytest.mark.parametrize(
    ("shelf_mark", "belongs"),
    [("820 AUS", True), ("820 aus", True), ("830 GOE", True), ("820 ATW", False), ("830 GOF", False), (None, False)],
)
def test_both_ends_of_a_range_belong_to_it_whatever_their_case(shelf_mark: str | None, belongs: bool) -> None:
    shelves = Range("MAIN", shelf_mark_from="820 Aus", shelf_mark_to="830 Goe")

    assert belongs is shelves.holds(branch="MAIN", location=None, shelf_mark=shelf_mark)


@pytest.mark.parametrize(
    ("branch", "location", "belongs"),
    [("main", "KIDS", True), ("WEST", "KIDS", False), ("MAIN", "ADULT", False), ("MAIN", None, False)],
)
def test_a_location_is_one_of_its_branch(branch: str, location: str | None, belongs: bool) -> None:
    assert belongs is Range("MAIN", "KIDS").holds(branch=branch, location=location, shelf_mark=None)


def test_without_ends_and_location_the_whole_branch_is_counted() -> None:
    assert Range("MAIN").holds(branch="MAIN", location="KIDS", shelf_mark=None)
    assert Range("MAIN", shelf_mark_to="B").holds(branch="MAIN", location=None, shelf_mark=None)
    assert Range("MAIN", shelf_mark_from="B").holds(branch="MAIN", location=None, shelf_mark="Z")
