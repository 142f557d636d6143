"""Who sends a request: found out once, before it takes a place, used again at the gate of its route, and logged.

The log names callers by ids alone, in the words of the Elastic Common Schema.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from starlette.types import Scope

from shared.kernel.errors import NeighbourUnavailable
from shared.tokens import Principal, TokenRejected, Verifier
from shared.web.edge.limits import Facts
from shared.web.problems import CHALLENGE, Problem

_CALLER = "shared.web.caller"
_RECOGNISED = "shared.web.recognised"
_REJECTION = "shared.web.rejection"

log = structlog.get_logger(__name__)


def caller_address(scope: Scope) -> str:
    """Return the network address that a request comes from.

    It is the one that the server found. Behind a gateway it is the gateway's, unless the server is told to trust that
    gateway's word about whom it speaks for; else everybody behind it counts as one caller.
    """
    client = scope.get("client")
    return str(client[0]) if client else ""


async def recognise(scope: Scope, facts: Facts, verifier: Verifier) -> Principal | None:
    """Return who the token of the request speaks for; None without one, and with one that is not valid.

    Why it is not valid is kept for the gate, which knows whether the route looks at tokens at all.
    """
    scope[_RECOGNISED] = scope[_REJECTION] = None
    if facts.authorization is None:
        return None
    scheme, _, token = facts.authorization.decode("latin-1").partition(" ")
    if facts.authorizations > 1 or scheme.lower() != "bearer":
        form = "Send one Authorization header of the form: Bearer TOKEN."
        scope[_REJECTION] = unauthorized(form, error="invalid_request")
        return None
    try:
        principal = await verifier.verify(token.strip(" "))
    except TokenRejected as error:
        scope[_REJECTION] = invalid_token(error)
        return None
    except NeighbourUnavailable as error:
        scope[_REJECTION] = error
        return None
    scope[_RECOGNISED] = principal
    remember(scope, principal)
    return principal


async def confirmed(scope: Scope, verifier: Verifier) -> Principal | None:
    """Return who calls, None without a token. Raises what was wrong with the token, or has become wrong since."""
    rejection: Exception | None = scope[_REJECTION]
    if rejection is not None:
        raise rejection
    principal: Principal | None = scope[_RECOGNISED]
    if principal is not None:
        try:
            await verifier.confirm(principal)
        except TokenRejected as error:
            raise invalid_token(error) from error
    return principal


def invalid_token(cause: TokenRejected) -> Problem:
    """Return the refusal of a token; why it is refused is not for the caller."""
    problem = unauthorized("The access token is not valid, or no longer. Get a new one.", error="invalid_token")
    problem.__cause__ = cause
    return problem


def unauthorized(detail: str, *, error: str | None = None) -> Problem:
    """Return a 401 that says how to authenticate."""
    challenge = CHALLENGE if error is None else f'{CHALLENGE}, error="{error}"'
    code = "not-authenticated" if error is None else error.replace("_", "-")
    return Problem(401, code, detail, headers={"www-authenticate": challenge})


def remember(scope: Scope, principal: Principal) -> None:
    """Note who the token of a request speaks for, whether or not it is let in."""
    who = {"user.id": principal.subject} if principal.roles else {}
    scope[_CALLER] = {**who, "client.id": principal.client_id}


def caller_in_log(scope: Scope) -> Mapping[str, str]:
    """Return the fields that name who called: the account, if it is a person, and the software; empty for nobody."""
    found: Mapping[str, str] = scope.get(_CALLER, {})
    return found


def log_refusal(scope: Scope, *, status: int, reason: str) -> None:
    """Tell the log that somebody was not let in, or reached for what is not theirs.

    `reason` is for operators: a code, or a sentence of ours; nothing of the request stands in it.
    """
    route: Any = scope.get("route")
    log.info(
        "access refused",
        **{
            "event.outcome": "failure",
            "event.reason": reason,
            "http.request.method": scope["method"],
            "http.response.status_code": status,
            "http.route": getattr(route, "path", "unmatched"),
        },
        **caller_in_log(scope),
    )
