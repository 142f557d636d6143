"""What the chart's containers are told is what their programs understand: nothing is missing, and nothing is idle."""

import base64
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import books_service.settings
import loans_service.settings
import members_service.settings
from shared.configuration import ServiceSettings, environment_name, load
from tests.deploy.operators import SETTINGS, containers, of_kind, pods, rendered

CLASSES: dict[str, type[ServiceSettings]] = {
    "books_service": books_service.settings.Settings,
    "members_service": members_service.settings.Settings,
    "loans_service": loans_service.settings.Settings,
}
PARTS = {"DATABASE": ("HOST", "PORT", "NAME", "USER", "PASSWORD", "SSLMODE"),
         "RABBITMQ": ("HOST", "PORT", "VHOST", "USER", "PASSWORD", "TLS")}  # fmt: skip
READ_BY_THE_SERVER = {"FORWARDED_ALLOW_IPS"}
FOR_EVERY_SERVICE = {"LIBRARY_CURRENCY"}  # said once for all, read by loans
OF_OTHERS = {"uri": "postgresql://u:p%40ss@db.example/x", "host": "outside.example", "port": "5433"}
A_REFERENCE = re.compile(r"\$\((\w+)\)")

Documents = list[dict[str, Any]]


class Told:
    """The environment of one container as the kubelet makes it, with the Secrets that are there."""

    def __init__(self, documents: Documents, container: dict[str, Any]) -> None:
        self.expanded: set[str] = set()
        self.environment: dict[str, str] = {}
        maps = {found["metadata"]["name"]: found["data"] for found in of_kind(documents, "ConfigMap")}
        secrets = secrets_of(documents)
        for source in container["envFrom"]:
            self.environment |= maps[source["configMapRef"]["name"]]
        for entry in container["env"]:
            if "value" in entry:
                self.expanded |= set(A_REFERENCE.findall(entry["value"]))
                value = A_REFERENCE.sub(lambda found: self.environment[found.group(1)], entry["value"])
            else:
                reference = entry["valueFrom"]["secretKeyRef"]
                value = secrets[reference["name"]][reference["key"]]
            self.environment[entry["name"]] = value


def secrets_of(documents: Documents) -> dict[str, dict[str, str]]:
    """Return the Secrets that the chart makes; those that somebody else makes hold whatever key is asked for."""
    made = {
        found["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in found["data"].items()}
        for found in documents
        if found["kind"] == "Secret"
    }
    outside: dict[str, dict[str, str]] = defaultdict(lambda: defaultdict(lambda: "outside", OF_OTHERS))
    return made or outside


def understood(settings: type[ServiceSettings]) -> set[str]:
    """Return every name that these settings are read from."""
    names = {environment_name(name, field) for name, field in settings.model_fields.items()}
    names |= {f"{name}_FILE" for name in names}
    for name in [name for name in names if name.endswith("_URL")]:
        kind = next((kind for kind in PARTS if kind in name), None)
        names |= {f"{name.removesuffix('_URL')}_{part}" for part in PARTS.get(kind or "", ())}
    return names | READ_BY_THE_SERVER | FOR_EVERY_SERVICE


def ours(documents: Documents) -> list[tuple[str, dict[str, Any]]]:
    """Return the containers that run a command of a service, with their places."""
    found = [(place, container) for place, container, _ in containers(documents) if "envFrom" in container]
    assert len(found) == 13  # a migration and a process in each of six Deployments, and the sweep
    return found


@pytest.mark.parametrize("values", SETTINGS, ids=lambda path: path.stem)
def test_every_container_is_told_what_its_program_needs_and_nothing_that_it_does_not_know(
    values: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = rendered("-f", values)
    for place, container in ours(documents):
        settings, told = CLASSES[container["args"][0]], Told(documents, container)
        with monkeypatch.context() as environment:
            for name in understood(settings):
                environment.delenv(name, raising=False)
            for name, value in told.environment.items():
                environment.setenv(name, value)

            loaded = load(settings)

        assert told.environment.keys() - understood(settings) - told.expanded == set(), place
        if container["args"][1] == "relay":
            assert re.fullmatch("amqps?://[^:/@]+:[^:/@]+@[^/@]+/.+", loaded.rabbitmq_url or ""), place


@pytest.mark.parametrize("values", SETTINGS, ids=lambda path: path.stem)
def test_every_key_of_the_secret_that_the_chart_makes_is_used_and_every_one_that_is_used_is_made(values: Path) -> None:
    documents = rendered("-f", values)
    used = {
        (entry["valueFrom"]["secretKeyRef"]["name"], entry["valueFrom"]["secretKeyRef"]["key"])
        for _, container, _ in containers(documents)
        for entry in container.get("env", [])
        if "valueFrom" in entry
    }
    used |= {
        (volume["secret"]["secretName"], item["key"])
        for _, pod in pods(documents)
        for volume in pod["spec"].get("volumes", [])
        if "secret" in volume
        for item in volume["secret"]["items"]
    }
    for secret in [found for found in documents if found["kind"] == "Secret"]:
        name = secret["metadata"]["name"]
        assert {key for owner, key in used if owner == name} == secret["data"].keys()
