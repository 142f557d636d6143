"""Roles, and what each may do."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import chain, combinations

from shared.kernel.errors import InvalidValue


class Role(StrEnum):
    """What somebody is in the library, as far as software is concerned."""

    MEMBER = "member"
    LIBRARIAN = "librarian"
    ADMIN = "admin"


_MEMBER = frozenset({"self"})
_LIBRARIAN = frozenset({"books:write", "members:read", "members:write", "loans:read", "loans:write"})

SCOPES: Mapping[Role, frozenset[str]] = {
    Role.MEMBER: _MEMBER,
    Role.LIBRARIAN: _LIBRARIAN,
    Role.ADMIN: _MEMBER | _LIBRARIAN | {"admin"},
}
"""What each role may do."""

SCOPES_OF_PEOPLE = frozenset().union(*SCOPES.values())
"""The scopes of people who sign in; the others are for software that acts for itself."""

ALL_SCOPES: Mapping[str, str] = {
    "self": "one's own profile, loans, holds and fines",
    "books:write": "change the catalogue",
    "members:read": "see members",
    "members:write": "enrol and change members",
    "loans:read": "see loans, holds and fines",
    "loans:write": "check out, return, renew and hold for others",
    "admin": "accounts, policies, calendars, consistency and erasure",
    "books:lending": "ask whether a copy may be lent (services)",
    "members:standing": "ask whether a member may borrow (services)",
    "fines:pay": "take payments of fines (tills, payment providers)",
    "loans:offline": "say afterwards what was lent and taken back offline (machines, the desk page)",
    "members:recover": "ask for a token to choose another password with, to be sent by mail (front ends)",
    "members:verify": "ask whose card and PIN these are (machines)",
}
"""Every scope that exists, in words for the person who grants it."""


class NoRole(InvalidValue):
    """An account that may do nothing."""

    code = "no-role"
    detail = "An account needs at least one role; disable it when it may do nothing."
    field = "roles"


def sets_with(role: Role) -> tuple[frozenset[Role], ...]:
    """Return every set of roles that has `role` in it."""
    others = [other for other in Role if other is not role]
    chosen = chain.from_iterable(combinations(others, count) for count in range(len(others) + 1))
    return tuple(frozenset({role, *some}) for some in chosen)


def scopes_of(roles: Iterable[Role]) -> frozenset[str]:
    """Return everything that somebody with these roles may do."""
    return frozenset(scope for role in roles for scope in SCOPES[role])


def some_roles(roles: Iterable[Role]) -> frozenset[Role]:
    """Return the roles as a set. Raises NoRole when there is none."""
    chosen = frozenset(roles)
    if not chosen:
        raise NoRole
    return chosen


def existing_scopes(requested: frozenset[str] | None) -> frozenset[str] | None:
    """Return the requested scopes that exist."""
    return None if requested is None else requested.intersection(ALL_SCOPES)
