"""Every process of the compose file begins with what it is given there, and is given no more than it reads."""

import importlib
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from loans_service.sip2.command import accounts_of
from loans_service.sip2.settings import Sip2Settings
from members_service.wiring.ports import signing_keys_of
from shared.configuration import load
from shared.persistence.migrating.schema import expect_current
from tests.deploy.container_environment import of_notices
from tests.deploy.operators import ROOT, run
from tests.end_to_end.processes import run as run_module
from tests.ports import HOST
from tests.servers import PostgresServer

COMPOSE = ROOT / "deploy/compose.yaml"
SECRETS = ROOT / "deploy/compose/secrets"
SERVICES = ("books", "members", "loans")
READS = {
    "books-migrate": {"books-db-owner-password"},
    "books": {"books-db-password"},
    "books-relay": {"books-db-password", "books-broker-password"},
    "members-migrate": {"members-db-owner-password"},
    "members": {"members-db-password", "members-clients", "members-data-keys"},
    "members-relay": {
        *("members-db-password", "members-broker-password", "members-data-keys", "members-client-secret"),
        *("smtp-password", "bounce-imap-password", "push-secret"),
    },
    "loans-migrate": {"loans-db-owner-password"},
    "loans": {"loans-db-password", "loans-client-secret"},
    "loans-relay": {"loans-db-password", "loans-client-secret", "loans-broker-password"},
    "rabbitmq": {"rabbitmq-definitions"},
    "gateway": set(),
}


@pytest.fixture(scope="module")
def containers() -> dict[str, dict[str, Any]]:
    run(ROOT / "deploy/compose/secrets.sh")
    found: dict[str, dict[str, Any]] = json.loads(run("docker-compose", "-f", COMPOSE, "config", "--format", "json"))[
        "services"
    ]
    return found


async def statement(server: PostgresServer, text: str) -> None:
    connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    await connection.execute(text)
    await connection.close()


@pytest.fixture(scope="module")
async def postgres(containers: dict[str, dict[str, Any]]) -> AsyncIterator[PostgresServer]:
    """A server on which the shipped script has made the databases, and which asks the services for passwords."""
    assert containers
    with PostgresServer() as server:
        await statement(server, "CREATE ROLE postgres SUPERUSER LOGIN")
        script, path = ROOT / "deploy/compose/databases.sh", f"{server.programs}:{os.environ['PATH']}"
        run(script, PATH=path, PGHOST=HOST, PGPORT=str(server.port), SECRETS=str(SECRETS))
        rules = server.data / "pg_hba.conf"
        roles = ",".join(role for service in SERVICES for role in (service, f"{service}_owner"))
        rules.write_text(f"host all {roles} {HOST}/32 scram-sha-256\n{rules.read_text()}")
        await statement(server, "SELECT pg_reload_conf()")
        yield server


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("volumes")


@pytest.fixture(scope="module")
def inside(
    containers: dict[str, dict[str, Any]],
    postgres: PostgresServer,
    volumes: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], dict[str, str]]:
    """Tell the environment of a container, with its secrets and volumes where this machine has them."""

    def environment(name: str) -> dict[str, str]:
        container, folder = containers[name], tmp_path_factory.mktemp("secrets")
        for secret in container.get("secrets", []):
            shutil.copy(SECRETS / secret["source"], folder)
        text = json.dumps(container["environment"]).replace("/run/secrets", str(folder))
        for volume in container.get("volumes", []):
            (volumes / volume["source"]).mkdir(exist_ok=True)
            text = text.replace(volume["target"], str(volumes / volume["source"]))
        prefix = f"{name.partition('-')[0].upper()}_DATABASE"
        settings: dict[str, str] = json.loads(text)
        return settings | {f"{prefix}_HOST": HOST, f"{prefix}_PORT": str(postgres.port)}

    return environment


@pytest.fixture(scope="module")
def migrated(
    containers: dict[str, dict[str, Any]], postgres: PostgresServer, inside: Callable[[str], dict[str, str]]
) -> PostgresServer:
    for name in (f"{service}-migrate" for service in SERVICES):
        done = run_module(*containers[name]["command"], environment=inside(name))
        assert 0 == done.returncode, done.stderr
    return postgres


def test_each_secret_is_given_to_those_who_read_it(containers: dict[str, dict[str, Any]]) -> None:
    given = {
        name: {secret["source"] for secret in container.get("secrets", [])} for name, container in containers.items()
    }
    the_superusers = given.pop("postgres")

    assert READS == given
    assert "postgres-password" in the_superusers


def test_the_relay_of_members_is_told_all_that_there_is_to_say_of_notices(
    containers: dict[str, dict[str, Any]],
) -> None:
    told = {name.removesuffix("_FILE") for name in containers["members-relay"]["environment"]}

    assert of_notices() <= told


