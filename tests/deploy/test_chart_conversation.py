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
from tests.deploy.operators import CHART, rendered
from tests.deploy.pods import SERVICES, Pods, running
from tests.end_to_end.processes import run
from tests.servers import Server


class BundledPods(Pods):
    """Those of a release with the chart's own servers, which speak TLS alone."""

    def __init__(self, folder: Path) -> None:
        on = ("-f", CHART / "ci/encrypted-values.yaml", "--set", "smokeTest.conversation=true")
        super().__init__(rendered(*on), folder)
        self.authority = authority_of(self.documents, folder)
        self.databases = {service: BundledPostgres(self.documents, service) for service in SERVICES}
        self.broker = BundledRabbit(self.documents, self.authority)

    def servers_of(self, service: str) -> dict[str, str]:
        return {
            f"{service.upper()}_DATABASE_HOST": "localhost",
            f"{service.upper()}_DATABASE_PORT": str(self.databases[service].port),
            "RABBITMQ_HOST": "localhost",
            "RABBITMQ_PORT": str(self.broker.port),
        }

    def helm_test(self) -> str:
        """Do what `helm test` does; return what it said."""
        container, pod = self.found["Pod/library-smoke-test:smoke-test"]
        folder = self.folder / "smoke-test"
        folder.mkdir(exist_ok=True)
        made = ContainerEnvironment(self.documents, container | {"envFrom": []}, pod, folder)
        words = [self.here(word).replace("/var/run/library", str(folder)) for word in container["args"]]
        command = [sys.executable, str(CHART / "files/smoke_test.py"), *words]
        done = subprocess.run(command, env=made.environment, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def pods(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundledPods]:
    pods = BundledPods(tmp_path_factory.mktemp("pods"))
    with ThreadPoolExecutor(3) as helpers, ExitStack() as closing:
        servers = [*pods.databases.values(), pods.broker]
        for server in servers:
            closing.callback(server.close)
        list(helpers.map(Server.start, servers))
        for database in pods.databases.values():
            database.make_roles()
        closing.enter_context(running(pods, helpers=helpers, trusting=verifying(pods.authority)))
        yield pods


def test_a_copy_goes_out_and_comes_back_again_and_again_with_the_rights_that_each_container_has(
    pods: BundledPods,
) -> None:
    for _ in ("first", "again"):
        assert "returned; books knows that it is available" in pods.helm_test()

    books = f"https://localhost:{pods.ports['books']}/v1/books"
    found = httpx.get(books, verify=verifying(pods.authority)).json()["items"]
    assert found == []  # its copy is lost between two tests, and so its title is shown to nobody


def test_a_relay_is_let_in_by_the_schema(pods: BundledPods) -> None:
    for service in SERVICES:
        pods.do(f"Deployment/library-{service}-relay:await-schema")


def test_the_timed_work_needs_no_more_than_its_database(pods: BundledPods) -> None:
    arguments, environment = pods.arguments_of("CronJob/library-loans-sweep:sweep")

    done = run(*arguments, environment=environment)

    assert (done.returncode, "failed 0" in done.stdout) == (0, True), done.stderr
