"""Access control: one table per service, from each operation to what it requires of its caller.

The table is the only place that says so. `build_app` puts a gate in front of each route, which checks the caller before
the body is parsed, and the OpenAPI document shows the same rows.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.kernel.rights import Reach, Right, RightMissing, acting, covers
from shared.tokens import Principal, Verifier
from shared.web.edge.admission import rate_limit_headers
from shared.web.edge.admission.write_budget import WriteBudget
from shared.web.edge.callers import confirmed, log_refusal, unauthorized
from shared.web.problems import CHALLENGE, Problem

SCHEME = "library"
"""The name of the security scheme in the OpenAPI document."""

OWN = "self"
"""The scope for one's own things."""

NOBODY = UUID(int=0)
"""An id that no person has, so that nothing belongs to it."""

ByPin = bool | Mapping[str, Collection[str]]
"""Whether a PIN is enough; a mapping allows it for these values of the query's parameters."""

PIN_NOT_ENOUGH = "pin-not-enough"

_PRINCIPAL = "shared.web.principal"
_ACCESS = "shared.web.access"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the branch comes from in which a right is asked for, `words` as the documentation says it.

    The gate asks for `in_path`, the branch of the address, and `everywhere`; what is in a body or on record is asked
    for once it is known.
    """

    words: str
    in_path: str | None = None
    everywhere: bool = False

    def covered(self, reach: Reach, path: Mapping[str, str]) -> bool:
        """Return whether a right that is held there is enough to come in."""
        if self.everywhere:
            return reach is None
        return covers(reach, None if self.in_path is None else path[self.in_path])


ANYWHERE = Place("in any branch")
"""For what is of no branch. A table says why: `anywhere("people are of none")`."""
WHOLE_LIBRARY = Place("in all branches", everywhere=True)


def anywhere(why: str) -> Place:
    """Return the place of what is asked for in no branch, with the reason."""
    return Place(f"{ANYWHERE.words}: {why}")


class Access:
    """A row of the table. Any one of `rights` is enough for everybody's things, of `own` for the caller's own.

    `at` is where the branch comes from; rights that are not by branch need none.
    """

    checks = True
    """Whether a token that is sent is verified; otherwise it is ignored."""

    who = ""
    """Who it is for, if not for all who hold the right."""

    joined_by = " or "

    forbids = ("The access token lacks the scope, or who it is for the right", "This needs one of the scopes: …")
    """When it answers 403, and an example of the sentence."""

    def __init__(
        self, *rights: Right, own: tuple[str, ...] = (), by_pin: ByPin = True, at: Place | None = None
    ) -> None:
        if any(right.by_branch != (at is not None) for right in rights):
            names = ", ".join(right.name for right in rights)
            raise WrongTable(f"Say where the branch comes from in which {names} counts, or that none is meant.")
        self.rights = rights
        self.at = at or WHOLE_LIBRARY
        self.scopes = tuple(dict.fromkeys(scope for right in rights for scope in right.scopes))
        self.own = own
        self.accepted = (*self.scopes, *own)
        self.by_pin = by_pin

    def admit(self, principal: Principal | None, path: Mapping[str, str]) -> None:
        """Check the caller. Raises a Problem: 401 without a token, 403 `forbidden` without any of the scopes.

        Raises RightMissing for a caller who holds none of the rights, in this place; so for staff without the scopes,
        which follow from their rights.
        """
        if principal is None:
            raise unauthorized("This needs an access token.")
        if principal.scopes.isdisjoint(self.accepted):
            if principal.has_bounded_roles and any(right.of_people for right in self.rights):
                raise self._missing(path)
            scopes = " ".join(self.accepted)
            challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{scopes}"'
            detail = f"This needs one of the scopes: {', '.join(self.accepted)}."
            raise Problem(403, "forbidden", detail, headers={"www-authenticate": challenge})
        everything = not self.rights or principal.held is None or not principal.scopes.isdisjoint(self.own)
        if not everything and not any(self.at.covered(principal.reach(right), path) for right in self.rights):
            raise self._missing(path)

    def _missing(self, path: Mapping[str, str]) -> RightMissing:
        whole = self.at.everywhere and self.rights[0].by_branch
        return RightMissing(self.rights[0].name, path.get(self.at.in_path or ""), everywhere=whole)

    def is_for_all(self, principal: Principal) -> bool:
        """Return whether the caller is admitted to everybody's things."""
        return any(principal.has(right) for right in self.rights)

    def own_of(self, principal: Principal) -> UUID | None:
        """Return the person whose things the caller is admitted to as their own; None: nobody's."""
        return None if principal.scopes.isdisjoint(self.own) else principal.person_id

    def expect_more_than_pin(self, principal: Principal | None, query: bytes) -> None:
        """Raise a Problem, 403 `pin-not-enough`, for a caller with only a PIN where that is not enough."""
        if principal is None or not principal.proved_by_pin_alone or self.by_pin is True:
            return
        parameters = parse_qs(query.decode("latin-1"))
        if not self.by_pin or not all(
            name in parameters and set(parameters[name]) <= {*values} for name, values in self.by_pin.items()
        ):
            raise Problem(403, PIN_NOT_ENOUGH, self.pin_not_enough)

    @property
    def note(self) -> str:
        """What is added to the description of the route: the right, and where it must be held."""
        rights = self.joined_by.join(f"`{right.name}`" for right in self.rights)
        whose = " for what is not one's own" if self.own else ""
        return "\n\n".join(filter(None, (self.who, rights and f"Right{whose}: {rights}, {self.at.words}.")))

    @property
    def pin_not_enough(self) -> str:
        """The sentence for a caller who has to prove more than a PIN."""
        more = "Sign in with e-mail address and password, or ask the staff."
        if isinstance(self.by_pin, bool):
            return f"A PIN is not enough for this. {more}"
        words = " and ".join(f"{name}={' or '.join(values)}" for name, values in self.by_pin.items())
        return f"A PIN alone shows what {words} asks for. For the rest: {more[0].lower()}{more[1:]}"

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """The security requirements in the OpenAPI document; none if no token is needed."""
        return [{SCHEME: [scope]} for scope in self.accepted]


