"""A transport to a neighbour in the same process, without a socket."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message, Scope


class InProcessTransport(httpx.AsyncBaseTransport):
    """Hands requests to an application, as soon as it is `answering`; once it `has_ended` it refuses.

    It is created before its application, which `lead_to` sets, so that two applications can call each other.

    The application answers in a task and a context of its own, as it would over a socket: a caller that gives up does
    not cancel a write. httpx' own transport would cancel it, and does not know whether the application has started.
    """

    def __init__(self) -> None:
        self._at_work: set[asyncio.Task[None]] = set()

    def lead_to(self, app: ASGIApp, *, answering: asyncio.Event, has_ended: Callable[[], bool]) -> None:
        """Set the application that answers, before the first request."""
        self._app = app
        self._answering = answering
        self._has_ended = has_ended

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises ConnectError when the application does not answer, and ReadTimeout."""
        body = await request.aread()
        exchange = _Exchange(body)
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                if not self._has_ended():
                    await self._answering.wait()
                if self._has_ended():
                    raise httpx.ConnectError("it is being stopped", request=request)
                task = asyncio.create_task(self._answer(_scope(request), exchange), context=Context())
                self._at_work.add(task)
                task.add_done_callback(self._at_work.discard)
                return await exchange.answer
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time", request=request) from error
        finally:
            exchange.asker_left.set()

    async def _answer(self, scope: Scope, exchange: "_Exchange") -> None:
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - the application has logged it; for the caller it is a broken connection
            exchange.fail(httpx.RemoteProtocolError(str(error)))
        exchange.fail(httpx.RemoteProtocolError("the answer ended too soon"))


class _Exchange:
    """One request and its answer, as ASGI messages."""

    def __init__(self, body: bytes) -> None:
        self.answer: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()
        self.asker_left = asyncio.Event()
        self._body: bytes | None = body
        self._start: Message = {}
        self._pieces: list[bytes] = []

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.asker_left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._pieces.append(message.get("body", b""))
        if not message.get("more_body") and not self.answer.done():
            response = httpx.Response(
                self._start["status"], headers=self._start.get("headers"), content=b"".join(self._pieces)
            )
            self.answer.set_result(response)

    def fail(self, error: httpx.TransportError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


def _scope(request: httpx.Request) -> Scope:
    raw_path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": unquote(raw_path.decode("ascii")),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 0),
        "server": (request.url.host, request.url.port),
        "state": {},
    }