def test_machines_are_answered_where_somebody_wants_it_with_their_accounts_and_nothing_else(
    containers: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = run("docker-compose", "-f", COMPOSE, "--profile", "sip2", "config", "--format", "json")
    found = json.loads(config)["services"]["sip2"]
    for setting, value in found["environment"].items():
        monkeypatch.setenv(setting, value.replace("/run/secrets", str(SECRETS)))
    settings = load(Sip2Settings)

    assert "sip2" not in containers
    assert ["sip2-accounts"] == [secret["source"] for secret in found["secrets"]]
    assert accounts_of(settings).find("anybody") is None
    assert found["command"][:2] == ["loans_service", "sip2"]
    assert [("127.0.0.1", "6001", settings.port)] == [
        (port["host_ip"], port["published"], port["target"]) for port in found["ports"]
    ]


def test_only_the_api_of_members_has_the_keys_that_sign_and_only_members_those_for_personal_data(
    containers: dict[str, dict[str, Any]],
) -> None:
    mounted = {
        (volume["source"], name, volume.get("read_only", False))
        for name, container in containers.items()
        for volume in container.get("volumes", [])
        if volume["source"].endswith("keys")
    }

    assert {("members-signing-keys", "members", False)} == mounted
    for setting, readers in (("SIGNING_KEY", {"members"}), ("DATA_KEYS", {"members", "members-relay"})):
        assert readers == {name for name, each in containers.items() if setting in str(each.get("environment"))}


def test_uploads_lie_on_a_disk_and_the_folder_in_memory_is_bounded(containers: dict[str, dict[str, Any]]) -> None:
    for name in SERVICES:
        folder, volumes = containers[name]["environment"][f"{name.upper()}_SPOOL_FOLDER"], containers[name]["volumes"]
        assert [f"{name}-spool"] == [each["source"] for each in volumes if each["target"] == folder]
    assert {"/tmp:size=64m"} == {
        place for name in READS if name.split("-")[0] in SERVICES for place in containers[name]["tmpfs"]
    }


@pytest.mark.parametrize("service", SERVICES)
def test_imports_are_worked_on_by_the_relay(containers: dict[str, dict[str, Any]], service: str) -> None:
    setting = f"{service.upper()}_IMPORTS_IN"

    places = [containers[name]["environment"][setting] for name in (service, f"{service}-relay")]

    assert ["relay", "relay"] == places


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize("name", [f"{service}{part}" for service in SERVICES for part in ("", "-relay")])
async def test_api_and_relay_begin_with_what_they_are_given(
    inside: Callable[[str], dict[str, str]],
    volumes: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    for setting, value in inside(name).items():
        monkeypatch.setenv(setting, value)
    package = f"{name.partition('-')[0]}_service"
    main, worker, service = (
        importlib.import_module(f"{package}.{one}") for one in ("main", "worker", "wiring.service")
    )
    settings = load(main.Settings)
    database = service.database_of(settings)

    await expect_current(database, service.SERVICE.package)
    await database.dispose()
    if name.endswith("relay"):
        assert settings.rabbitmq_url.startswith(f"amqp://{name.removesuffix('-relay')}:")
        assert worker.create_worker(settings)
    else:
        assert main.create_app(settings).routes
    if name == "members":
        signing_keys_of(settings).load()
        assert (volumes / "members-signing-keys/signing-key.pem").exists()
        assert {"loans", "members"} == set(settings.clients)


async def test_no_role_enters_the_database_of_another_service_or_is_mighty(migrated: PostgresServer) -> None:
    for service, other in itertools.permutations(SERVICES, 2):
        for role, secret in ((service, "db-password"), (f"{service}_owner", "db-owner-password")):
            password = (SECRETS / f"{service}-{secret}").read_text()
            own = await asyncpg.connect(host=HOST, port=migrated.port, user=role, password=password, database=service)
            assert not await own.fetchval(
                "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = $1", role
            )
            await own.close()
            for elsewhere in (other, "postgres"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await asyncpg.connect(
                        host=HOST, port=migrated.port, user=role, password=password, database=elsewhere
                    )


async def test_the_role_that_serves_makes_nothing_not_even_for_a_moment(migrated: PostgresServer) -> None:
    for service in SERVICES:
        password = (SECRETS / f"{service}-db-password").read_text()
        app = await asyncpg.connect(host=HOST, port=migrated.port, user=service, password=password, database=service)
        for attempt in ("CREATE TEMP TABLE mine ()", "CREATE TABLE mine ()", "DROP TABLE alembic_version"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(attempt)
        await app.close()
