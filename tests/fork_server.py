"""Runs `python -m` without the start: a process that has imported the library forks whenever one is asked for.

To import a service takes more than a second of CPU, and the suites start hundreds of processes. What is forked has its
own session, environment, folder and files, is killed and stopped like any other, and ends as Python ends; only the
imports are done before. Whatever measures a start, or wants an interpreter of its own, is started afresh.

`python -m tests.fork_server -- COMMAND…` runs a command, and forks for it and all that it forks: `all.sh` has one for
all parts, and the parts themselves are forked by it (`forked_command.py`).
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
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Self

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
_WITH_A_COMMAND = "--"
_NAMED = "FORK_SERVER"  # in the environment: the number of the file by which one is asked
_OF_ALL = os.environ.pop(_NAMED, None)  # whatever else this process starts does not have that file


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
    """The process that forks, as those see it who ask it to."""

    def __init__(self, asks: socket.socket) -> None:
        self._socket = asks

    @classmethod
    def of_this_process(cls) -> Self:
        """Start one that ends with this process."""
        asks, theirs = _pair()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()

        def end() -> None:
            asks.close()
            process.wait()

        atexit.register(end)
        return cls(asks)

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
    """Return the one that this process was given, or one of its own, started when it is first asked for."""
    return ForkServer.of_this_process() if _OF_ALL is None else ForkServer(socket.socket(fileno=int(_OF_ALL)))


def _pair() -> tuple[socket.socket, socket.socket]:
    """Return what asks and what answers."""
    asks, answers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asks.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _LARGEST)
    return asks, answers


def _serve(requests: socket.socket, command: Sequence[str] = (), asks: socket.socket | None = None) -> list[str]:
    """Fork for each request; return, in the forked process only, what it shall run. End as the `command` does."""
    wakes, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker)
    served = _begin(command, asks) if asks else None
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([requests.fileno(), wakes], [], [])
        if wakes in ready:
            os.read(wakes, 1000)
            _tell_who_ended(running, served)
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
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (wakes, waker, status, requests.detach(), *running.values()):
            os.close(number)
        return _become(json.loads(text), streams)


def _begin(command: Sequence[str], asks: socket.socket) -> int:
    """Run a command that can ask for forks; return its number."""
    signal.signal(signal.SIGINT, lambda *_: None)  # whoever interrupts all of them means what was forked
    pid = os.fork()
    if not pid:
        asks.set_inheritable(True)
        os.execvpe(command[0], [*command], {**os.environ, _NAMED: str(asks.fileno())})
    return pid


def _tell_who_ended(running: dict[int, int], served: int | None) -> None:
    while running or served:
        pid, code = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        if pid == served:
            sys.exit(os.waitstatus_to_exitcode(code) % 256)
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
    with warnings.catch_warnings():  # as in the tests, which find all of it imported
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", ".*invalid escape sequence")
        for module in IMPORTED:
            import_module(module)
    gc.collect()
    gc.enable()
    gc.freeze()  # or each fork would copy what the collector only looks at


if __name__ == "__main__":
    _prepare()
    if sys.argv[1] == _WITH_A_COMMAND:
        asks, answers = _pair()
        module, *_ = sys.argv[:] = _serve(answers, sys.argv[2:], asks)
    else:
        module, *_ = sys.argv[:] = _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.path[:1] = [str(Path.cwd()), str(ROOT)]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
