"""The environment of a container of the chart, as its kubelet makes it, and its files with secrets."""

import base64
from collections import defaultdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from members_service.settings import BackgroundSettings, WorkerSettings
from shared.configuration import environment_name
from tests.authority import Authority
from tests.deploy.operators import files_of, of_kind

FILES = "/var/run/library"
_OF_OTHERS = "made-outside-by-somebody-else-long"  # as long as a client's secret has to be

OF_CARRIERS = {
    "mail": {"password": _OF_OTHERS},
    "bounces": {"password": _OF_OTHERS},
    "push": {"secret": f"whsec_{base64.b64encode(bytes(32)).decode()}"},
}
"""What somebody else makes for whoever takes notices along, also beside the servers of the chart."""

_ITS_OWN_NAME = "MEMBERS_CLIENT_ID"
Documents = list[dict[str, Any]]


class ContainerEnvironment:
    """The environment of one container as the kubelet makes it, with its Secrets as files in `folder`."""

    def __init__(self, documents: Documents, container: dict[str, Any], pod: dict[str, Any], folder: Path) -> None:
        self.environment: dict[str, str] = {}
        maps = {found["metadata"]["name"]: found["data"] for found in of_kind(documents, "ConfigMap")}
        for source in container["envFrom"]:
            self.environment |= maps[source["configMapRef"]["name"]]
        for entry in container["env"]:
            self.environment[entry["name"]] = entry["value"].replace(FILES, str(folder))
        secrets = secrets_of(documents)
        for name, key, path in files_of(container, pod):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(secrets[name][key])


def secrets_of(documents: Documents) -> dict[str, dict[str, str]]:
    """Return the Secrets of a release. Where its servers are outside, those that it does not make hold any key."""
    made = {
        found["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in found["data"].items()}
        for found in documents
        if found["kind"] == "Secret"
    } | OF_CARRIERS
    if any(found["kind"] == "StatefulSet" for found in documents):
        return made
    return defaultdict(lambda: defaultdict(lambda: _OF_OTHERS, of_others()), made)


def of_notices() -> set[str]:
    """Return what the relay of members alone reads: whom it asks, and who takes notices along."""
    others = BackgroundSettings.model_fields
    own = {name: field for name, field in WorkerSettings.model_fields.items() if name not in others}
    return {environment_name(name, field) for name, field in own.items()} - {_ITS_OWN_NAME}


@cache
def of_others() -> dict[str, str]:
    """Return what the keys of Secrets that others make may hold, where not every word does."""
    with TemporaryDirectory() as folder:
        authority = Authority(Path(folder)).file.read_text()
    return {
        "uri": "postgresql://u:p%40ss@db.example/x",
        "host": "outside.example",
        "port": "5433",
        "ca.crt": authority,
    }
