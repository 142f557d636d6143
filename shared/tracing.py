"""Spans for a collector, from the context that requests and messages carry anyway. Disabled, it costs nothing.

The ids are those of log lines and of the `traceparent` in HTTP and events, whether or not spans are collected: what is
enabled here is only that spans are sent (OTLP over HTTP).
"""

import atexit
from typing import Protocol

from shared.context import Span


class _Outlet(Protocol):
    """Sends spans: see `shared.spans`."""

    def send(self, span: Span) -> None: ...

    def close(self) -> None: ...


_outlet: _Outlet | None = None


def configure(endpoint: str | None) -> None:
    """Send spans to the collector at `endpoint`, such as `http://collector:4318`; send none if it is None."""
    global _outlet  # noqa: PLW0603 - as with logs: one process, one place to send to
    if _outlet is not None:
        atexit.unregister(_outlet.close)
        _outlet.close()
        _outlet = None
    if endpoint is not None:
        from shared.spans import Outlet  # noqa: PLC0415 - only who has a collector pays for OpenTelemetry's modules

        _outlet = Outlet(endpoint)
        atexit.register(_outlet.close)


def record(span: Span) -> None:
    """Send the span to the collector, if there is one."""
    if _outlet is not None:
        _outlet.send(span)
