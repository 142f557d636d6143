"""Runs `python -m` without the start: a process that has imported the library forks whenever one is asked for.

To import a service takes more than a second of CPU, and the suites start hundreds of processes. What is forked has its
own session, environment, folder and files, is killed and stopped like any other, and ends as Python ends; only the
imports are done before. Whatever measures a start, or wants an interpreter of its own, is started afresh.
"""

import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMPORTED = (
    *(
        f"{service}_service.{part}"
        for service in ("books", "members", "loans")
        for part in ("main", "worker", "file_commands")
    ),
    "books_service.adapters.exchange.marc.marcxml_records",
    "loans_service.sip2.command",
    "shared.messaging.rabbit",
    "shared.operating",
    "shared.operating.progress",
    "shared.persistence.migrating.migrations",
    # What a process imports when it first needs it, and nearly every one here does.
    "shared.persistence.migrating.upgrading",
    "shared.persistence.postgresql",
    "shared.persistence.sqlite",
    "cryptography.hazmat.backends.openssl",
    "importlib.resources.readers",
    "uvloop",
    "shared.web.documents.operations",
    "deploy.local.gear",
)
_LARGEST = 200_000  # bytes of a request, most of them environment


class Forked:
    """A process that was forked: as much of `subprocess.Popen` as the tests use."""

    def __init__(self, words: Sequence[str], status: int) -> None:
        self.args = words
        self.returncode: int | None = None
        self._status = status
        self.pid = int(self._line())

    def poll(self) -> int | None:
        if self.returncode is None and self._ends_within(0):
            self._note_the_end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not self._ends_within(timeout):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._note_the_end()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, how: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, how)

    def _ends_within(self, seconds: float | None) -> bool:
        poll = select.poll()  # select() takes no file beyond the first thousand, which a siege has open
        poll.register(self._status, select.POLLIN)
        return bool(poll.poll(None if seconds is None else seconds * 1000))

    def _note_the_end(self) -> None:
        self.returncode = os.waitstatus_to_exitcode(int(self._line()))
        os.close(self._status)

    def _line(self) -> str:
        text = b""
        while not text.endswith(b"\n"):
            more = os.read(self._status, 1)
            if not more:
                raise RuntimeError("the fork server is gone")
            text += more
        return text.decode()


class ForkServer:
    """The process that forks, as its owner sees it; it ends with its owner."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _LARGEST)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()

    def close(self) -> None:
        self._socket.close()
        self._process.wait()

    def start(
        self, words: Sequence[str], *, environment: Mapping[str, str], folder: Path, files: tuple[int, int, int]
    ) -> Forked:
        """Run `python -m` with `words` in a session of its own; `files` are its standard streams."""
        told, tells = os.pipe()
        try:
            request = json.dumps({"words": list(words), "environment": dict(environment), "folder": str(folder)})
            socket.send_fds(self._socket, [request.encode()], [*files, tells])
        finally:
            os.close(tells)
        return Forked(words, told)


@cache
def fork_server() -> ForkServer:
    """Return the one of this process, started when it is first asked for."""
    server = ForkServer()
    atexit.register(server.close)
    return server


def _serve(requests: socket.socket) -> list[str]:
    """Fork for each request; return, in the forked process only, what it shall run."""
    wakes, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([requests.fileno(), wakes], [], [])
        if wakes in ready:
            os.read(wakes, 1000)
            _tell_who_ended(running)
        if requests.fileno() not in ready:
            continue
        text, files, _, _ = socket.recv_fds(requests, _LARGEST, 4)
        if not text:
            sys.exit()
        *streams, status = files
        pid = os.fork()
        if pid:
            os.write(status, f"{pid}\n".encode())
            running[pid] = status
            for stream in streams:
                os.close(stream)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in (wakes, waker, status, requests.detach(), *running.values()):
            os.close(number)
        return _become(json.loads(text), streams)


def _tell_who_ended(running: dict[int, int]) -> None:
    while running:
        pid, code = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        status = running.pop(pid)
        with contextlib.suppress(BrokenPipeError):  # nobody wants to know
            os.write(status, f"{code}\n".encode())
        os.close(status)


def _become(request: dict[str, object], streams: Sequence[int]) -> list[str]:
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(str(request["folder"]))
    environment, words = request["environment"], request["words"]
    assert isinstance(environment, dict)
    assert isinstance(words, list)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    return words


def _prepare() -> None:
    gc.disable()  # all that is imported stays
    for module in IMPORTED:
        import_module(module)
    gc.collect()
    gc.enable()
    gc.freeze()  # or each fork would copy what the collector only looks at


if __name__ == "__main__":
    _prepare()
    module, *_ = sys.argv[:] = _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.path[0] = str(Path.cwd())
    runpy.run_module(module, run_name="__main__", alter_sys=True)
