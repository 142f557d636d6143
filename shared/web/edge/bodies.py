"""Bodies that are read before their requests are at work, so that a slow sender keeps nobody from anything."""

import asyncio

from starlette.types import Message, Receive

from shared.web.edge.limits import too_large
from shared.web.problems import Problem


class BodyReader:
    """Reads bodies into memory, at most `most` at once and `of_address` from one network address.

    Who comes on top is let in, and the one who has been sending for longest goes: an honest body is there within
    moments, so that it is those who hold back who go.
    """

    def __init__(self, *, most: int, of_address: int) -> None:
        self._most = most
        self._of_address = of_address
        self._everybody: dict[asyncio.Task[object], str] = {}
        self._by_address: dict[str, dict[asyncio.Task[object], None]] = {}
        self._sent_away: dict[asyncio.Task[object], Problem] = {}

    async def read(self, receive: Receive, *, longest: int, address: str) -> bytes:
        """Return a whole body. Raises a Problem when it is too long, never comes, or has to make room."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - an application runs in a task
        self._enter(task, address)
        try:
            return await _body(receive, longest)
        except asyncio.CancelledError:
            problem = self._sent_away.pop(task, None)
            if problem is None or task.uncancel():
                raise
            raise problem from None
        finally:
            self._leave(task, address)

    def _enter(self, task: asyncio.Task[object], address: str) -> None:
        neighbours = self._by_address.setdefault(address, {})
        if len(neighbours) >= self._of_address:
            detail = "Too many requests from your address wait for their bodies. Send each body with its head."
            self._send_away(next(iter(neighbours)), Problem(429, "too-many-at-once", detail, headers=_CLOSE))
        elif len(self._everybody) >= self._most:
            detail = "Too many requests wait for their bodies. Repeat the request, and send its body with its head."
            self._send_away(next(iter(self._everybody)), Problem(503, "overloaded", detail, headers=_CLOSE))
        self._everybody[task] = address
        self._by_address.setdefault(address, {})[task] = None

    def _send_away(self, task: asyncio.Task[object], problem: Problem) -> None:
        self._sent_away[task] = problem
        self._leave(task, self._everybody[task])
        task.cancel()

    def _leave(self, task: asyncio.Task[object], address: str) -> None:
        self._everybody.pop(task, None)
        neighbours = self._by_address.get(address)
        if neighbours is not None:
            neighbours.pop(task, None)
            if not neighbours:
                del self._by_address[address]


_CLOSE = {"retry-after": "1", "connection": "close"}


async def _body(receive: Receive, longest: int) -> bytes:
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Problem(400, "bad-request", "The body did not arrive.")
        part = message.get("body", b"")
        length += len(part)
        if length > longest:
            raise too_large(longest)
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


class Arrived:
    """Hands on a body that has been read, and then what comes behind it: the end of the connection."""

    __slots__ = ("_body", "_receive")

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        body, self._body = self._body, None
        if body is None:
            return await self._receive()
        return {"type": "http.request", "body": body, "more_body": False}
