"""What follows from grants: for scopes, for tokens, and for who may go on with a session."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from members_service.domain.identity.grants import (
    Bounds,
    Grant,
    fit_in_token,
    gains,
    rights_in_token,
    rights_of_machine,
    scopes_of,
)
from members_service.domain.identity.roles import SHIPPED, Role
from members_service.domain.rights import BY_NAME, SEE_MEMBERS
from shared.kernel.rights import NOWHERE, Held, Reach
from tests.members.makers import NOW, an_account

LATER = NOW + timedelta(days=3)
EAST, WEST = frozenset({"EAST"}), frozenset({"WEST"})
DESK_SCOPES = frozenset({"loans:read", "loans:write", "members:read", "members:write"})


def a_grant(role: str = Role.DESK, branches: Reach = None, until: datetime | None = None) -> Grant:
    return Grant.of(role, SHIPPED[role].rights, Bounds(branches, until))


def reach(right: str, *grants: Grant, scopes: Iterable[str] = DESK_SCOPES) -> Reach:
    groups = rights_in_token(grants, frozenset(scopes), NOW)
    return None if groups is None else Held(groups).reach(BY_NAME[right])


def test_a_token_says_nothing_where_its_scopes_stand_for_all_that_is_granted() -> None:
    assert rights_in_token([a_grant(Role.LIBRARIAN)], DESK_SCOPES, NOW) is None
    assert rights_in_token([a_grant(Role.DESK)], DESK_SCOPES, NOW) is not None


def test_a_right_is_held_where_any_grant_gives_it() -> None:
    grants = a_grant(Role.DESK, EAST), a_grant(Role.CIRCULATION_LEAD, WEST)

    assert EAST | WEST == reach("lend", *grants)
    assert WEST == reach("waive", *grants)
    assert NOWHERE == reach("catalogue", *grants)


def test_branches_in_which_the_same_is_held_are_one_group() -> None:
    forty = frozenset(f"B{n}" for n in range(40))

    groups = rights_in_token([a_grant(Role.DESK, forty), a_grant(Role.LIBRARIAN, EAST)], DESK_SCOPES, NOW)

    assert groups is not None
    assert [forty, EAST] == [branches for _, branches, _ in groups]


def test_a_grant_that_has_ended_gives_nothing() -> None:
    ended = a_grant(Role.DESK, None, NOW)

    assert NOWHERE == reach("lend", ended)
    assert set() == scopes_of([ended], NOW)


def test_a_token_carries_nothing_beyond_its_scopes() -> None:
    assert NOWHERE == reach("lend", a_grant(Role.DESK, EAST), scopes={"members:read"})


def test_what_is_about_the_whole_library_is_not_held_in_one_branch() -> None:
    assert NOWHERE == reach("rules", a_grant(Role.ADMIN, EAST), scopes={"admin"})


def test_a_machine_acts_in_the_branches_of_its_registration() -> None:
    [(bits, branches, until)] = rights_of_machine({"loans:write"}, EAST)

    assert (EAST, None) == (branches, until)
    assert EAST == Held(((bits, branches, None),)).reach(BY_NAME["lend"])
    assert NOWHERE == Held(((bits, branches, None),)).reach(SEE_MEMBERS)


@pytest.mark.parametrize(
    ("before", "after", "gained"),
    [
        ((), a_grant(branches=EAST), True),
        ((a_grant(branches=EAST),), a_grant(branches=EAST), False),
        ((a_grant(branches=EAST),), a_grant(branches=EAST | WEST), True),
        ((a_grant(),), a_grant(branches=EAST), False),
        ((a_grant(branches=EAST),), a_grant(), True),
        ((a_grant(until=NOW),), a_grant(until=LATER), True),
        ((a_grant(until=LATER),), a_grant(until=NOW), False),
        ((a_grant(until=LATER),), a_grant(), True),
        ((a_grant(),), a_grant(until=LATER), False),
        ((a_grant(Role.LIBRARIAN),), a_grant(Role.DESK), False),
    ],
)
def test_what_goes_further_is_gained(before: tuple[Grant, ...], after: Grant, gained: bool) -> None:
    assert gained == bool(gains(before, [after]))


def test_an_admin_of_one_branch_or_for_some_time_does_not_count_as_the_last_one() -> None:
    for bounds in (Bounds(EAST), Bounds(None, LATER)):
        account = an_account(roles=frozenset({Role.ADMIN}))
        account.change(roles=None, disabled=None, others_administer=True, bounds={Role.ADMIN: bounds})
        assert not account.administers


def test_forty_branches_of_the_usual_length_fit_into_a_token_and_a_hundred_long_ones_do_not() -> None:
    usual, long = (
        frozenset(f"{name}-{n:02}" for n in range(count)) for name, count in (("BRANCH", 40), ("B" * 27, 100))
    )

    assert fit_in_token([a_grant(branches=usual), a_grant(Role.CATALOGUER, EAST, LATER), a_grant(Role.ADMIN)], NOW)
    assert not fit_in_token([a_grant(branches=long)], NOW)


def test_a_grant_gives_a_right_in_its_branches_and_what_is_about_the_whole_only_everywhere() -> None:
    lend, rules = BY_NAME["lend"], BY_NAME["rules"]
    here, everywhere = a_grant(Role.LIBRARIAN, EAST), a_grant(Role.ADMIN)

    assert [True, True, True, False] == [here.gives(lend, branch) for branch in ("EAST", "east", None, "WEST")]
    assert [True, True] == [everywhere.gives(right, "WEST") for right in (lend, rules)]
    assert not a_grant(Role.ADMIN, EAST).gives(rules, "EAST")
    assert not a_grant(Role.DESK).gives(BY_NAME["waive"], None)
