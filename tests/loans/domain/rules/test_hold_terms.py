from dataclasses import replace

import pytest

from loans_service.domain.rules.category_terms import Arrears
from loans_service.domain.rules.hold_terms import HoldTerms, ShelfDays
from loans_service.domain.rules.policy_document import read_policy
from loans_service.domain.rules.transport import Route, Sources, Transport
from shared.kernel.errors import Refusals
from tests.loans.makers import POLICY, default_document

LINES = (
    ShelfDays(days=3, branch="EAST"),
    ShelfDays(days=2, item_type="dvd"),
    ShelfDays(days=1, item_type="dvd", branch="EAST"),
)


@pytest.mark.parametrize(
    ("item_type", "branch", "days"),
    [("book", "MAIN", 7), ("book", "east", 3), ("dvd", "MAIN", 2), ("dvd", "EAST", 1)],
)
def test_the_most_specific_line_says_how_long_a_copy_waits_on_the_hold_shelf(
    item_type: str, branch: str, days: int
) -> None:
    policy = replace(POLICY, holds=HoldTerms(shelf_days=LINES))

    assert days == policy.shelf_days(item_type, branch=branch)


def test_a_line_that_names_nothing_takes_the_place_of_the_number_for_the_whole_library() -> None:
    assert 9 == replace(POLICY, holds=HoldTerms(shelf_days=(ShelfDays(days=9),))).shelf_days("book", branch="MAIN")


def test_what_is_said_twice_of_holds_is_refused_with_its_place() -> None:
    twice = HoldTerms(shelf_days=(LINES[0], LINES[0]), stopped_by=(Arrears.FINES_OWED, Arrears.FINES_OWED))

    with pytest.raises(Refusals) as refused:
        replace(POLICY, holds=twice)

    assert [
        ("holds.shelf_days.1", "An earlier line names the same branch and item type."),
        ("holds.stopped_by.1", "This is named twice."),
    ] == [(getattr(each, "field", None), str(each)) for each in refused.value.refusals]


def test_what_a_table_says_of_holds_is_in_the_policy_and_what_it_leaves_out_is_as_before() -> None:
    holds = {
        "shelf_days": [{"branch": "East", "item_type": None, "days": 3}, {"item_type": "dvd", "days": 2}],
        "stopped_by": ["too-many-overdue"],
        "local_first": True,
        "keep_when_lost": False,
    }

    told = read_policy(default_document() | {"holds": holds}, version=1, currency="EUR").holds
    silent = read_policy(default_document(), version=1, currency="EUR").holds

    assert told == HoldTerms(
        shelf_days=LINES[:2], stopped_by=(Arrears.TOO_MANY_OVERDUE,), local_first=True, keep_when_lost=False
    )
    assert silent == HoldTerms(shelf_days=(), stopped_by=(), local_first=False, keep_when_lost=True)


def test_how_copies_travel_is_in_the_policy_with_the_codes_of_branches_in_capitals() -> None:
    transport = {
        "never": [{"from": "Main", "to": "East"}, {"from": None, "to": "west", "item_type": "dvd"}, {"from": "North"}],
        "sources": [{"to": "East", "from": ["west", "NORTH"]}],
    }

    told = read_policy(default_document() | {"holds": {"transport": transport}}, version=1, currency="EUR")
    silent = read_policy(default_document() | {"holds": {"transport": {}}}, version=1, currency="EUR")

    never = (Route(origin="MAIN", to="EAST"), Route(to="WEST", item_type="dvd"), Route(origin="NORTH"))
    assert Transport(never=never, sources=(Sources("EAST", ("WEST", "NORTH")),)) == told.holds.transport
    assert Transport() == silent.holds.transport
