"""uvicorn's configuration: fast loop and parser, no `Server` header, limits for slow clients, graceful shutdown."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from types import FrameType
from typing import Any, NoReturn

import structlog
import uvicorn
from starlette.applications import Starlette

from shared import heap
from shared.tls import ServerCertificate
from shared.web.edge.deadlines import DeadlineProtocol
from shared.web.health import metrics_route

log = structlog.get_logger(__name__)

KEEP_ALIVE = 30
"""Seconds that an idle connection is kept; longer than clients keep theirs, so that they close it."""

GRACE = 10
"""Default seconds for requests in flight when the process ends; longer than any of them may take."""

HANDSHAKE = 5.0
"""Seconds for a TLS handshake, before which no deadline of a request begins."""

_GOODBYE = 2.0  # seconds for a client to confirm the end of an encrypted connection

MISCONFIGURED = 2
_BACKLOG = 2048
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """uvicorn's server, which handles signals only on request, and is not killed by them.

    `answering` is set as soon as it answers. Meanwhile another server on the socket `metrics` serves the metrics.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        sockets: Sequence[socket.socket] | None = None,
        metrics: socket.socket | None = None,
        takes_signals: bool = False,
    ) -> None:
        super().__init__(config)
        self._sockets = sockets
        self._metrics = metrics
        self._takes_signals = takes_signals
        self.answering = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        chosen = self._sockets if sockets is None else sockets
        async with contextlib.nullcontext() if self._metrics is None else serving_metrics(self._metrics):
            await super().serve(None if chosen is None else list(chosen))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then listen: uvicorn has no setting for the time of a handshake."""
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
        if self._takes_signals:  # the process belongs to this server
            heap.settle()

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
    metrics_port: int | None = None,
) -> None:
    """Serve `app` until SIGTERM or SIGINT, and finish requests in flight. With a `certificate`, only over HTTPS.

    Several `workers` are processes that share the port; nothing may be connected before they are forked. Each has
    metrics of its own, and so a port for them: the first `metrics_port`, the others the ports after it. A port that is
    not available ends the process with a sentence and exit code 2.
    """
    listening = _listen_or_exit(host, port)
    metrics = (
        [] if metrics_port is None else [_listen_or_exit(host, metrics_port + number) for number in range(workers)]
    )
    config = _config(app, grace=grace, certificate=certificate)
    if workers == 1:
        Server(config, metrics=metrics[0] if metrics else None, takes_signals=True).run([listening])
    else:
        sys.exit(_Workers(config, listening, metrics).run(workers))


def _listen_or_exit(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except (OSError, OverflowError) as error:  # the latter beyond the last port
        sys.stderr.write(f"{cannot_be_used(host, port, error)}\n")
        sys.exit(MISCONFIGURED)


def cannot_be_used(host: str, port: int, error: Exception) -> str:
    """Return the sentence for a port that is not available."""
    number = getattr(error, "errno", None)  # Python's message repeats the address
    reason = os.strerror(number) if number and number > 0 else getattr(error, "strerror", None) or error
    return f"Port {port} of {host} cannot be used: {reason}."


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
    """Return a server that ignores signals, for several in one process: await its `serve()`.

    It listens on `sockets`, if given, instead of `host` and `port`. Set `should_exit` to end it gracefully.
    """
    config = _config(app, protocol, certificate=certificate, host=host, port=port)
    return Server(config, sockets=sockets)


@contextlib.asynccontextmanager
async def answering(
    app: Any, listening: socket.socket, certificate: ServerCertificate | None = None
) -> AsyncIterator[None]:
    """Serve `app` inside the block; with a `certificate`, only over HTTPS."""
    beside = Server(_config(app, certificate=certificate), sockets=[listening])
    task = asyncio.create_task(beside.serve())
    try:
        yield
    finally:
        beside.should_exit = True
        await task


def serving_metrics(listening: socket.socket) -> contextlib.AbstractAsyncContextManager[None]:
    """Serve `/metrics`, and nothing else, inside the block."""
    return answering(Starlette(routes=[metrics_route()]), listening)


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
        proxy_headers=False,  # we have our own: see shared/web/edge/proxies.py
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=grace,  # type: ignore[arg-type] # asyncio takes fractions of seconds as well
        ssl_context_factory=None if certificate is None else lambda *_: certificate.context(),
        **address,
    )


class _Workers:
    """Processes that share a listening socket: a dead one is replaced, one that cannot start ends all."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket, metrics: Sequence[socket.socket]) -> None:
        self._config = config
        self._listening = listening
        self._metrics = metrics
        self._children: dict[int, int] = {}
        self._stopping = False

    def run(self, count: int) -> int:
        """Keep `count` processes running until a signal comes; return the exit code."""
        for each in _SIGNALS:
            signal.signal(each, self._stop)
        for number in range(count):
            self._start(number)
        code = 0
        while self._children:
            child, status = os.wait()
            number = self._children.pop(child)
            if self._stopping:
                continue
            if os.waitstatus_to_exitcode(status) == uvicorn.config.STARTUP_FAILURE:
                code = uvicorn.config.STARTUP_FAILURE
                self._stop()
            else:
                log.error("a worker died and is replaced", exit_code=os.waitstatus_to_exitcode(status))
                self._start(number)
        return code

    def _start(self, number: int) -> None:
        """Start a process, unless all are to end. Signals are blocked meanwhile, or one could miss the new child."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            if self._stopping:
                return
            child = os.fork()
            if child == 0:
                self._serve(self._metrics[number] if self._metrics else None)
            self._children[child] = number
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _serve(self, metrics: socket.socket | None) -> NoReturn:
        code = 1
        try:
            for each in _SIGNALS:  # until the server handles them; the parent's handler would signal its children
                signal.signal(each, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            Server(self._config, metrics=metrics, takes_signals=True).run([self._listening])
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        finally:
            os._exit(code)

    def _stop(self, *_: int | FrameType | None) -> None:
        """End all processes, after closing our socket, so that no client connects to one that nothing accepts."""
        self._stopping = True
        for listening in (self._listening, *self._metrics):
            listening.close()
        for child in list(self._children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
