"""Private PostgreSQL and RabbitMQ servers from Debian's binaries, as root or not.

Each server has its own ports and its own folder under the temporary folder. It can be stopped, killed and started again
with its data, and is gone with its folder when the tests are, whatever ended them.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol, Self
from urllib.parse import quote

from tests.ports import HOST, quiet_ports

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in the PATH changes the user and the environment

# Waits until its standard input ends, which happens even if the tests are killed. Then it ends the process groups named
# in the file "groups", first in order and after three seconds by force, and removes the folder and a disk in it.
JANITOR = """
cat >/dev/null; cd "$1" || exit
for attempt in $(seq 80); do
    case $attempt in 1) signal=QUIT ;; 60) signal=KILL ;; *) signal=0 ;; esac
    alive=
    for group in $(cat groups); do kill -$signal -$group 2>/dev/null && alive=yes; done
    [ "$alive" ] || break
    sleep 0.05
done
cd / && if [ -d "$1/volume" ]; then umount "$1/volume"; fi; rm -rf "$1"
"""


class Running(Protocol):
    """A process that was started, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, how: int, /) -> None: ...


class Server(ABC):
    """One server in a folder of its own; as a context manager it runs inside the block."""

    stop_signal = signal.SIGTERM

    def __init__(self, user: str | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="library-test-"))
        self.log = self.folder / "log"
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        self._user = user
        self._processes: list[Running] = []
        self._groups = self.folder / "groups"
        self._groups.touch()
        if user is not None:
            shutil.chown(self.folder, user)
        self._janitor = subprocess.Popen(
            ["/bin/sh", "-c", JANITOR, "janitor", self.folder], stdin=subprocess.PIPE, start_new_session=True
        )

    @abstractmethod
    def commands(self) -> list[list[str | Path]]:
        """What to run: helpers first, the server itself last."""

    @property
    def pid(self) -> int:
        """That of the server itself, and of the group of all that it starts."""
        return self._processes[-1].pid

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server serves; may raise OSError if it does not."""

    def start(self, seconds: float = 180) -> None:
        """Start, or start again with the same data and ports; return as soon as the server answers."""
        with self.log.open("ab") as log:
            for command in self.commands():
                process = self._launch(command, log)
                self._processes.append(process)
                self._groups.write_text(" ".join(str(started.pid) for started in self._processes))
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError):
                if self.answers():
                    return
            time.sleep(0.02)
        raise RuntimeError(f"{command[0]} did not start; its log ends:\n{self.log.read_text(errors='replace')[-2000:]}")

    def _launch(self, command: Sequence[str | Path], log: IO[bytes]) -> Running:
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def stop(self) -> None:
        """Shut down in order: clients are disconnected, data is kept."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """Let it crash: no process gets to say another word."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """End it for good and remove its folder."""
        self.stop()
        self._janitor.communicate()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _end(self, how: signal.Signals) -> None:
        while self._processes:
            process = self._processes[-1]  # the server before its helpers
            if process.poll() is None and how is not signal.SIGKILL:
                process.send_signal(how)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self._processes.pop()
        self._groups.write_text("")


class PostgresServer(Server):
    """PostgreSQL for the superuser `app`, without password; commits survive its being killed, but no power failure."""

    stop_signal = signal.SIGINT  # "fast": does not wait for clients to leave

    def __init__(self) -> None:
        super().__init__(user="postgres" if os.getuid() == 0 else None)  # the server refuses to run as root
        (self.port,) = quiet_ports(1)
        installed = Path("/usr/lib/postgresql").glob("*/bin")
        self.programs = max(installed, key=lambda programs: float(programs.parent.name))
        self.data = self.folder / "data"

    def url(self, database: str = "postgres", *, role: str = "app") -> str:
        return f"postgresql+asyncpg://{quote(role, safe='')}@{HOST}:{self.port}/{database}"

    def create_database(self, name: str, *, template: str = "template0", owner: str = "app") -> str:
        """Create a database like `template`, by default an empty one, and return its address."""
        copied = [f"--template={template}", "--strategy=file_copy"]  # cheaper than through the log of the server
        self._run("createdb", *self._address(), *copied, f"--owner={owner}", name)
        return self.url(name, role=owner)

    def create_role(self, name: str) -> None:
        """Create a role that may sign in, and nothing else."""
        self._run("createuser", *self._address(), name)

    def drop_database(self, name: str) -> None:
        self._run("dropdb", *self._address(), "--force", name)

    def commands(self) -> list[list[str | Path]]:
        if not self.data.exists():
            arguments = ["--username=app", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"]
            self._run("initdb", f"--pgdata={self.data}", *arguments)
        settings = {
            "port": self.port,
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "dynamic_shared_memory_type": "mmap",  # in the folder, so that nothing survives it
            "max_connections": 200,
            "fsync": "off",
            "full_page_writes": "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [[self.programs / "postgres", "-D", self.data, *options]]

    def answers(self) -> bool:
        probe: list[str | Path] = [self.programs / "pg_isready", "--quiet", *self._address()]
        return subprocess.run(probe, env=self.environment, check=False).returncode == 0

    def kill(self) -> None:
        segment = (self.data / "postmaster.pid").read_text().splitlines()[6].split()[1]
        super().kill()
        # The one thing that a killed PostgreSQL leaves outside its folder.
        subprocess.run(["ipcrm", "--shmem-id", segment], check=False)

    def _address(self) -> list[str]:
        return [f"--host={HOST}", f"--port={self.port}", "--username=app"]

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            env=self.environment,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            stdout=subprocess.DEVNULL,
            check=True,
        )


class RabbitServer(Server):
    """A RabbitMQ node with its own Erlang port mapper, for the user `guest`; if `measured`, with metrics.

    With `definitions` it knows the users named there instead, as a broker that is set up by an operator does.
    """

    def __init__(self, *, measured: bool = False, definitions: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.port, distribution, self._mapper_port, self.metrics_port = quiet_ports(4)
        folder = self.folder
        cookie = folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(20))
        cookie.chmod(0o400)
        (folder / "plugins").write_text("[rabbitmq_prometheus].\n" if measured else "[].\n")
        defined = folder / "definitions.json"
        defined.write_text(json.dumps(definitions or {}))
        users = "" if definitions is None else f"load_definitions = {defined}\n"
        metrics = f"prometheus.tcp.ip = {HOST}\nprometheus.tcp.port = {self.metrics_port}\n" if measured else ""
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {HOST}:{self.port}\n"
            "log.console = true\n"
            "log.file = false\n"
            "disk_free_limit.absolute = 50MB\n"
            "vm_memory_high_watermark.absolute = 1GB\n" + metrics + users
        )
        self.environment |= {
            "ERL_CRASH_DUMP": str(folder / "crash.dump"),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(self._mapper_port),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "absent"),  # else the machine's own is read
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_NODENAME": f"library-{self.port}@localhost",
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RUNNING_UNDER_SYSTEMD": "yes",  # the script then becomes the server, instead of watching over it
        }

    @property
    def url(self) -> str:
        return self.url_for("guest", "guest")

    def url_for(self, user: str, password: str) -> str:
        return f"amqp://{user}:{password}@{HOST}:{self.port}/"

    def commands(self) -> list[list[str | Path]]:
        return [["epmd", "-port", str(self._mapper_port), "-address", HOST], [RABBITMQ]]

    def answers(self) -> bool:
        with socket.create_connection((HOST, self.port), 1) as connection:
            connection.sendall(b"AMQP\0\0\x09\x01")
            return connection.recv(1) == b"\x01"  # the frame that offers to start a connection
