"""Roles and the scopes that clients request."""

import pytest

from members_service.domain.identity.roles import (
    RIGHTS_OF_PEOPLE,
    SCOPES_OF_PEOPLE,
    SHIPPED,
    InvalidRole,
    Role,
    RoleStays,
    TooManyRoles,
    checked_definition,
    existing_scopes,
    some_roles,
)
from members_service.domain.rights import RIGHTS
from tests.members.makers import scopes_of


def test_scopes_that_do_not_exist_are_left_out() -> None:
    assert frozenset({"self"}) == existing_scopes(frozenset({"self", "wizardry"}))
    assert existing_scopes(None) is None


def test_the_scopes_of_a_role_follow_from_its_rights() -> None:
    librarian = {"books:write", "members:read", "members:write", "loans:read", "loans:write"}

    assert librarian == scopes_of([Role.LIBRARIAN])
    assert librarian | {"self", "admin"} == scopes_of([Role.ADMIN])
    assert {"self"} == scopes_of([Role.MEMBER])
    assert {"books:write"} == scopes_of([Role.CATALOGUER])


def test_a_librarian_has_every_right_that_these_scopes_stand_for() -> None:
    theirs = {known.right.name for known in RIGHTS if scopes_of([Role.LIBRARIAN]).intersection(known.right.scopes)}

    assert theirs == SHIPPED[Role.LIBRARIAN].rights


def test_a_desk_sees_neither_contacts_nor_what_was_read_and_forgives_nothing() -> None:
    assert not {"see_contacts", "see_history", "waive", "override"} & SHIPPED[Role.DESK].rights


def test_a_right_of_people_comes_with_a_scope_of_people_and_no_other_does() -> None:
    for right in (known.right for known in RIGHTS):
        assert right.of_people is not SCOPES_OF_PEOPLE.isdisjoint(right.scopes), right.name


def test_no_role_has_a_right_of_machines() -> None:
    machines = {known.right.name for known in RIGHTS} - {right.name for right in RIGHTS_OF_PEOPLE}

    assert {"ask_standing", "verify_pins", "act_offline"} <= machines
    for name in sorted(machines):
        with pytest.raises(InvalidRole):
            checked_definition("mine", "Mine", [name], version=1)


@pytest.mark.parametrize("name", ["member", "Desk", "1st", "", "a b", "x" * 41])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(InvalidRole):
        checked_definition(name, "Mine", [], version=1)


def test_what_an_admin_may_do_cannot_be_changed() -> None:
    with pytest.raises(RoleStays):
        checked_definition("admin", "Admin", ["lend"], version=2)


def test_an_account_has_only_so_many_roles() -> None:
    with pytest.raises(TooManyRoles):
        some_roles(f"role-{n}" for n in range(20))
