"""Spans for a collector, made of the context that requests and messages carry anyway. Off, it costs nothing.

The ids are those of the log lines and of the `traceparent` that travels over HTTP and in events, whether or not
anybody collects spans: what is switched on here is only that they are sent (OTLP over HTTP).
"""

import atexit
from collections.abc import Mapping
from typing import Literal, Protocol

from shared.context import RequestContext

Kind = Literal["SERVER", "CLIENT", "CONSUMER"]
SERVER: Kind = "SERVER"
CLIENT: Kind = "CLIENT"
CONSUMER: Kind = "CONSUMER"


class _Outlet(Protocol):
    """Where spans go to: see `shared.spans`."""

    def send(
        self,
        kind: str,
        name: str,
        *,
        service: str,
        work: RequestContext,
        seconds: float,
        attributes: Mapping[str, str | int],
        failed: bool,
        span_id: str | None,
    ) -> None: ...

    def close(self) -> None: ...


_outlet: _Outlet | None = None


def configure(endpoint: str | None) -> None:
    """Send spans to the collector at `endpoint`, such as `http://collector:4318`; to nobody if it is None."""
    global _outlet  # noqa: PLW0603 - as with logs: one process, one place to send to
    if _outlet is not None:
        atexit.unregister(_outlet.close)
        _outlet.close()
        _outlet = None
    if endpoint is not None:
        from shared.spans import Outlet  # noqa: PLC0415 - only who has a collector pays for OpenTelemetry's modules

        _outlet = Outlet(endpoint)
        atexit.register(_outlet.close)


def record(
    kind: Kind,
    name: str,
    *,
    service: str,
    work: RequestContext,
    seconds: float,
    attributes: Mapping[str, str | int],
    failed: bool = False,
    span_id: str | None = None,
) -> None:
    """Tell the collector of something that took `seconds` and has just ended.

    It is the work itself, or with a `span_id` of its own a part of it, such as a call to a neighbour.
    """
    if _outlet is not None:
        _outlet.send(
            kind,
            name,
            service=service,
            work=work,
            seconds=seconds,
            attributes=attributes,
            failed=failed,
            span_id=span_id,
        )
