"""Rights are named by the service that asks for them, and listed by members: both must mean the same."""

from types import ModuleType

import pytest

import books_service.api.access
import books_service.domain.rights
import loans_service.api.access
import loans_service.domain.rights
import members_service.api.access
import members_service.domain.rights
from members_service.domain.identity.roles import ALL_SCOPES
from members_service.domain.rights import BY_NAME, OF_NO_BRANCH, RIGHTS
from shared.kernel.rights import Right

NAMING = {
    "books": books_service.domain.rights,
    "loans": loans_service.domain.rights,
    "members": members_service.domain.rights,
}
TABLES = [books_service.api.access.ACCESS, loans_service.api.access.ACCESS, members_service.api.access.ACCESS]


def named_in(module: ModuleType) -> list[Right]:
    return [value for value in vars(module).values() if isinstance(value, Right)]


@pytest.mark.parametrize("service", NAMING)
def test_what_a_service_asks_for_is_what_members_grants(service: str) -> None:
    rights = named_in(NAMING[service])

    assert rights
    assert [BY_NAME.get(right.name) for right in rights] == rights


def test_no_two_rights_share_a_number_or_a_name() -> None:
    assert len(RIGHTS) == len({known.right.number for known in RIGHTS}) == len(BY_NAME)


def test_every_right_is_asked_for_somewhere() -> None:
    asked_for = {right.name for module in NAMING.values() for right in named_in(module)}

    assert set() == BY_NAME.keys() - asked_for


def test_every_scope_but_that_for_one_s_own_stands_for_rights() -> None:
    assert ALL_SCOPES.keys() - {"self"} == {scope for known in RIGHTS for scope in known.right.scopes}


def test_a_right_that_no_row_asks_for_in_a_branch_is_explained_as_one_of_no_branch() -> None:
    rows = [row for table in TABLES for row in table.values()]
    asked = {right.name: {row.at.words for row in rows if right in row.rights} for right in BY_NAME.values()}
    of_none = {name for name, places in asked.items() if places and all(at.startswith("in any") for at in places)}

    assert of_none | {"see_history"} == OF_NO_BRANCH  # which use cases ask for, and no row


def test_a_row_that_asks_for_no_branch_says_why() -> None:
    rows = [row for table in TABLES for row in table.values() if row.at.words.startswith("in any branch")]

    assert rows
    assert [] == [row.rights for row in rows if ": " not in row.at.words]


def test_every_row_says_where_its_branch_comes_from_or_is_about_the_whole() -> None:
    rows = [row for table in TABLES for row in table.values() if row.rights]

    assert rows
    assert [] == [row.at.words for row in rows if not row.at.everywhere and not any(r.by_branch for r in row.rights)]
