"""What the chart's containers are told is what their programs understand: nothing is missing, and nothing is idle."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

import books_service.settings
import loans_service.settings
import members_service.settings
from shared.configuration import ServiceSettings, environment_name, load
from tests.deploy.container_environment import ContainerEnvironment, of_notices
from tests.deploy.operators import (
    ALL_ON,
    CHART,
    SETTINGS,
    containers,
    files_of,
    helm,
    name_of,
    of_kind,
    of_services,
    pod_of,
    pods,
    refuses,
    rendered,
)

SERVE: dict[str, type[ServiceSettings]] = {
    "books_service": books_service.settings.Settings,
    "members_service": members_service.settings.Settings,
    "loans_service": loans_service.settings.Settings,
}
BEHIND = SERVE | {
    "members_service": members_service.settings.BackgroundSettings,
    "loans_service": loans_service.settings.BackgroundSettings,
}
RELAY = BEHIND | {
    "members_service": members_service.settings.WorkerSettings,
    "loans_service": loans_service.settings.WorkerSettings,
}
PARTS = {"DATABASE": ("HOST", "PORT", "NAME", "USER", "PASSWORD", "SSLMODE"),
         "RABBITMQ": ("HOST", "PORT", "VHOST", "USER", "PASSWORD", "TLS")}  # fmt: skip
FOR_EVERY_SERVICE = {"LIBRARY_CURRENCY"}  # said once for all, read by books and loans

Documents = list[dict[str, Any]]


def understood(settings: type[ServiceSettings]) -> set[str]:
    """Return every name that these settings are read from."""
    names = {environment_name(name, field) for name, field in settings.model_fields.items()}
    for name in [name for name in names if name.endswith("_URL")]:
        kind = next((kind for kind in PARTS if kind in name), None)
        names |= {f"{name.removesuffix('_URL')}_{part}" for part in PARTS.get(kind or "", ())}
    return names | {f"{name}_FILE" for name in names} | FOR_EVERY_SERVICE


def read(container: dict[str, Any]) -> ServiceSettings:
    """Read the settings as this container's command does: only `serve` all, and only the relay those of the broker."""
    package, act = container["args"][:2]
    if act == "serve":
        return load(SERVE[package])
    return load(RELAY[package]) if act == "relay" else load(BEHIND[package], rabbitmq_url=None)


def database_of(settings: ServiceSettings) -> str:
    return str(settings.model_dump()["database_url"])


