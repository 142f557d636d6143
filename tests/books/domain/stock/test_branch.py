from datetime import timedelta

import pytest

from books_service.domain.stock.branch import (
    BranchClosed,
    InvalidBranchCode,
    InvalidSuccessor,
    InvalidTimezone,
    Location,
    LocationInUse,
    TooManyLocations,
    UnknownLocation,
)
from books_service.domain.text import InvalidText
from tests.books.makers import NOW, a_branch


def test_a_branch_is_known_by_its_code_in_any_case() -> None:
    branch = a_branch(" East_1 ")

    assert ("East_1", "EAST_1") == (branch.code, branch.key)


@pytest.mark.parametrize("code", ["", " ", "-A", "A B", "x" * 41, "Ä", "a/b", "A\x00"])
def test_a_code_is_made_of_letters_and_digits(code: str) -> None:
    with pytest.raises(InvalidBranchCode):
        a_branch(code)


@pytest.mark.parametrize("timezone", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "europe/vienna ", "a\x00b"])
def test_a_time_zone_has_a_known_name(timezone: str) -> None:
    with pytest.raises(InvalidTimezone):
        a_branch(timezone=timezone)


def test_a_branch_has_a_name() -> None:
    with pytest.raises(InvalidText):
        a_branch(name=" ")


def test_a_branch_gets_another_name_or_zone_and_counts_its_changes() -> None:
    branch = a_branch()

    branch.revise(name=" Library  at the harbour ")
    branch.revise(timezone="Europe/Vienna")
    branch.revise(name="Library at the harbour", timezone="Europe/Vienna")

    assert ("Library at the harbour", "Europe/Vienna", 3) == (branch.name, branch.timezone, branch.version)


def test_a_zone_that_is_none_changes_nothing() -> None:
    branch = a_branch()

    with pytest.raises(InvalidTimezone):
        branch.revise(name="Another", timezone="Mars/Olympus")

    assert ("Main library", "UTC", 1) == (branch.name, branch.timezone, branch.version)


def test_a_location_is_known_by_its_code_in_any_case_and_each_has_its_own() -> None:
    branch = a_branch(locations=[Location.of("Kids", "Children's room")])

    assert "Kids" == branch.location(" kids ")
    with pytest.raises(UnknownLocation):
        branch.location("attic")
    with pytest.raises(TooManyLocations):
        branch.revise(locations=[Location.of("a", "1"), Location.of("A", "2")])


def test_a_location_in_use_stays() -> None:
    branch = a_branch(locations=[Location.of("A", "1"), Location.of("B", "2")])

    with pytest.raises(LocationInUse):
        branch.revise(locations=[Location.of("A", "1")], in_use={"B"})
    branch.revise(locations=[Location.of("B", "2")], in_use={"B"})

    assert ["B"] == [location.code for location in branch.locations]


def test_a_branch_keeps_when_it_was_opened_and_the_names_of_its_locations() -> None:
    branch = a_branch(locations=[Location.of(" A ", " The  attic ")])

    assert (NOW, (Location("A", "The attic"),)) == (branch.added_at, branch.locations)


def test_a_branch_has_200_locations_at_most() -> None:
    locations = [Location.of(f"L{number}", "Shelf") for number in range(201)]

    assert 200 == len(a_branch(locations=locations[:200]).locations)
    with pytest.raises(TooManyLocations):
        a_branch(locations=locations)


def test_the_first_location_in_use_is_named_and_so_is_a_field_that_is_wrong() -> None:
    branch = a_branch(locations=[Location.of("A", "1"), Location.of("B", "2")])

    with pytest.raises(LocationInUse) as refused:
        branch.revise(locations=[], in_use={"B", "A"})
    assert ("Copies stand in the location A. Move them first.", {"location": "A"}) == (
        refused.value.detail, refused.value.figures,
    )  # fmt: skip
    with pytest.raises(InvalidText) as nameless:
        Location.of("A", "")
    assert "name" == nameless.value.field


def test_a_branch_closes_once_and_leaves_its_copies_to_another_open_one() -> None:
    east, main, west = a_branch("EAST"), a_branch("MAIN"), a_branch("WEST")

    for nobody in (None, east):
        with pytest.raises(InvalidSuccessor):
            east.close(nobody, now=NOW)
    east.close(main, now=NOW)
    east.close(main, now=NOW + timedelta(days=1))

    assert (NOW, "MAIN", 2) == (east.closed_at, east.copies_to, east.version)
    with pytest.raises(InvalidSuccessor):
        west.close(east, now=NOW)
    with pytest.raises(BranchClosed) as refused:
        east.close(west, now=NOW)
    assert {"copies_to": "MAIN"} == refused.value.figures
    with pytest.raises(BranchClosed):
        east.expect_open()
    assert west is west.expect_open()


def test_a_branch_keeps_the_contacts_that_are_not_given_anew() -> None:
    branch = a_branch(contacts={"phone": " 1 ", "email": "a@b.example"})

    branch.revise(contacts={"phone": None})
    branch.revise(contacts={"phone": None})

    assert (None, None, "a@b.example", 2) == (branch.address, branch.phone, branch.email, branch.version)
    with pytest.raises(InvalidText) as refused:
        branch.revise(contacts={"address": ""})
    assert "address" == refused.value.field
