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

from shared.tls import ServerCertificate
from shared.web.deadlines import DeadlineProtocol

log = structlog.get_logger(__name__)

KEEP_ALIVE = 30
"""Seconds that an idle connection stays; longer than clients keep theirs, so that it is they who close it."""

GRACE = 10
"""Seconds that requests at work get when the process ends, unless told otherwise; longer than any of them may take."""

HANDSHAKE = 5.0
"""Seconds that a client gets to agree on encryption; no request, and so no deadline for one, begins before."""

_GOODBYE = 2.0  # seconds that a client gets to confirm the end of an encrypted connection

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
        """Start the application, then listen: uvicorn itself cannot be told how long a handshake may take."""
        listening = sockets or [listen(self.config.host, self.config.port)]
        await super().startup([])
        limits: dict[str, Any] = {}
        if self.config.ssl is not None:
            limits = {"ssl_handshake_timeout": HANDSHAKE, "ssl_shutdown_timeout": _GOODBYE}
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(self._protocol, sock=one, ssl=self.config.ssl, backlog=_BACKLOG, **limits)
            for one in listening
        ]
        self.answering.set()

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS} if self._takes_signals else {}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run(
    app: Any,
    *,
    host: str,
    port: int,
    workers: int = 1,
    grace: float = GRACE,
    certificate: ServerCertificate | None = None,
) -> None:
    """Serve `app` until SIGTERM or SIGINT; requests at work are finished first. With a `certificate`, over HTTPS alone.

    Several `workers` are processes that share the port; none of them may have connected to anything before. A port that
    cannot be had ends the process with a sentence and exit code 2.
    """
    try:
        listening = listen(host, port)
    except OSError as error:
        sys.stderr.write(f"Port {port} of {host} cannot be used: {error.strerror or error}.\n")
        sys.exit(MISCONFIGURED)
    config = _config(app, grace=grace, certificate=certificate)
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
    certificate: ServerCertificate | None = None,
) -> Server:
    """Return a server that leaves signals alone, for several in one process: await its `serve()`.

    It listens on `sockets`, if given, instead of `host` and `port`. Set `should_exit` to end it in good order.
    """
    config = _config(app, protocol, certificate=certificate, host=host, port=port)
    return Server(config, sockets=sockets)


def _config(
    app: Any,
    protocol: type[DeadlineProtocol] = DeadlineProtocol,
    *,
    grace: float = GRACE,
    certificate: ServerCertificate | None = None,
    **address: Any,
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=grace,  # type: ignore[arg-type] # asyncio takes fractions of seconds as well
        ssl_context_factory=None if certificate is None else lambda *_: certificate.context(),
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
