"""Who calls, as the log names them: by ids alone, in the words of the Elastic Common Schema."""

from collections.abc import Mapping
from typing import Any

import structlog
from starlette.types import Scope

from shared.tokens import Principal

_CALLER = "shared.web.caller"

log = structlog.get_logger(__name__)


def remember(scope: Scope, principal: Principal | None) -> None:
    """Note who the token of a request speaks for, whether or not it is let in."""
    if principal is not None:
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
