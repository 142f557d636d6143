"""What a caller may do, and in which branches."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.kernel.rights import (
    NOWHERE,
    Held,
    Right,
    RightMissing,
    acting,
    authorise,
    authorise_to_give,
    covers,
    is_authorised,
)

LEND, RULES = Right("lend", 0, ("w",)), Right("rules", 1, ("admin",), by_branch=False)
BOTH = 0b11


def test_a_right_counts_in_the_branches_for_which_it_was_granted() -> None:
    held = Held(((BOTH, frozenset({"EAST"}), None), (0b01, frozenset({"WEST"}), None)))

    assert frozenset({"EAST", "WEST"}) == held.reach(LEND)
    assert [True, True, False] == [covers(held.reach(LEND), branch) for branch in ("EAST", "west", "MAIN")]


def test_what_is_about_the_whole_needs_a_grant_for_all_branches() -> None:
    assert NOWHERE == Held(((BOTH, frozenset({"EAST"}), None),)).reach(RULES)
    assert Held(((BOTH, None, None),)).reach(RULES) is None


def test_a_grant_for_all_branches_counts_in_new_ones() -> None:
    assert covers(Held(((BOTH, None, None),)).reach(LEND), "OPENED-TODAY")


def test_without_a_branch_any_is_enough() -> None:
    assert covers(frozenset({"EAST"}), None)
    assert not covers(NOWHERE, None)


def test_who_lacks_it_is_refused_with_the_right_and_the_branch() -> None:
    with acting(Held(((0b01, frozenset({"EAST"}), None),))):
        authorise(LEND, "EAST")
        with pytest.raises(RightMissing) as refused:
            authorise(LEND, "WEST")
        assert not is_authorised(LEND, "WEST")

    assert {"right": "lend", "branch": "WEST"} == refused.value.figures


def test_nobody_is_asked_when_the_service_itself_works() -> None:
    with acting(Held(())), acting(None):
        authorise(LEND, "WEST")


def test_one_s_own_things_need_no_right_where_one_is_admitted_to_them() -> None:
    ada = uuid4()

    with acting(Held(()), own=ada):
        authorise(LEND, "WEST", unless_own=ada)
        with pytest.raises(RightMissing):
            authorise(LEND, "WEST", unless_own=uuid4())
        with pytest.raises(RightMissing):
            authorise(LEND, "WEST")
    with acting(Held(())), pytest.raises(RightMissing):
        authorise(LEND, "WEST", unless_own=ada)


def test_nobody_gives_for_longer_than_they_hold() -> None:
    june = datetime(2026, 6, 1, tzinfo=UTC)
    east, everywhere = (0b01, frozenset({"EAST"}), None), (0b01, None, june)

    def refused(branches: frozenset[str] | None, until: datetime | None) -> bool:
        with acting(Held((east, everywhere))):
            try:
                authorise_to_give(LEND, branches, until)
            except RightMissing:
                return True
        return False

    assert [False, True, True] == [refused(None, until) for until in (june, june + timedelta(seconds=1), None)]
    assert [False, True] == [refused(frozenset({branch}), None) for branch in ("EAST", "WEST")]
