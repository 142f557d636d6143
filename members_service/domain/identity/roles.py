"""Roles: named sets of rights. Some are shipped; a library changes them, and makes its own."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from members_service.domain.rights import BY_NAME, RIGHTS
from shared.kernel.errors import Conflict, InvalidValue, NotFound
from shared.kernel.rights import Right


class Role(StrEnum):
    """The roles that are shipped, and that of members."""

    MEMBER = "member"
    LIBRARIAN = "librarian"
    ADMIN = "admin"
    DESK = "desk"
    CATALOGUER = "cataloguer"
    CIRCULATION_LEAD = "circulation-lead"


LONGEST_ROLE_NAME = 40
LONGEST_ROLES = 100
"""Characters of the names of all roles of one account, which its tokens carry."""

SCOPES_OF_PEOPLE = frozenset(
    {"self", "books:write", "members:read", "members:write", "loans:read", "loans:write", "admin"}
)
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
    "loans:facts": "ask how loans, holds and charges stand (services)",
    "fines:pay": "take payments of fines (tills, payment providers)",
    "loans:offline": "say afterwards what was lent and taken back offline (machines, the desk page)",
    "members:recover": "ask for a token to choose another password with, to be sent by mail (front ends)",
    "members:verify": "ask whose card and PIN these are (machines)",
}
"""Every scope that exists, in words for the person who grants it."""

RIGHTS_OF_PEOPLE = tuple(known.right for known in RIGHTS if known.right.of_people)
"""What a role may name: the other rights are for software that acts for itself."""

_DESK = frozenset(
    {"lend", "take_back", "renew", "place_holds", "take_payments", "see_loans", "see_members", "change_members"}
)
_LEADING = {"override", "change_loans", "charge", "waive", "refund", "collect", "move_copies", "see_history"}
_OF_MEMBERS = {"see_contacts", "merge_members", "block_members", "calendars", "tills"}
_CATALOGUER = frozenset(
    {"catalogue", "copies", "withdraw", "take_stock", "branches", "import_catalogue", "export_catalogue"}
)


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """What a role is called, and what it gives. `shipped`: it was here from the beginning, and stays."""

    name: str
    title: str
    rights: frozenset[str]
    shipped: bool = False
    version: int = 1


_LIBRARIAN = (_DESK | _LEADING | _CATALOGUER | _OF_MEMBERS) - {"calendars", "tills"}

SHIPPED: Mapping[str, RoleDefinition] = {
    one.name: one
    for one in (
        RoleDefinition(
            Role.ADMIN, "Whoever runs the library", frozenset(right.name for right in RIGHTS_OF_PEOPLE), shipped=True
        ),
        RoleDefinition(Role.LIBRARIAN, "Librarian", _LIBRARIAN, shipped=True),
        RoleDefinition(Role.DESK, "Desk", _DESK, shipped=True),
        RoleDefinition(Role.CATALOGUER, "Cataloguer", _CATALOGUER, shipped=True),
        RoleDefinition(Role.CIRCULATION_LEAD, "Head of circulation", _DESK | _LEADING | _OF_MEMBERS, shipped=True),
    )
}
"""The roles as they are shipped; a library's own wording of one stands above it. A new right is in `admin` alone."""


class NoRole(InvalidValue):
    """An account that may do nothing."""

    code = "no-role"
    detail = "An account needs at least one role; disable it when it may do nothing."
    field = "roles"


class TooManyRoles(InvalidValue):
    """More than a token can carry."""

    code = "too-many-roles"
    detail = f"The names of an account's roles have at most {LONGEST_ROLES} characters. Make one role of several."
    field = "roles"


class InvalidRole(InvalidValue):
    """The name or the rights of a role cannot be what they claim to be."""

    code = "invalid-role"


class RoleNotFound(NotFound):
    """There is no such role."""

    code = "role-not-found"
    detail = "There is no role of this name. GET /v1/roles lists them."


class UnknownRole(InvalidValue):
    """An account cannot get a role that is not there."""

    code = "unknown-role"
    detail = "There is no such role. GET /v1/roles lists them."
    field = "roles"


class RoleStays(Conflict):
    """A shipped role cannot go, and what an admin may do cannot change."""

    code = "role-stays"
    detail = "A shipped role is not deleted, and what admin means does not change. Grant a role of your own instead."


class RoleInUse(Conflict):
    """Accounts have it."""

    code = "role-in-use"
    detail = "Accounts have this role. Take it from them first: GET /v1/accounts?role= lists them."


_NAME = re.compile(rf"[a-z][a-z0-9-]{{0,{LONGEST_ROLE_NAME - 1}}}")
OWN = frozenset({"self"})
"""The scopes of members."""

MEMBER_ALONE = frozenset({str(Role.MEMBER)})


def checked_definition(name: str, title: str, rights: Iterable[str], *, version: int) -> RoleDefinition:
    """Return a role as a library wants it. Raises InvalidRole, and RoleStays for that of admins."""
    if name == Role.ADMIN:
        raise RoleStays
    if not _NAME.fullmatch(name) or name == Role.MEMBER:
        raise InvalidRole("A role is called by small letters, digits and hyphens, and not member.", field="name")
    allowed = {right.name for right in RIGHTS_OF_PEOPLE}
    unknown = sorted(set(rights) - allowed)
    if unknown and unknown[0] in BY_NAME:
        raise InvalidRole(f"The right {unknown[0]} is for services and machines alone. Leave it out.", field="rights")
    if unknown:
        raise InvalidRole(f"A role has no right {unknown[0]}. GET /v1/rights lists them.", field="rights")
    return RoleDefinition(name, title, frozenset(rights), shipped=name in SHIPPED, version=version)


def rights_named(names: Iterable[str]) -> tuple[Right, ...]:
    """Return the rights of these names; one that is gone is left out."""
    return tuple(BY_NAME[name] for name in sorted(names) if name in BY_NAME)


def some_roles(roles: Iterable[str]) -> frozenset[str]:
    """Return the roles as a set. Raises NoRole when there is none, TooManyRoles when there are too many."""
    chosen = frozenset(map(str, roles))
    if not chosen:
        raise NoRole
    if len(" ".join(chosen)) > LONGEST_ROLES:
        raise TooManyRoles
    return chosen


def existing_scopes(requested: frozenset[str] | None) -> frozenset[str] | None:
    """Return the requested scopes that exist."""
    return None if requested is None else requested.intersection(ALL_SCOPES)
