"""The chart's PostgreSQL and RabbitMQ on this machine: files, arguments and scripts of their pods on Debian's servers.

Paths inside the containers become folders of the server, ports become free ones; all else is as it was rendered.
"""

import base64
import json
import os
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

from tests.deploy.operators import of_kind, pod_of
from tests.ports import HOST
from tests.servers import PostgresServer, RabbitServer

Documents = list[dict[str, Any]]


class PodFiles:
    """What the volumes of one pod hold, as files below a folder."""

    def __init__(self, documents: Documents, workload: str, folder: Path, user: str | None = None) -> None:
        self.pod = next(
            pod_of(found)["spec"]
            for found in of_kind(documents, "StatefulSet")
            if found["metadata"]["name"] == f"library-{workload}"
        )
        self._folder = folder
        self._volumes = {volume["name"]: volume for volume in self.pod["volumes"]}
        self._maps = {found["metadata"]["name"]: found["data"] for found in of_kind(documents, "ConfigMap")}
        self._secrets = {
            found["metadata"]["name"]: {key: base64.b64decode(value) for key, value in found["data"].items()}
            for found in of_kind(documents, "Secret")
        }
        self._user = user
        self.places: dict[str, Path] = {}
        for container in [*self.pod.get("initContainers", []), *self.pod["containers"]]:
            for mount in container["volumeMounts"]:
                self._make(mount)

    def put(self, place: str, name: str, content: bytes) -> None:
        """Write a file that the pod finds as `place/name`."""
        path = self.places[place] / name
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(0o400)
        if self._user:
            shutil.chown(path, self._user)

    def here(self, text: str) -> str:
        """Return a text of the pod with its paths as they are on this machine."""
        for place, path in self.places.items():
            text = text.replace(place, str(path))
        return text

    def _make(self, mount: dict[str, Any]) -> None:
        volume, place = self._volumes.get(mount["name"], {}), mount["mountPath"]
        filled = {"configMap", "secret"} & volume.keys()
        if "subPath" in mount or not (filled or mount["name"] == "definitions"):
            return
        self.places[place] = self._folder / place.strip("/").replace("/", "-")
        self.places[place].mkdir(exist_ok=True)
        if "configMap" in volume:
            for name, text in self._maps[volume["configMap"]["name"]].items():
                self.put(place, name, text.encode())
        if "secret" in volume:
            for item in volume["secret"]["items"]:
                self.put(place, item["path"], self._secrets[volume["secret"]["secretName"]][item["key"]])


class BundledPostgres(PostgresServer):
    """The database of one service, whose administrator is called `app` here."""

    def __init__(self, documents: Documents, service: str) -> None:
        super().__init__()
        self.files = PodFiles(documents, f"{service}-db", self.folder, self._user)
        (self._container,) = self.files.pod["containers"]

    def commands(self) -> list[list[str | Path]]:
        (command,) = super().commands()
        arguments = [self.files.here(argument) for argument in self._container["args"]]
        return [[*command, f"--unix_socket_directories={self.folder}", *arguments]]

    def make_roles(self) -> None:
        """Do what the image does with the scripts of /docker-entrypoint-initdb.d once its data is made."""
        environment = {entry["name"]: entry["value"] for entry in self._container["env"]}
        names = {name: value for name, value in environment.items() if name.startswith("LIBRARY_")}
        secrets = {"LIBRARY_SECRETS": str(self.files.places["/var/run/library"])}
        administrator = {"POSTGRES_USER": "app", "PGHOST": str(self.folder), "PGPORT": str(self.port)}
        environment = os.environ | names | secrets | administrator
        subprocess.run(["sh", self.files.places["/etc/library"] / "roles.sh"], env=environment, check=True)

    def password(self, role: str) -> str:
        """Return what the pod has as the password of `owner` or `user`."""
        return (self.files.places["/var/run/library"] / f"{role}-password").read_text()


class BundledRabbit(RabbitServer):
    """The broker; `authority` is the file to verify it with, where it speaks TLS alone."""

    def __init__(self, documents: Documents, authority: Path | None = None) -> None:
        super().__init__()
        self.authority = authority
        self.files = PodFiles(documents, "rabbitmq", self.folder)
        kind = "ssl" if authority else "tcp"
        listener = f"listeners.{kind}.1 = {HOST}:{self.port}\n"
        settings = (self.files.places["/etc/library"] / "library.conf").read_text()
        settings = settings.replace("listeners.ssl.default = 5671\n", "")
        (self.folder / "rabbitmq.conf").write_text(self.files.here(settings) + listener)
        self.make_users()

    def make_users(self) -> None:
        """Do what the first container of the pod does at each start."""
        (users,) = self.files.pod["initContainers"]
        subprocess.run([self.files.here(word) for word in users["command"]], check=True)

    def password(self, user: str) -> str:
        """Return what the pod has as the password of a service's user."""
        return (self.files.places["/var/run/library"] / user).read_text()

    def address(self, user: str, password: str | None = None) -> str:
        """Return the address at which a service's user finds the broker."""
        scheme = "amqps" if self.authority else "amqp"
        return f"{scheme}://{user}:{password or self.password(user)}@localhost:{self.port}/"

    def definitions(self) -> dict[str, Any]:
        """Return what the broker is told at its start."""
        found: dict[str, Any] = json.loads((self.files.places["/var/run/definitions"] / "library.json").read_text())
        return found

    def answers(self) -> bool:
        if self.authority is None:
            return super().answers()
        trust = ssl.create_default_context(cafile=str(self.authority))
        with (
            socket.create_connection((HOST, self.port), 5) as plain,
            trust.wrap_socket(plain, server_hostname="localhost") as encrypted,
        ):
            return bool(encrypted.version())


def authority_of(documents: Documents, folder: Path) -> Path:
    """Write the authority that the chart made into a file, and return it."""
    (config,) = [found for found in of_kind(documents, "ConfigMap") if "ca.crt" in found["data"]]
    path = folder / "ca.crt"
    path.write_text(config["data"]["ca.crt"])
    return path
