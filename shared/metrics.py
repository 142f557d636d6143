"""What the services count and measure, in the form that Prometheus reads.

Every metric is defined here once and imported where it is measured. The label `service` distinguishes the services of
one process. Durations use the default buckets of the client library, which OpenTelemetry recommends for HTTP.
"""

import time
from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PAGE_MAX_AGE = 1.0  # seconds

http_requests = Histogram(
    "http_server_request_duration_seconds",
    "Time from a request's arrival to the end of its answer.",
    ("service", "http_request_method", "http_route", "http_response_status_code"),
)
active_requests = Gauge("http_server_active_requests", "Requests that are being answered now.", ("service",))
outgoing_requests = Histogram(
    "http_client_request_duration_seconds",
    "How long one attempt took. `outcome` is the status, timeout, refused, broken, too_large, not_trusted.",
    ("service", "neighbour", "http_request_method", "outcome"),
)
breaker_state = Gauge(
    "neighbour_breaker_state",
    "Whether calls to a neighbour go out: 0 closed (they do), 1 half-open (a few do, as a trial), 2 open (none does).",
    ("service", "neighbour"),
)
pool_connections = Gauge(
    "db_client_connection_count",
    "Connections to the service's own database. `state` is used or idle.",
    ("service", "state"),
)
pool_size = Gauge("db_client_connection_max", "Connections that this process may have at most.", ("service",))
pool_wait = Histogram(
    "db_client_connection_wait_time_seconds",
    "Time until a connection was there, opened or given back by somebody else.",
    ("service",),
)
outbox_depth = Gauge(
    "outbox_depth",
    "Events that wait to be published, as the relay that leads counts them: up to 100,000.",
    ("service",),
)
outbox_oldest_age_seconds = Gauge(
    "outbox_oldest_age_seconds", "Age of the oldest event that waits; 0 when none does.", ("service",)
)
outbox_published_total = Counter("outbox_published_total", "Events that the broker confirmed.", ("service", "type"))
outbox_unrouted_total = Counter(
    "outbox_unrouted_total",
    "Publishing attempts of events that must arrive, and that no queue was there for.",
    ("service", "type"),
)
inbox_messages_total = Counter(
    "inbox_messages_total",
    "Messages received. `outcome` is done, unreadable (set aside), failed (tried again) or unavailable (waited for).",
    ("listener", "outcome"),
)
background_task_restarts_total = Counter(
    "background_task_restarts_total", "Background tasks that failed and were started again.", ("service", "task")
)
statistics_of_year = Gauge(
    "statistics_of_year",
    "What was counted in the year so far. `atom` is what, `branch` where; people are told as a whole.",
    ("service", "atom", "branch"),
)


def render() -> bytes:
    """Return all of it as Prometheus' text, of media type `CONTENT_TYPE`."""
    return generate_latest()


class MetricsPage:
    """The text, rendered at most once a second however often it is requested: with many series that takes long."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rendered_at = float("-inf")
        self._text = b""

    def text(self) -> bytes:
        """Return the text, which may be a second old."""
        now = self._clock()
        if now - self._rendered_at >= _PAGE_MAX_AGE:
            self._text, self._rendered_at = render(), now
        return self._text
