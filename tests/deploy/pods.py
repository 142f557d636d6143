"""The chart's pods as processes: each with the environment, files and rights that it has there."""

import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.deploy.container_environment import ContainerEnvironment
from tests.deploy.operators import containers
from tests.end_to_end.processes import Process, run
from tests.ports import HOST, quiet_ports
from tests.servers import Server

SERVICES = ("books", "members", "loans")


class Pods(ABC):
    """Every container of a release that runs a command of a service."""

    def __init__(self, documents: list[dict[str, Any]], folder: Path, *, release: str = "library") -> None:
        self.documents, self.folder, self.release = documents, folder, release
        self.ports = dict(zip(SERVICES, quiet_ports(3), strict=True))
        self.found = {place: (container, pod) for place, container, pod in containers(documents)}

    @abstractmethod
    def servers_of(self, service: str) -> dict[str, str]:
        """Return where database and broker of a service are on this machine, as its settings say it."""

    def arguments_of(self, place: str) -> tuple[list[str], dict[str, str]]:
        """Return command and environment of a container, with the places of this machine for those of the cluster."""
        container, pod = self.found[place]
        folder = self.folder / place.replace("/", "_")
        folder.mkdir(exist_ok=True)
        made = ContainerEnvironment(self.documents, container, pod, folder)
        environment = {name: self.here(value) for name, value in made.environment.items()}
        service = container["args"][0].removesuffix("_service")
        (metrics,) = quiet_ports(1)
        return container["args"], environment | {
            f"{service.upper()}_METRICS_PORT": str(metrics),
            **self.servers_of(service),
        }

    def do(self, place: str) -> str:
        """Run a container that ends; return what it said."""
        arguments, environment = self.arguments_of(place)
        done = run(*arguments, environment=environment)
        assert done.returncode == 0, (place, done.stderr)
        return done.stderr

    def process(self, place: str, trusting: ssl.SSLContext | None = None) -> Process:
        """Return a container that goes on, as a process that is ready when its probe says so."""
        arguments, environment = self.arguments_of(place)
        container, _ = self.found[place]
        service = arguments[0].removesuffix("_service")
        port = str(self.ports[service] if arguments[1] == "serve" else quiet_ports(1)[0])
        here = {"0.0.0.0": HOST, "8000": port}
        encrypted = container["readinessProbe"]["httpGet"]["scheme"] == "HTTPS"
        words = [here.get(word, word) for word in arguments]
        ready = f"{HOST}:{port}/health/ready"
        return Process(*words, environment=environment, ready=ready, trusting=trusting if encrypted else None)

    def here(self, text: str) -> str:
        """Return a text of the cluster with the addresses of the APIs as they are on this machine."""
        for service, port in self.ports.items():
            text = text.replace(f"//{self.release}-{service}:8000", f"//localhost:{port}")
        return text


@contextmanager
def running(*releases: Pods, helpers: Executor, trusting: ssl.SSLContext | None = None) -> Iterator[None]:
    """Run all Deployments of the services: the migrations of their pods, and then what goes on."""

    def everywhere(*kinds: str) -> list[tuple[Pods, str]]:
        names = [(pods, f"Deployment/{pods.release}-{service}") for pods in releases for service in SERVICES]
        return [(pods, f"{name}{kind}") for kind in kinds for pods, name in names]

    list(helpers.map(lambda one: one[0].do(one[1]), everywhere(":migrate")))
    processes = [pods.process(place, trusting) for pods, place in everywhere(":api", "-relay:relay")]
    try:
        list(helpers.map(Server.start, processes))
        yield
    finally:
        list(helpers.map(Server.close, processes))
