"""A private Prometheus that looks at a library every second and judges it by the alerts that are shipped."""

import json
import re
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.ports import HOST, quiet_ports
from tests.servers import Server

RULES = Path(__file__).parents[1] / "deploy/helm/library/alerts/library.yaml"
_WAITED_FOR = re.compile(r"^( +for: ).+$", re.MULTILINE)


class Prometheus(Server):
    """Reads the pages of `targets`, by name. What alerts ask is as shipped, but two seconds are long enough."""

    def __init__(self, targets: Mapping[str, int]) -> None:
        super().__init__()
        (self.port,) = quiet_ports(1)
        rules = self.folder / "rules.yaml"
        rules.write_text(_WAITED_FOR.sub(r"\g<1>2s", RULES.read_text()))
        static = [
            {"targets": [f"{HOST}:{port}"], "labels": {"library": "night", "process": name}}
            for name, port in targets.items()
        ]
        settings = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "scrape_configs": [{"job_name": "library", "static_configs": static}],
        }
        self._settings = self.folder / "prometheus.yaml"
        self._settings.write_text(yaml.safe_dump(settings))

    def commands(self) -> list[list[str | Path]]:
        told = {
            "config.file": self._settings,
            "storage.tsdb.path": self.folder / "data",
            "web.listen-address": f"{HOST}:{self.port}",
            "log.level": "warn",
        }
        return [["prometheus", *(f"--{name}={value}" for name, value in told.items())]]

    def answers(self) -> bool:
        return self._ask("/-/ready").startswith(b"Prometheus Server is Ready")

    def firing(self) -> list[dict[str, str]]:
        """Return the labels of every alert that is told now."""
        found: dict[str, Any] = json.loads(self._ask("/api/v1/alerts"))
        return [alert["labels"] for alert in found["data"]["alerts"] if alert["state"] == "firing"]

    def _ask(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://{HOST}:{self.port}{path}", timeout=5) as answer:
            body: bytes = answer.read()
            return body
