from datetime import date

import pytest

from members_service.domain.membership.filed_member import FiledMember
from members_service.domain.membership.member_record import UnknownBranch

FILED = FiledMember(
    {"name": "Ada", "home_branch": "main", "attributes": {"faculty": "law", "year": 2}},
    card_number="a 1",
    external_id="7",
    joined_on=date(2026, 1, 1),
    pin="2903",
)


def test_it_is_recognised_by_the_key_of_the_other_system_before_the_card() -> None:
    assert ["id 7", "card a1"] == FILED.keys
    assert ["card a1"] == FiledMember({}, card_number="a 1").keys
    assert [] == FiledMember({}).keys


def test_its_home_branch_is_written_as_the_library_writes_it() -> None:
    assert "MAIN" == FILED.at_home({"main": "MAIN"}).home_branch
    assert FiledMember({}) == FiledMember({}).at_home({})
    with pytest.raises(UnknownBranch):
        FILED.at_home({"west": "WEST"})


def test_everything_is_remembered_but_the_pin() -> None:
    assert {
        "name": "Ada",
        "home_branch": "main",
        "attributes.faculty": "law",
        "attributes.year": 2,
        "joined_on": date(2026, 1, 1),
        "suspended_until": None,
        "card_number": "a 1",
        "external_id": "7",
    } == FILED.fields
    assert "2903" not in repr(FILED)


def test_of_what_came_before_only_the_news_is_left() -> None:
    found = FILED.limited_to(frozenset({"card_number", "attributes.year"}), {"faculty": "arts"})

    assert ("a 1", None) == (found.card_number, found.external_id)
    assert {"attributes": {"faculty": "arts", "year": 2}} == found.values
    other = FILED.limited_to(frozenset({"external_id", "name"}), {})
    assert (None, "7", {"name": "Ada"}) == (other.card_number, other.external_id, other.values)
