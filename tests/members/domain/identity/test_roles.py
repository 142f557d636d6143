import pytest

from members_service.domain.identity.roles import Role, existing_scopes, sets_with

MEMBER, LIBRARIAN, ADMIN = Role


@pytest.mark.parametrize("role", Role)
def test_every_set_of_roles_with_one_of_them_is_found_once(role: Role) -> None:
    every = [{MEMBER}, {LIBRARIAN}, {ADMIN}, {MEMBER, LIBRARIAN}, {MEMBER, ADMIN}, {LIBRARIAN, ADMIN}, set(Role)]

    found = sets_with(role)

    assert 4 == len(found)
    assert {frozenset(roles) for roles in every if role in roles} == set(found)


def test_of_what_is_requested_only_known_scopes_are_kept_and_a_request_for_everything_stays_one() -> None:
    assert frozenset({"self", "admin"}) == existing_scopes(frozenset({"self", "admin", "teapot"}))
    assert None is existing_scopes(None)
