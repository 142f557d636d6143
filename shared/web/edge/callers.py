"""Who sends a request: found out once, before it takes a slot, used again at the gate of its route, and logged.

The log names callers by ids alone, in the words of the Elastic Common Schema.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from starlette.types import Scope

from shared.kernel.errors import NeighbourUnavailable
from shared.tokens import Principal, TokenRejected, Verifier
from shared.web.edge.admission.concurrency import CallerKey
from shared.web.edge.limits import RequestHead
from shared.web.problems import CHALLENGE, Problem

_CALLER = "shared.web.caller"
_RECOGNISED = "shared.web.recognised"
_REJECTION = "shared.web.rejection"

log = structlog.get_logger(__name__)


def caller_address(scope: Scope) -> str:
    """Return the network address that a request comes from.

    Behind a gateway it is the gateway's, and all clients behind that count as one caller, unless the server trusts the
    gateway to say for whom it forwards.
    """
    client = scope.get("client")
    return str(client[0]) if client else ""


def caller_key(scope: Scope, principal: Principal | None, service_scopes: frozenset[str]) -> CallerKey:
    """Return whose share a request counts against. Own services are clients with one of `service_scopes`."""
    if principal is None:
        return CallerKey(is_service=False, is_authenticated=False, name=caller_address(scope))
    is_service = not principal.roles and not principal.scopes.isdisjoint(service_scopes)
    return CallerKey(is_service=is_service, is_authenticated=True, name=principal.subject)


async def recognise(scope: Scope, head: RequestHead, verifier: Verifier) -> Principal | None:
    """Return who the token of the request stands for; None without a token or with an invalid one.

    The reason why it is invalid is kept in the scope for the gate, which knows whether the route looks at tokens.
    """
    scope[_RECOGNISED] = scope[_REJECTION] = None
    if head.authorization is None:
        return None
    scheme, _, token = head.authorization.decode("latin-1").partition(" ")
    if head.authorizations > 1 or scheme.lower() != "bearer":
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
    """Return who calls, or None without a token. Raises why the token is invalid, or has become so since."""
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
    """Return the refusal of a token; its reason is not shown to the caller."""
    problem = unauthorized("The access token is not valid, or no longer. Get a new one.", error="invalid_token")
    problem.__cause__ = cause
    return problem


def unauthorized(detail: str, *, error: str | None = None) -> Problem:
    """Return a 401 that says how to authenticate."""
    challenge = CHALLENGE if error is None else f'{CHALLENGE}, error="{error}"'
    code = "not-authenticated" if error is None else error.replace("_", "-")
    return Problem(401, code, detail, headers={"www-authenticate": challenge})


def remember(scope: Scope, principal: Principal) -> None:
    """Keep who the token of a request stands for, for the log, whether or not the request is admitted."""
    user = {"user.id": principal.subject} if principal.roles else {}
    scope[_CALLER] = {**user, "client.id": principal.client_id}


def caller_in_log(scope: Scope) -> Mapping[str, str]:
    """Return the log fields that name the caller: a person's account, and the client; empty without a token."""
    fields: Mapping[str, str] = scope.get(_CALLER, {})
    return fields


def log_refusal(scope: Scope, *, status: int, reason: str) -> None:
    """Log that a caller was refused access, or reached for what is not theirs.

    `reason` is for operators: a code, or a sentence of ours, with nothing of the request in it.
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
