"""A private PgBouncer before a private PostgreSQL, as large libraries run one: in transaction mode."""

import csv
import io
import os
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from tests.ports import HOST, quiet_ports
from tests.servers import PostgresServer, Server

_CONFIGURATION = """\
[databases]
* = host={host} port={server}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
max_prepared_statements = 200
default_pool_size = 8
max_client_conn = 500
admin_users = console
"""


class PgBouncer(Server):
    """Lets the roles named `users` in, without password; a server connection is theirs for one transaction."""

    def __init__(self, postgres: PostgresServer, users: Iterable[str]) -> None:
        super().__init__(user="postgres" if os.getuid() == 0 else None)  # it refuses to run as root
        (self.port,) = quiet_ports(1)
        self._psql = postgres.programs / "psql"
        self._users = self.folder / "users.txt"
        self._users.write_text("".join(f'"{user}" ""\n' for user in (*users, "console")))
        self._settings = self.folder / "pgbouncer.ini"
        places = {"host": HOST, "server": postgres.port, "port": self.port, "users": self._users}
        self._settings.write_text(_CONFIGURATION.format(**places))

    def url(self, database: str, *, role: str) -> str:
        return f"postgresql+asyncpg://{quote(role, safe='')}@{HOST}:{self.port}/{database}"

    def commands(self) -> list[list[str | Path]]:
        return [["/usr/sbin/pgbouncer", "--quiet", self._settings]]

    def answers(self) -> bool:
        with socket.create_connection((HOST, self.port), 1):
            return True

    def console(self, command: str) -> list[dict[str, str]]:
        """Give a command to its console (`SHOW SERVERS`, `RECONNECT`) and return what it shows."""
        address: list[str | Path] = ["--host", HOST, "--port", str(self.port), "--username", "console", "pgbouncer"]
        asked: list[str | Path] = [self._psql, *address, "--no-psqlrc", "--csv", "--command", command]
        shown = subprocess.run(asked, env=self.environment, check=True, capture_output=True, text=True).stdout
        return list(csv.DictReader(io.StringIO(shown)))
