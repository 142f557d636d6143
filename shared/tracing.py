"""Spans for a collector, made of the context that requests and messages carry anyway. Off, it costs nothing.

The ids are those of the log lines and of the `traceparent` that travels over HTTP and in events, whether or not
anybody collects spans: what is switched on here is only that they are sent (OTLP over HTTP).
"""

import atexit
import time
from collections.abc import Mapping
from functools import cache

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from shared.context import RequestContext

SERVER, CLIENT, CONSUMER = SpanKind.SERVER, SpanKind.CLIENT, SpanKind.CONSUMER

_outlet: SpanProcessor | None = None


def configure(endpoint: str | None) -> None:
    """Send spans to the collector at `endpoint`, such as `http://collector:4318`; to nobody if it is None."""
    global _outlet  # noqa: PLW0603 - as with logs: one process, one place to send to
    if _outlet is not None:
        atexit.unregister(_outlet.shutdown)
        _outlet.shutdown()
        _outlet = None
    if endpoint is not None:
        _outlet = BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))
        atexit.register(_outlet.shutdown)


def record(
    kind: SpanKind,
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
    if _outlet is None:
        return
    ended = time.time_ns()
    parent = work.parent_id if span_id is None else work.span_id
    span = ReadableSpan(
        name,
        kind=kind,
        context=_span_context(work.trace_id, span_id or work.span_id, remote=False),
        parent=None if parent is None else _span_context(work.trace_id, parent, remote=span_id is None),
        resource=_resource(service),
        attributes=attributes,
        status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
        start_time=ended - int(seconds * 1e9),
        end_time=ended,
    )
    _outlet.on_end(span)


def _span_context(trace_id: str, span_id: str, *, remote: bool) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), remote, TraceFlags(TraceFlags.SAMPLED))


@cache
def _resource(service: str) -> Resource:
    return Resource.create({"service.name": service, "service.namespace": "library"})
