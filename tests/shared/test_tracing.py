"""What a collector gets, read by the protocol's own classes from what was really sent."""

import gzip
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from shared import context, tracing

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector(ThreadingHTTPServer):
    """Keeps every span it is sent, and the name of the service with it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.spans: list[tuple[str, Span]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            (service,) = (one.value.string_value for one in group.resource.attributes if one.key == "service.name")
            self.server.spans += [(service, span) for scope in group.scope_spans for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            tracing.configure(None)
            server.shutdown()
            thread.join()


def test_a_request_is_a_span_below_its_callers_and_above_its_own_calls(collector: Collector) -> None:
    tracing.configure(collector.address)
    work = context.new_context(traceparent=CALLER)
    seen: dict[str, str | int] = {"http.route": "/v1/things", "http.response.status_code": 200}

    tracing.record(
        context.Span(
            "CLIENT",
            "GET far",
            service="things",
            work=work,
            seconds=0.1,
            attributes={},
            span_id="00f067aa0ba902b7",
        )
    )
    tracing.record(context.Span("SERVER", "GET /v1/things", service="things", work=work, seconds=0.25, attributes=seen))
    tracing.configure(None)  # sends what is left

    (service, call), (_, request) = collector.spans
    assert service == "things"
    assert (request.kind, request.name) == (Span.SPAN_KIND_SERVER, "GET /v1/things")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == tuple(CALLER.split("-")[1:3])
    assert request.span_id.hex() == work.span_id
    assert request.end_time_unix_nano - request.start_time_unix_nano == 250_000_000
    assert {one.key for one in request.attributes} == set(seen)
    assert (call.trace_id, call.parent_span_id) == (request.trace_id, request.span_id)
    assert call.span_id.hex() == "00f067aa0ba902b7"


def test_a_failure_is_told_as_one(collector: Collector) -> None:
    tracing.configure(collector.address)

    tracing.record(
        context.Span("SERVER", "GET", service="a", work=context.new_context(), seconds=0, attributes={}, failed=True)
    )
    tracing.configure(None)

    ((_, span),) = collector.spans
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert span.parent_span_id == b""


def test_without_a_collector_nothing_is_sent(collector: Collector) -> None:
    tracing.configure(collector.address)
    tracing.configure(None)

    tracing.record(context.Span("SERVER", "GET", service="a", work=context.new_context(), seconds=0, attributes={}))

    assert collector.spans == []