class RightTo(Access):
    """Persons and services with one of these rights: `RightTo(CHANGE, at=ANYWHERE)`."""

    def __init__(self, *rights: Right, at: Place | None = None) -> None:
        super().__init__(*rights, at=at)


class AllRightsTo(Access):
    """Persons and services with every one of these rights, none of which is by branch: `AllRightsTo(IMPORT, ERASE)`."""

    joined_by = " and "

    def admit(self, principal: Principal | None, path: Mapping[str, str]) -> None:
        """Check the caller, for each of the rights. Raises what others do."""
        super().admit(principal, path)
        for right in self.rights:
            if principal is not None and not principal.has(right):
                raise RightMissing(right.name)

    def is_for_all(self, principal: Principal) -> bool:
        """Return whether the caller is admitted to everybody's things."""
        return all(principal.has(right) for right in self.rights)


class OwnOr(Access):
    """All persons for their own things; for all things callers with one of these rights: `OwnOr(SEE, at=ANYWHERE)`.

    The route gets from `OnlyOf` which of both applies. A PIN is enough for own things only if `by_pin` says so.
    """

    def __init__(self, *rights: Right, by_pin: ByPin = False, at: Place | None = None) -> None:
        super().__init__(*rights, own=(OWN,), by_pin=by_pin, at=at)


_FOR_PEOPLE = "This is for people who sign in, not for services: ask somebody to sign in and do it."


class Person(Access):
    """Persons who signed in, not services; with rights only those who hold one: `Person(CHANGE, at=ANYWHERE)`."""

    who = "For people who sign in; a service may not, whatever its scopes are."
    forbids = ("The access token belongs to a service, or lacks the scope or right", _FOR_PEOPLE)

    def __init__(self, *rights: Right, at: Place | None = None) -> None:
        super().__init__(*rights, by_pin=False, at=at)

    def admit(self, principal: Principal | None, path: Mapping[str, str]) -> None:
        """Admit persons, who have roles; services have none."""
        if principal is None or self.accepted:
            super().admit(principal, path)
        if principal is not None and not principal.roles:
            raise Problem(403, "forbidden", _FOR_PEOPLE)

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """The scopes, or any token."""
        return super().security or [{SCHEME: []}]


class Anyone(Access):
    """Every caller, with or without a token; an invalid token is a 401 even here."""

    def admit(self, principal: Principal | None, path: Mapping[str, str]) -> None:
        """Admit every caller."""


class Unchecked(Anyone):
    """Every caller; tokens are ignored.

    For operations before there is a token: signing in, where the Authorization header may hold other credentials, and
    the keys with which tokens are verified.
    """

    checks = False


AccessTable = Mapping[str, Access]
"""The rows by the operation id of their route."""


