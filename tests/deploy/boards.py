"""What the boards and the alerts of the chart ask for."""

import json
import re

from tests.deploy.operators import CHART

METRIC = re.compile(r"\b([a-z][a-z0-9_]*(?:_total|_seconds|_bytes|_depth|_state|_count|_max|_bucket|_requests|_ready|"
                    r"_consumers|_watermark|_open|_overdue|_waiting|_unacked))\b")  # fmt: skip


def named_metrics() -> set[str]:
    """Return the names of all metrics that the boards and the alerts ask for."""
    boards = [json.loads(path.read_text()) for path in CHART.glob("dashboards/*.json")]
    asked = [target["expr"] for board in boards for panel in board["panels"] for target in panel.get("targets", [])]
    text = "\n".join([*asked, (CHART / "alerts/library.yaml").read_text()])
    of_the_cluster = ("library", "kube_", "kubelet_", "container_")  # and what is recorded from ours
    return {name for name in METRIC.findall(text) if not name.startswith(of_the_cluster)}
