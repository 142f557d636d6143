"""The chart's pods as processes: each with the environment, files and rights that it has there, and all encrypted."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from shared.tls import verifying
from tests.deploy.bundled import BundledPostgres, BundledRabbit, authority_of
from tests.deploy.container_environment import ContainerEnvironment
from tests.deploy.operators import CHART, containers, rendered
from tests.end_to_end.processes import Process, run
from tests.ports import HOST, quiet_ports
from tests.servers import Server

SERVICES = ("books", "members", "loans")


class Pods:
    """Every container of the release that runs a command of a service."""

    def __init__(self, folder: Path) -> None:
        self.documents = rendered("-f", CHART / "ci/encrypted-values.yaml", "--set", "smokeTest.conversation=true")
        self.authority = authority_of(self.documents, folder)
        self.databases = {service: BundledPostgres(self.documents, service) for service in SERVICES}
        self.broker = BundledRabbit(self.documents, self.authority)
        self.ports = dict(zip(SERVICES, quiet_ports(3), strict=True))
        self._found = {place: (container, pod) for place, container, pod in containers(self.documents)}
        self._folder = folder

    def arguments_of(self, place: str) -> tuple[list[str], dict[str, str]]:
        """Return command and environment of a container, with the places of this machine for those of the cluster."""
        container, pod = self._found[place]
        folder = self._folder / place.replace("/", "_")
        folder.mkdir()
        made = ContainerEnvironment(self.documents, container, pod, folder)
        environment = {name: self._here(value) for name, value in made.environment.items()}
        service = container["args"][0].removesuffix("_service")
        (metrics,) = quiet_ports(1)
        environment |= {
            f"{service.upper()}_DATABASE_HOST": "localhost",
            f"{service.upper()}_DATABASE_PORT": str(self.databases[service].port),
            f"{service.upper()}_METRICS_PORT": str(metrics),
            "RABBITMQ_HOST": "localhost",
            "RABBITMQ_PORT": str(self.broker.port),
        }
        return container["args"], environment

    def do(self, place: str) -> str:
        """Run a container that ends; return what it said."""
        arguments, environment = self.arguments_of(place)
        done = run(*arguments, environment=environment)
        assert done.returncode == 0, (place, done.stderr)
        return done.stderr

    def process(self, place: str) -> Process:
        """Return a container that goes on, as a process that is ready when its probe says so."""
        arguments, environment = self.arguments_of(place)
        container, _ = self._found[place]
        service = arguments[0].removesuffix("_service")
        port = str(self.ports[service] if arguments[1] == "serve" else quiet_ports(1)[0])
        here = {"0.0.0.0": HOST, "8000": port}
        trust = verifying(self.authority) if container["readinessProbe"]["httpGet"]["scheme"] == "HTTPS" else None
        ready = f"{HOST}:{port}/health/ready"
        words = [here.get(word, word) for word in arguments]
        return Process(*words, environment=environment, ready=ready, trusting=trust)

    def helm_test(self) -> str:
        """Do what `helm test` does; return what it said."""
        container, pod = self._found["Pod/library-smoke-test:smoke-test"]
        folder = self._folder / "smoke-test"
        folder.mkdir(exist_ok=True)
        made = ContainerEnvironment(self.documents, container | {"envFrom": []}, pod, folder)
        words = [self._here(word).replace("/var/run/library", str(folder)) for word in container["args"]]
        command = [sys.executable, str(CHART / "files/smoke_test.py"), *words]
        done = subprocess.run(command, env=made.environment, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _here(self, text: str) -> str:
        for service, port in self.ports.items():
            text = text.replace(f"https://library-{service}:8000", f"https://localhost:{port}")
        return text


@pytest.fixture(scope="module")
def pods(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pods]:
    pods = Pods(tmp_path_factory.mktemp("pods"))
    with ExitStack() as running, ThreadPoolExecutor(3) as helpers:
        servers = [*pods.databases.values(), pods.broker]
        for server in servers:
            running.callback(server.close)
        list(helpers.map(Server.start, servers))
        for database in pods.databases.values():
            database.make_roles()
        for first in (":migrate", "-relay:await-schema"):
            list(helpers.map(pods.do, [f"Deployment/library-{service}{first}" for service in SERVICES]))
        processes = [pods.process(f"Deployment/library-{name}") for name in ("members:api", "books:api", "loans:api")]
        processes += [pods.process(f"Deployment/library-{service}-relay:relay") for service in SERVICES]
        for process in processes:
            running.callback(process.close)
        list(helpers.map(Server.start, processes))
        yield pods


def test_a_copy_goes_out_and_comes_back_again_and_again_with_the_rights_that_each_container_has(pods: Pods) -> None:
    for _ in ("first", "again"):
        assert "returned; books knows that it is available" in pods.helm_test()

    books = f"https://localhost:{pods.ports['books']}/v1/books"
    found = httpx.get(books, verify=verifying(pods.authority)).json()["items"]
    assert [book["title"] for book in found] == ["Smoke test"]


def test_the_timed_work_needs_no_more_than_its_database(pods: Pods) -> None:
    arguments, environment = pods.arguments_of("CronJob/library-loans-sweep:sweep")

    done = run(*arguments, environment=environment)

    assert (done.returncode, "failed 0" in done.stdout) == (0, True), done.stderr