def ours(documents: Documents) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return the containers that run a command of a service, with their places and pods."""
    found = [one for one in containers(documents) if "envFrom" in one[1] and one[1]["name"] != "sip2"]
    processes = [one for one in found if not one[0].startswith("CronJob/")]  # of which there is the sweep, or none
    assert len(processes) == 12  # something first and a process in each of six Deployments
    return found


@pytest.mark.parametrize("values", SETTINGS, ids=lambda path: path.stem)
def test_every_container_is_told_what_its_program_needs_and_nothing_that_it_does_not_know(
    values: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    documents = rendered("-f", values)
    for place, container, pod in ours(documents):
        package, act = container["args"][:2]
        settings, made = (
            SERVE[package],
            ContainerEnvironment(documents, container, pod, tmp_path / place.replace("/", "_")),
        )
        with monkeypatch.context() as environment:
            for name in understood(settings):
                environment.delenv(name, raising=False)
            for name, value in made.environment.items():
                environment.setenv(name, value)

            loaded = read(container)

        assert made.environment.keys() - understood(settings) == set(), place
        assert database_of(loaded).startswith("postgresql+asyncpg://"), place
        assert make_url(database_of(loaded)).query["ssl"], place
        if act == "relay":
            assert re.fullmatch("amqps?://[^:/@]+:[^:/@]+@[^/@]+/.+", loaded.rabbitmq_url or ""), place
        if isinstance(loaded, members_service.settings.Settings):
            assert loaded.clients["loans"].secret, place


def test_the_relay_of_members_is_told_all_that_there_is_to_say_of_notices(tmp_path: Path) -> None:
    documents = rendered("-f", ALL_ON)
    ((container, pod),) = [
        (one, pod) for _, one, pod in ours(documents) if ["members_service", "relay"] == one["args"][:2]
    ]

    told = ContainerEnvironment(documents, container, pod, tmp_path).environment

    assert of_notices() <= {name.removesuffix("_FILE") for name in told}
    assert "20" == told["MEMBERS_SMTP_TIMEOUT"]


@pytest.mark.parametrize(
    ("how", "where"),
    [
        ("services.books.relay.replicas=1", "relay"),
        ("services.books.relay.replicas=0", "serve"),
        ("services.books.relay.replicas=0,autoscaling.enabled=true", "relay"),
    ],
)
def test_imports_are_worked_on_by_the_relay_wherever_there_is_one(how: str, where: str) -> None:
    (config,) = [
        one
        for one in of_kind(rendered("--set", how), "ConfigMap")
        if "BOOKS_IMPORTS_IN" in one["data"] and "BOOKS_DATABASE_POOL_SIZE" in one["data"]
    ]

    assert where == config["data"]["BOOKS_IMPORTS_IN"]


@pytest.mark.parametrize("values", SETTINGS, ids=lambda path: path.stem)
def test_every_key_of_a_secret_that_the_chart_makes_is_used_and_every_one_that_is_used_is_made(values: Path) -> None:
    documents = rendered("-f", values)
    used = {(name, key) for _, container, pod in containers(documents) for name, key, _ in files_of(container, pod)}
    for secret in [found for found in documents if found["kind"] == "Secret"]:
        name = secret["metadata"]["name"]
        read = {key for owner, key in used if owner == name}
        if name.endswith("-tls"):
            read |= {"ca.crt"}  # of no use to the servers, who verify nobody, but these Secrets have it everywhere
        assert read == (set() if name == "library-internal-ca" else secret["data"].keys()), name


def test_encryption_is_asked_for_wherever_a_database_is_outside_however_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    modes = {}
    documents = rendered("-f", CHART / "ci/external-values.yaml")
    for place, container, pod in ours(documents):
        made = ContainerEnvironment(documents, container, pod, tmp_path / place.replace("/", "_"))
        with monkeypatch.context() as environment:
            for name, value in made.environment.items():
                environment.setenv(name, value)
            modes[place] = make_url(database_of(read(container))).query["ssl"]

    assert {mode for place, mode in modes.items() if "members" not in place} == {"require"}
    assert {mode for place, mode in modes.items() if "members" in place} == {"verify-full"}


def test_past_a_pooler_each_role_finds_the_server_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    documents = rendered("-f", CHART / "ci/external-values.yaml")
    direct = {}
    for place, container, pod in ours(documents):
        made = ContainerEnvironment(documents, container, pod, tmp_path / place.replace("/", "_"))
        with monkeypatch.context() as environment:
            for name, value in made.environment.items():
                environment.setenv(name, value)
            found = read(container).model_dump()["database_direct_url"]
            direct[place] = found and (make_url(found).host, make_url(found).port, make_url(found).query["ssl"])

    assert {found for place, found in direct.items() if "members" in place} == {
        ("members.db.example", 5432, "verify-full")
    }
    assert {found for place, found in direct.items() if "members" not in place} == {None}
    policies = {name_of(policy): policy["spec"]["egress"] for policy in of_kind(documents, "NetworkPolicy")}
    ports = [port["port"] for rule in policies["NetworkPolicy/library-members"] for port in rule["ports"]]
    assert {6432, 5432} <= set(ports)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ('clients={"kiosk":{"secretHash":"%s","scopes":"loans:wirte"}}' % ("0" * 64), "does not match pattern"),
        ('library.timezone="Mars/Phobos"', "does not match pattern"),
        ('library.currency="Euro"', "does not match pattern"),
        ('sweep.schedule="never"', "does not match pattern"),
        ('serviceDefaults.resources.requests.cpu="zwei"', "does not match pattern"),
        ("secrets.signingKeys=[]", "minItems"),
        ('httpRoute={"enabled":true,"hostnames":["a.example"]}', "httpRoute.parentRefs"),
        ('services.books.pathPrefix="/loans"', "are both /loans"),
        ("serviceDefaults.database.poolSize=1", "minimum: got 1, want 2"),
        ('metrics={"serviceMonitor":{"enabled":true}}', ""),
    ],
    ids=["scope", "zone", "currency", "schedule", "quantity", "keys", "route", "prefix", "pool", "monitor"],
)
def test_a_value_that_could_only_fail_later_is_refused_at_once(setting: str, sentence: str) -> None:
    extra = ("--set-json", "networkPolicy.monitoringFrom=[]") if not sentence else ()

    refusal = refuses(helm(), "template", CHART, "--set-json", setting, *extra)

    assert (sentence or "networkPolicy.monitoringFrom") in refusal


def test_every_object_carries_the_common_annotations_beside_its_own_and_no_pod_restarts_for_them() -> None:
    chosen = {"commonAnnotations": '{"owner":"library@example.org","helm.sh/resource-policy":"delete"}'}
    on = ("-f", ALL_ON, "--set", "tls.internal.enabled=true")
    plain = rendered(*on)
    documents = rendered(*on, *[part for name, value in chosen.items() for part in ("--set-json", f"{name}={value}")])

    ours = [found for found in documents if not found["metadata"]["name"].endswith("-more")]
    assert [name_of(one) for one in ours if one["metadata"]["annotations"]["owner"] != "library@example.org"] == []
    kept = {
        name_of(one)
        for one in documents
        if one["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"
    }
    assert {"Secret/library-credentials", "Secret/library-books-tls", "PersistentVolumeClaim/library-backup"} <= kept
    assert [name_of(one) for one in ours if "helm.sh/hook" in one["metadata"]["annotations"]] == [
        "Pod/library-smoke-test"
    ]
    for before, after in zip(pods(plain), pods(documents), strict=True):
        if not before[0].startswith("Pod/"):
            assert before[1]["metadata"] == after[1]["metadata"], before[0]


def test_names_labels_and_places_can_be_chosen() -> None:
    chosen = {
        "fullnameOverride": '"city"',
        "commonLabels": '{"team":"catalogue"}',
        "global": '{"priorityClassName":"high","hostAliases":[{"ip":"10.0.0.1","hostnames":["db"]}]}',
        "serviceDefaults.serviceAccount": '{"create":false,"name":"library"}',
        "serviceDefaults.extraContainers": '[{"name":"proxy","image":"proxy:1"}]',
        "ingress": '{"enabled":true,"host":"a.example","extraHosts":["b.example"]}',
    }
    documents = rendered(*[part for name, value in chosen.items() for part in ("--set-json", f"{name}={value}")])

    assert all(name_of(found).split("/")[1].startswith("city") for found in documents)
    assert all(found["metadata"]["labels"]["team"] == "catalogue" for found in documents)
    for _, pod in pods(documents):
        assert pod["spec"]["priorityClassName"] == "high"
        assert pod["spec"]["hostAliases"]
    for deployment in of_services(documents):
        spec = pod_of(deployment)["spec"]
        assert spec["serviceAccountName"] == "library"
    [api] = [found for found in of_services(documents) if name_of(found) == "Deployment/city-books"]
    assert [container["name"] for container in pod_of(api)["spec"]["containers"]] == ["api", "proxy"]
    [edge] = of_kind(documents, "Ingress")
    assert [rule["host"] for rule in edge["spec"]["rules"]] == ["a.example", "b.example"]
    [config] = [found for found in of_kind(documents, "ConfigMap") if found["metadata"]["name"] == "city-books"]
    assert {"a.example", "b.example"} <= set(config["data"]["BOOKS_ALLOWED_HOSTS"].split(","))


@pytest.mark.parametrize(
    ("limit", "total"),
    [("1Gi", 1_073_741_824), ("1.5Gi", 1_610_612_736), ("1500M", 1_500_000_000), ("512Mi", 536_870_912)],
)
def test_the_broker_is_told_its_limit_of_memory_in_a_form_that_it_knows(limit: str, total: int) -> None:
    documents = rendered("--set-string", f"rabbitmq.resources.limits.memory={limit}")

    (config,) = (found for found in of_kind(documents, "ConfigMap") if name_of(found) == "ConfigMap/library-rabbitmq")
    assert f"total_memory_available_override_value = {total}\n" in config["data"]["library.conf"]
