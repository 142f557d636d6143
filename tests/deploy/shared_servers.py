"""One PostgreSQL behind a PgBouncer and one broker for many libraries, prepared and set up as operators are told to."""

import os
import re
import socket
import subprocess
from pathlib import Path

from tests.deploy.operators import CHART, ROOT, kubectl, manifests, rendered, run
from tests.deploy.pods import Pods
from tests.ports import HOST, quiet_ports
from tests.servers import PostgresServer, RabbitServer, Server

GUIDE = (ROOT / "docs/many-libraries.md").read_text()
VALUES = CHART / "ci/shared-servers-values.yaml"
PASSWORD = "that-of-the-pooler"
_HERE = "serviceDefaults.database.sslmode=disable,externalRabbitmq.tls=false,library.passwordGrant=on"
_NOTES = """#!/bin/sh
echo "$*" >>"$NOTED"
exec "$@"
"""


class SharedServers:
    """The servers; `folder` gets the passwords of every library."""

    def __init__(self, folder: Path) -> None:
        self.postgres, self.rabbit = _AsksForPasswords(), RabbitServer()
        self.pooler = _Pooler(self.postgres.port)
        self.all = (self.postgres, self.rabbit, self.pooler)
        self.folder = folder
        self.noted = folder / "command-lines"
        (folder / "noting").write_text(_NOTES)

    def let_the_pooler_in(self) -> None:
        """Do what the guide says of the pooler."""
        self.administer(
            "psql", "--dbname=postgres", "-v", "ON_ERROR_STOP=1", given=_block("sql").replace("…", PASSWORD)
        )

    def prepare(self, name: str) -> None:
        """Run the script for a library."""
        self.administer(ROOT / "deploy/shared_servers/prepare.sh", name, self.folder)

    def administer(self, *command: str | Path, given: str = "") -> str:
        """Run a program as the administrator of the servers; return what it printed."""
        noting = f"sh {self.folder / 'noting'}"
        ways = {"PSQL": f"{noting} psql", "RABBITMQCTL": f"{noting} /usr/lib/rabbitmq/bin/rabbitmqctl"}
        postgres = {"PGHOST": HOST, "PGPORT": str(self.postgres.port), "PGUSER": "app"}
        environment = self.rabbit.environment | postgres | ways | {"NOTED": str(self.noted)}
        done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def password(self, name: str, service: str, login: str) -> str:
        """Return the password of a library's service as its `owner`, or at its `database` or the `broker`."""
        return (self.folder / name / f"{service}-{login}-password").read_text()


class PodsOnSharedServers(Pods):
    """Those of the release that is called like a library, with the Secret that is made of its passwords."""

    def __init__(self, name: str, servers: SharedServers, folder: Path) -> None:
        make = ("create", "secret", "generic", f"{name}-servers", f"--from-file={servers.folder / name}")
        secret = manifests(run(kubectl(), *make, "--dry-run=client", "-o", "yaml"))
        authority = ("--set", "tls.authority.existingSecret=")
        release = rendered("-f", VALUES, "--set", _HERE, *authority, release=name)
        super().__init__([*release, *secret], folder, release=name)
        self._servers = servers

    def servers_of(self, service: str) -> dict[str, str]:
        database = f"{service.upper()}_DATABASE"
        return {
            f"{database}_HOST": HOST,
            f"{database}_PORT": str(self._servers.pooler.port),
            f"{database}_DIRECT_HOST": HOST,
            f"{database}_DIRECT_PORT": str(self._servers.postgres.port),
            "RABBITMQ_HOST": HOST,
            "RABBITMQ_PORT": str(self._servers.rabbit.port),
        }


class _AsksForPasswords(PostgresServer):
    def commands(self) -> list[list[str | Path]]:
        commands = super().commands()
        (self.data / "pg_hba.conf").write_text(f"host all app {HOST}/32 trust\nhost all all {HOST}/32 scram-sha-256\n")
        return commands


class _Pooler(Server):
    """PgBouncer with the settings of the guide."""

    def __init__(self, server: int) -> None:
        super().__init__(user="postgres" if os.getuid() == 0 else None)  # it refuses to run as root
        (self.port,) = quiet_ports(1)
        (self.folder / "users.txt").write_text(f'"pooler" "{PASSWORD}"\n')
        told = _block("ini").replace("host=postgresql.data.svc port=5432", f"host={HOST} port={server}")
        told = told.replace("/etc/pgbouncer", str(self.folder))
        without_tls = re.sub(r"(?m)^(client|server)_tls_.*\n", "", told)
        here = f"listen_addr = {HOST}\nlisten_port = {self.port}\nunix_socket_dir =\n"
        (self.folder / "pgbouncer.ini").write_text(f"{without_tls}{here}")

    def commands(self) -> list[list[str | Path]]:
        return [["/usr/sbin/pgbouncer", "--quiet", self.folder / "pgbouncer.ini"]]

    def answers(self) -> bool:
        with socket.create_connection((HOST, self.port), 1):
            return True


def _block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)
