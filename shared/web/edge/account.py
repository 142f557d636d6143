"""What is kept of each request: a measurement, a line in the log, a span for the collector."""

from typing import Any

import structlog
from starlette.types import Scope

from shared import context, metrics, tracing
from shared.web.edge.callers import caller_in_log

log = structlog.get_logger(__name__)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_OTHER = "_OTHER"  # OpenTelemetry's name for a method that is not known


class Account:
    """Keeps account of the requests to one service."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._observers: dict[tuple[str, str, int], Any] = {}

    def keep(
        self,
        scope: Scope,
        here: context.RequestContext,
        method: str,
        status: int,
        seconds: float,
        *,
        is_told: bool,
    ) -> None:
        """Note a request that was answered; what is not to be `is_told` is only measured."""
        route = route_of(scope)
        key = (method if method in _METHODS else _OTHER, route, status)
        observer = self._observers.get(key)
        if observer is None:
            counted = key[0] if key[0] in _methods_of(scope) else _OTHER
            observer = metrics.http_requests.labels(self._service, counted, route, str(status))
            self._observers[key] = observer
        observer.observe(seconds)
        if not is_told:
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
            tracing.SERVER,
            f"{key[0]} {route}",
            service=self._service,
            work=here,
            seconds=seconds,
            attributes=seen,
            failed=status >= 500,
        )


def route_of(scope: Scope) -> str:
    """Return the pattern of the address; never the address itself, which would make endless series and show ids."""
    return getattr(scope.get("route"), "path", "unmatched")


def _methods_of(scope: Scope) -> frozenset[str]:
    """Return the methods that the route has: no others make series of their own, or there would be far too many."""
    methods = frozenset[str](getattr(scope.get("route"), "methods", None) or ())
    return methods | {"HEAD"} if "GET" in methods else methods
