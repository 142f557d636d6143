"""Deprecated operations announce their removal in their answers and in the OpenAPI document.

    router.get("/old", openapi_extra=deprecated(since=date(2027, 1, 1), until=date(2028, 1, 1), see="/docs"))

Their answers to callers with access carry `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and a `Link` to the
replacement; CONTRIBUTING.md says how long both are kept.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EXTENSION = "x-deprecation"
_SHORTEST_DAYS = 182


def deprecated(*, since: date, until: date, see: str) -> dict[str, Any]:
    """Return the `openapi_extra=` of a route that is deprecated since one day, and removed on another.

    `see` is the address of the replacement. Raises ValueError unless six months lie between both days.
    """
    if (until - since).days < _SHORTEST_DAYS:
        raise ValueError("clients have six months at least from the deprecation of an operation to its end")
    return {"deprecated": True, _EXTENSION: {"since": since.isoformat(), "until": until.isoformat(), "see": see}}


def announce_deprecations(routes: Iterable[BaseRoute]) -> None:
    """Add the headers to the answers of deprecated routes."""
    for route in routes:
        notice = (getattr(route, "openapi_extra", None) or {}).get(_EXTENSION)
        if isinstance(route, APIRoute) and notice is not None:
            route.app = _Announced(route.app, **notice)


class _Announced:
    """Wraps one deprecated route."""

    def __init__(self, app: ASGIApp, *, since: str, until: str, see: str) -> None:
        self._app = app
        ends = format_datetime(_midnight(until), usegmt=True)
        self._headers = [
            (b"deprecation", f"@{int(_midnight(since).timestamp())}".encode()),
            (b"sunset", ends.encode()),
            (b"link", f'<{see}>; rel="deprecation"; type="text/html"'.encode()),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def announced(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._headers]}
            await send(message)

        await self._app(scope, receive, announced)


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