class WrongTable(Exception):
    """The table and the routes do not match: a programming error, found at the start."""


def gated(routes: Iterable[BaseRoute], table: AccessTable, verifier: Verifier) -> list[BaseRoute]:
    """Return the routes, each behind its gate.

    Raises WrongTable for a route without a row, and for a row without a route.
    """
    behind_gates: list[BaseRoute] = []
    budget = WriteBudget(OWN)
    without_row, rows = [], set(table)
    every = [*routes]
    literal = {route.path for route in every if isinstance(route, Route) and not route.param_convertors}
    for route in every:
        name = operation_of(route)
        if not isinstance(route, Route) or name not in table:
            without_row.append(f"{name} ({getattr(route, 'path', '?')})")
            continue
        rows.discard(name)
        behind = copy(route)  # the router's own route stays unchanged, as other applications may use it
        behind.app = _Gate(route.app, table[name], verifier, budget)
        if route.param_convertors:
            behind.path_regex = _besides(literal, route.path_regex)
        behind_gates.append(behind)
    if without_row or rows:
        raise WrongTable(
            f"Each route needs a row in the service's api/access.py. Routes without a row: {without_row}; "
            f"rows without a route: {sorted(rows)}."
        )
    return behind_gates


def _besides(literal: Iterable[str], pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Return a pattern that excludes the literal addresses.

    Otherwise a method that `/v1/loans/mine` does not have would be answered as if `mine` were the id of a loan.
    """
    taken = sorted(path for path in literal if pattern.match(path))
    return re.compile(f"(?!(?:{'|'.join(map(re.escape, taken))})$){pattern.pattern}") if taken else pattern


def operation_of(route: BaseRoute) -> str:
    """Return the name of a route in the table."""
    return str(getattr(route, "operation_id", None) or getattr(route, "name", ""))


class _Gate:
    """The gate of one route. The edge middleware has already recognised the caller."""

    def __init__(self, app: ASGIApp, access: Access, verifier: Verifier, budget: WriteBudget) -> None:
        self._app = app
        self._access = access
        self._verifier = verifier
        self._budget = budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            principal = await confirmed(scope, self._verifier) if self._access.checks else None
            self._access.admit(principal, scope["path_params"])
            self._access.expect_more_than_pin(principal, scope["query_string"])
            scope[rate_limit_headers.SCOPE_KEY] = self._budget.spend(principal, scope["method"])
        except (Problem, RightMissing) as refusal:
            reason = refusal.code if refusal.__cause__ is None else f"{refusal.code}: {refusal.__cause__}"
            log_refusal(scope, status=getattr(refusal, "status_code", 403), reason=reason)
            raise
        scope[_PRINCIPAL] = principal
        scope[_ACCESS] = self._access
        holder = principal if principal is not None and self._access.is_for_all(principal) else None
        with acting(holder, own=None if principal is None else self._access.own_of(principal)):
            await self._app(scope, receive, send)


def principal_of(request: Request) -> Principal | None:
    """Return who calls; None without a token, or if the route ignores tokens."""
    found: Principal | None = request.scope[_PRINCIPAL]
    return found


def caller_of(request: Request) -> Principal:
    """Return the caller. Raises a Problem, 401, without a token."""
    principal = principal_of(request)
    if principal is None:
        raise unauthorized("This needs an access token.")
    return principal


def only_of_whom(request: Request) -> UUID | None:
    """Return the person to whose things the caller is restricted, or None when unrestricted."""
    access: Access = request.scope[_ACCESS]
    principal = principal_of(request)
    if principal is None:
        return NOBODY
    if access.is_for_all(principal):
        return None
    return principal.person_id or NOBODY


# A dependency that is a plain function would run in a thread for each request.


async def _caller(request: Request) -> Principal:
    return caller_of(request)


async def _only_of(request: Request) -> UUID | None:
    return only_of_whom(request)


def sees_only_own(scope: Scope) -> bool:
    """Return whether the caller is restricted to own things, so that what is not found may belong to others."""
    principal: Principal | None = scope.get(_PRINCIPAL)
    access: Access | None = scope.get(_ACCESS)
    if principal is None or access is None:
        return False
    return bool(access.own) and not access.is_for_all(principal)


Caller = Annotated[Principal, Depends(_caller)]
"""The caller; 401 without a token."""

OnlyOf = Annotated[UUID | None, Depends(_only_of)]
"""The person (perhaps NOBODY) to whose things the caller is restricted, or None when unrestricted."""
