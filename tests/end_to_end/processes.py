"""The library's processes, started as an operator would start them: by command line and environment."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.fork_server import fork_server
from tests.servers import Running, Server

ROOT = Path(__file__).parents[2]


class Process(Server):
    """One process of the library, with its environment; it is ready when the address `ready` says so.

    With `trusting` it is asked over HTTPS. Where it is `afresh`, an interpreter of its own is started, a second slower.
    """

    def __init__(
        self,
        *arguments: str,
        environment: Mapping[str, str],
        ready: str | None = None,
        trusting: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self.afresh = False
        self.arguments = arguments
        self.environment |= {"PYTHONPATH": str(ROOT), **environment}
        self._ready = ready
        self._trusting = trusting

    def commands(self) -> list[list[str | Path]]:
        return [[sys.executable, "-m", *self.arguments]]

    def _launch(self, command: Sequence[str | Path], log: IO[bytes]) -> Running:
        if self.afresh:
            return super()._launch(command, log)
        with Path(os.devnull).open("rb") as nothing:
            files = nothing.fileno(), log.fileno(), log.fileno()
            return fork_server().start(self.arguments, environment=self.environment, folder=self.folder, files=files)

    def answers(self) -> bool:
        return self._ready is None or is_ready(self._ready, self._trusting)

    @property
    def runs(self) -> bool:
        return bool(self._processes) and self._processes[-1].poll() is None

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """Send the signal, wait for the end and return the exit code."""
        process = self._processes[-1]
        process.send_signal(how)
        code = process.wait(seconds)
        self.stop()
        return code

    def told(self) -> str:
        """Return everything that the process wrote so far; after it was closed, nothing."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def is_ready(address: str, trusting: ssl.SSLContext | None = None) -> bool:
    """Tell whether `127.0.0.1:8001/health/ready` says so, with nothing lacking; raise OSError when nobody answers."""
    host, _, path = address.partition("/")
    connection = http.client.HTTPConnection(host, timeout=2)
    if trusting is not None:
        connection = http.client.HTTPSConnection(host, timeout=2, context=trusting)
    try:
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        return answer.status == 200 and json.loads(answer.read())["status"] == "ready"
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


def run(
    *arguments: str, environment: Mapping[str, str], given: str = "", folder: Path | None = None, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run `python -m` with `arguments` to its end; `given` is its standard input."""
    whole = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), **environment}
    with TemporaryFile() as read, TemporaryFile() as written, TemporaryFile() as errors:
        read.write(given.encode())
        read.seek(0)
        files = read.fileno(), written.fileno(), errors.fileno()
        process = fork_server().start(arguments, environment=whole, folder=folder or ROOT, files=files)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            raise
        written.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, code, written.read().decode(), errors.read().decode())
