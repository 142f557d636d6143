"""What is kept of each request: a measurement, a line in the log, a span for the collector.

Requests for which there is no place are told of together, by a line a second for each caller: one for each would cost
as much as all the rest of their refusal, and bury what else the log says.
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

_SECONDS = 1.0  # between two lines about requests that are told of together

How = Literal["by itself", "together", "not at all"]
BY_ITSELF: How = "by itself"
TOGETHER: How = "together"
NOT_AT_ALL: How = "not at all"


class Account:
    """Keeps account of the requests to one service."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._observers: dict[tuple[str, str, int], Any] = {}
        self._together: Counter[tuple[int, tuple[tuple[str, str], ...]]] = Counter()

    def keep(
        self,
        scope: Scope,
        here: context.RequestContext,
        method: str,
        status: int,
        seconds: float,
        *,
        told: How,
    ) -> None:
        """Measure a request that was answered, and tell of it in the log."""
        route = route_of(scope)
        key = (method if method in _METHODS else _OTHER, route, status)
        observer = self._observers.get(key)
        if observer is None:
            counted = key[0] if key[0] in _methods_of(scope) else _OTHER
            observer = metrics.http_requests.labels(self._service, counted, route, str(status))
            self._observers[key] = observer
        observer.observe(seconds)
        if told == TOGETHER:
            self._tell_together(scope, status)
        if told != BY_ITSELF:
            return
        seen: dict[str, str | int] = {
            "http.request.method": key[0],
            "http.route": route,
            "http.response.status_code": status,
        }
        log.info(
            "request", service=self._service, **seen, **{"event.duration": int(seconds * 1e9)}, **caller_in_log(scope)
        )
        tracing.record(
            context.Span(
                "SERVER",
                f"{key[0]} {route}",
                service=self._service,
                work=here,
                seconds=seconds,
                attributes=seen,
                failed=status >= 500,
            )
        )

    def _tell_together(self, scope: Scope, status: int) -> None:
        if not self._together:
            asyncio.get_running_loop().call_later(_SECONDS, self._tell)
        self._together[status, tuple(caller_in_log(scope).items())] += 1

    def _tell(self) -> None:
        counted, self._together = self._together, Counter()
        for (status, caller), count in counted.items():
            seen = {"event.outcome": "failure", "http.response.status_code": status, "requests": count}
            log.info("requests found no place", service=self._service, **seen, **dict(caller))


def route_of(scope: Scope) -> str:
    """Return the pattern of the address; never the address itself, which would make endless series and show ids."""
    return getattr(scope.get("route"), "path", "unmatched")


def _methods_of(scope: Scope) -> frozenset[str]:
    """Return the methods that the route has: no others make series of their own, or there would be far too many."""
    methods = frozenset[str](getattr(scope.get("route"), "methods", None) or ())
    return methods | {"HEAD"} if "GET" in methods else methods
