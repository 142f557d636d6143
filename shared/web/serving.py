"""uvicorn, set up: the fast loop and parser, no word about itself, an end to slow clients, and a calm shutdown."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any, NoReturn

import structlog
import uvicorn

from shared.web.deadlines import DeadlineProtocol

log = structlog.get_logger(__name__)

KEEP_ALIVE = 30
"""Seconds that an idle connection stays; longer than clients keep theirs, so that it is they who close it."""

GRACE = 10
"""Seconds that requests at work get when the process ends, unless told otherwise; longer than any of them may take."""

MISCONFIGURED = 2
_BACKLOG = 2048
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """uvicorn's server, which takes signals only when asked to, and ends by them without dying of them.

    `answering` is set as soon as it answers.
    """

    def __init__(
        self, config: uvicorn.Config, *, sockets: Sequence[socket.socket] | None = None, takes_signals: bool = False
    ) -> None:
        super().__init__(config)
        self._sockets = sockets
        self._takes_signals = takes_signals
        self.answering = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        given = self._sockets if sockets is None else sockets
        await super().serve(None if given is None else list(given))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.answering.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS} if self._takes_signals else {}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run(app: Any, *, host: str, port: int, workers: int = 1, grace: float = GRACE) -> None:
    """Serve `app` until SIGTERM or SIGINT; requests at work are finished first.

    Several `workers` are processes that share the port; none of them may have connected to anything before. A port that
    cannot be had ends the process with a sentence and exit code 2.
    """
    try:
        listening = listen(host, port)
    except OSError as error:
        sys.stderr.write(f"Port {port} of {host} cannot be used: {error.strerror or error}.\n")
        sys.exit(MISCONFIGURED)
    config = _config(app, grace=grace)
    if workers == 1:
        Server(config, takes_signals=True).run([listening])
    else:
        sys.exit(_Workers(config, listening).run(workers))


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError when the port is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def server(
    app: Any,
    *,
    host: str,
    port: int,
    sockets: Sequence[socket.socket] | None = None,
    protocol: type[DeadlineProtocol] = DeadlineProtocol,
) -> Server:
    """Return a server that leaves signals alone, for several in one process: await its `serve()`.

    It listens on `sockets`, if given, instead of `host` and `port`. Set `should_exit` to end it in good order.
    """
    return Server(_config(app, protocol, host=host, port=port), sockets=sockets)


def _config(
    app: Any, protocol: type[DeadlineProtocol] = DeadlineProtocol, *, grace: float = GRACE, **address: Any
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # ours: see shared/web/proxies.py
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=grace,  # type: ignore[arg-type] # asyncio takes fractions of seconds as well
        **address,
    )


class _Workers:
    """Processes that share a listening socket: one that dies is replaced, one that cannot start ends all."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        self._config = config
        self._listening = listening
        self._children: set[int] = set()
        self._stopping = False

    def run(self, count: int) -> int:
        """Keep `count` processes running until a signal comes; return the exit code."""
        for number in _SIGNALS:
            signal.signal(number, self._stop)
        for _ in range(count):
            self._start_one()
        code = 0
        while self._children:
            child, status = os.wait()
            self._children.discard(child)
            if self._stopping:
                continue
            if os.waitstatus_to_exitcode(status) == uvicorn.config.STARTUP_FAILURE:
                code = uvicorn.config.STARTUP_FAILURE
                self._stop()
            else:
                log.error("a worker died and is replaced", exit_code=os.waitstatus_to_exitcode(status))
                self._start_one()
        return code

    def _start_one(self) -> None:
        child = os.fork()
        if child == 0:
            self._serve()
        self._children.add(child)

    def _serve(self) -> NoReturn:
        code = 1
        try:
            Server(self._config, takes_signals=True).run([self._listening])
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        finally:
            os._exit(code)

    def _stop(self, *_: int | FrameType | None) -> None:
        """End all: first our own hold on the port, so that nobody connects to a socket that no one reads."""
        self._stopping = True
        self._listening.close()
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
