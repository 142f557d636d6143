"""What the chart makes, rendered once for many questions; and a word on what could not be asked."""

import os
from typing import Any

import pytest

from tests.deploy.operators import ALL_ON, rendered

_HAS_CLUSTER = bool(os.environ.get("KUBECONFIG"))

collect_ignore = [] if _HAS_CLUSTER else ["test_cluster.py"]


@pytest.fixture(scope="session")
def plain() -> list[dict[str, Any]]:
    """The manifests of `helm install` without a word."""
    return rendered()


@pytest.fixture(scope="session")
def all_on() -> list[dict[str, Any]]:
    """The manifests with everything that can be switched on."""
    return rendered("-f", ALL_ON)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which checks were not run, and why."""
    if not _HAS_CLUSTER:
        terminalreporter.write_line(
            "not run: tests/deploy/test_cluster.py (checks 6, 13, 28, 34-37 of the chart), "
            "which needs the API server of a cluster: set KUBECONFIG"
        )
