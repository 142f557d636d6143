"""The OpenTelemetry part of tracing; imported only with a collector, since its modules take 20 MiB."""

import time
from functools import cache

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from shared.context import Span


class Outlet:
    """Sends spans to the collector at `endpoint`, in batches."""

    def __init__(self, endpoint: str) -> None:
        self._processor: SpanProcessor = BatchSpanProcessor(
            OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        )

    def send(self, span: Span) -> None:
        """Send a span that was recorded."""
        work, ended = span.work, time.time_ns()
        parent = work.parent_id if span.span_id is None else work.span_id
        readable = ReadableSpan(
            span.name,
            kind=SpanKind[span.kind],
            context=_span_context(work.trace_id, span.span_id or work.span_id, remote=False),
            parent=None if parent is None else _span_context(work.trace_id, parent, remote=span.span_id is None),
            resource=_resource(span.service),
            attributes=span.attributes,
            status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
            start_time=ended - int(span.seconds * 1e9),
            end_time=ended,
        )
        self._processor.on_end(readable)

    def close(self) -> None:
        """Send the remaining spans."""
        self._processor.shutdown()


def _span_context(trace_id: str, span_id: str, *, remote: bool) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), remote, TraceFlags(TraceFlags.SAMPLED))


@cache
def _resource(service: str) -> Resource:
    return Resource.create({"service.name": service, "service.namespace": "library"})
