"""The gateway's metrics for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

machines = Gauge("sip2_machines", "Machines that are connected now.")
messages = Histogram(
    "sip2_message_duration_seconds",
    "Time to the answer. `outcome` is answered, unanswered (a service was away) or unreadable.",
    ("code", "outcome"),
)
logins = Counter("sip2_logins_total", "Logins. `outcome` is right, wrong or not_looked_at.", ("outcome",))
