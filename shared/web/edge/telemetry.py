"""What is recorded of each request: a measurement, a line in the log, a span for the collector.

Shed requests are logged in aggregate, a line a second for each caller: a line for each would cost as much as all the
rest of the refusal, and bury what else the log says.
"""

import asyncio
from collections import Counter
from typing import Any, Literal

import structlog
from starlette.types import Scope

from shared import context, metrics, tracing
from shared.web.edge.callers import caller_in_log

log = structlog.get_logger(__name__)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_OTHER = "_OTHER"  # OpenTelemetry's name for a method that is not known

_INTERVAL = 1.0  # seconds between two lines about requests that are logged in aggregate

LogMode = Literal["each", "aggregate", "never"]
EACH: LogMode = "each"
AGGREGATE: LogMode = "aggregate"
NEVER: LogMode = "never"


class RequestTelemetry:
    """Records the requests to one service."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._observers: dict[tuple[str, str, int], Any] = {}
        self._aggregated: Counter[tuple[int, tuple[tuple[str, str], ...]]] = Counter()

    def record(
        self,
        scope: Scope,
        here: context.RequestContext,
        method: str,
        status: int,
        seconds: float,
        *,
        logged: LogMode,
    ) -> None:
        """Record a request that was answered."""
        route = route_of(scope)
        key = (method if method in _METHODS else _OTHER, route, status)
        observer = self._observers.get(key)
        if observer is None:
            counted = key[0] if key[0] in _methods_of(scope) else _OTHER
            observer = metrics.http_requests.labels(self._service, counted, route, str(status))
            self._observers[key] = observer
        observer.observe(seconds)
        if logged == AGGREGATE:
            self._aggregate(scope, status)
        if logged != EACH:
            return
        attributes: dict[str, str | int] = {
            "http.request.method": key[0],
            "http.route": route,
            "http.response.status_code": status,
        }
        log.info(
            "request",
            service=self._service,
            **attributes,
            **{"event.duration": int(seconds * 1e9)},
            **caller_in_log(scope),
        )
        tracing.record(
            context.Span(
                "SERVER",
                f"{key[0]} {route}",
                service=self._service,
                work=here,
                seconds=seconds,
                attributes=attributes,
                failed=status >= 500,
            )
        )

    def _aggregate(self, scope: Scope, status: int) -> None:
        if not self._aggregated:
            asyncio.get_running_loop().call_later(_INTERVAL, self._log_aggregated)
        self._aggregated[status, tuple(caller_in_log(scope).items())] += 1

    def _log_aggregated(self) -> None:
        counted, self._aggregated = self._aggregated, Counter()
        for (status, caller), count in counted.items():
            fields = {"event.outcome": "failure", "http.response.status_code": status, "requests": count}
            log.info("requests found no place", service=self._service, **fields, **dict(caller))


def route_of(scope: Scope) -> str:
    """Return the pattern of the address; the address itself would make endless series and show ids."""
    return getattr(scope.get("route"), "path", "unmatched")


def _methods_of(scope: Scope) -> frozenset[str]:
    """Return the methods of the route; others make no series of their own, or there would be far too many."""
    methods = frozenset[str](getattr(scope.get("route"), "methods", None) or ())
    return methods | {"HEAD"} if "GET" in methods else methods
