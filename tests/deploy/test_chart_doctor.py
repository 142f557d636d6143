"""`doctor`, asked in every pod of the chart with what that pod is told: all is well, or it is not this pod's affair."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.container_environment import ContainerEnvironment
from tests.deploy.operators import containers
from tests.deploy.test_chart_wiring import HTTP, Ways
from tests.end_to_end.processes import run
from tests.ports import HOST
from tests.servers import RabbitServer

NOBODY = f"http://{HOST}:1"
SERVICES = ("books", "members", "loans")
SKIPPED = {
    "books": {"broker"},
    "books-relay": {"keys"},
    "members": {"broker", "mail", "sender", "bounces"},
    "members-relay": {"keys", "mail", "sender", "bounces"},
    "loans": {"broker"},
    "loans-relay": set[str](),
}


class Neighbour(BaseHTTPRequestHandler):
    """A service that is well, whatever it is asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def neighbour() -> Iterator[str]:
    server = ThreadingHTTPServer((HOST, 0), Neighbour)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{HOST}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def within(documents: list[dict[str, Any]], component: str, folder: Path, neighbour: str) -> dict[str, str]:
    """Return what a pod's process is told; behind the names of others is somebody where the policies let it through."""
    service, ways = component.partition("-")[0], Ways(documents)
    (whole,) = (
        ContainerEnvironment(documents, container, pod, folder).environment
        for place, container, pod in containers(documents)
        if place in (f"Deployment/library-{component}:api", f"Deployment/library-{component}:relay")
    )
    environment = {name: value for name, value in whole.items() if "_DATABASE_" not in name}
    environment[f"{service.upper()}_DATABASE_URL"] = f"sqlite+aiosqlite:///{folder / 'library.db'}"
    for other in SERVICES:
        there = neighbour if ways.lead(component, other, HTTP) else NOBODY
        for name, value in environment.items():
            environment[name] = value.replace(f"http://library-{other}:8000", there)
    return environment


def as_it_is(environment: dict[str, str], broker: RabbitServer) -> dict[str, str]:
    """Return it with this broker for the chart's, where it has a password for that."""
    if "RABBITMQ_PASSWORD_FILE" not in environment:
        return environment
    kept = {name: value for name, value in environment.items() if not name.startswith("RABBITMQ_")}
    return kept | {"RABBITMQ_URL": broker.url}


@pytest.mark.parametrize("component", SKIPPED)
def test_doctor_finds_nothing_wrong_in_a_pod_to_which_nothing_is_wrong(
    component: str, plain: list[dict[str, Any]], tmp_path: Path, neighbour: str, rabbit_server: RabbitServer
) -> None:
    package = f"{component.partition('-')[0]}_service"
    environment = as_it_is(within(plain, component, tmp_path, neighbour), rabbit_server)
    assert run(package, "migrate", environment=environment).returncode == 0

    done = run(package, "doctor", environment=environment)

    lines = [line.split(None, 2) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout
    assert {line[0] for line in lines} <= {"ok", "skipped"}
    assert {line[1] for line in lines if line[0] == "skipped"} == SKIPPED[component]
    assert all(line[2].startswith("not looked at: ") for line in lines if line[0] == "skipped")
