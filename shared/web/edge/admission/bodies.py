"""Bodies are read before their requests take a slot, so that a slow sender does not hold one."""

import asyncio

from starlette.types import Message, Receive

from shared.web.edge.limits import too_large
from shared.web.problems import Problem


class BodyReader:
    """Reads bodies into memory, at most `limit` at once and `per_address` from one network address.

    One more evicts the body that has been arriving for longest: an honest one arrives within moments, so that only
    senders that hold theirs back are evicted.
    """

    def __init__(self, *, limit: int, per_address: int) -> None:
        self._limit = limit
        self._per_address = per_address
        self._reads: dict[asyncio.Task[object], str] = {}
        self._reads_of: dict[str, dict[asyncio.Task[object], None]] = {}
        self._evicted: dict[asyncio.Task[object], Problem] = {}

    async def read(self, receive: Receive, *, most: int, address: str) -> bytes:
        """Return a whole body. Raises Problem when it is too long, breaks off or is evicted."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - an application runs in a task
        self._enter(task, address)
        try:
            return await _body(receive, most)
        except asyncio.CancelledError:
            problem = self._evicted.pop(task, None)
            if problem is None or task.uncancel():
                raise
            raise problem from None
        finally:
            self._leave(task, address)

    def _enter(self, task: asyncio.Task[object], address: str) -> None:
        same_address = self._reads_of.setdefault(address, {})
        if len(same_address) >= self._per_address:
            detail = "Too many requests from your address wait for their bodies. Send each body with its head."
            self._evict(next(iter(same_address)), Problem(429, "too-many-at-once", detail, headers=_CLOSE))
        elif len(self._reads) >= self._limit:
            detail = "Too many requests wait for their bodies. Repeat the request, and send its body with its head."
            self._evict(next(iter(self._reads)), Problem(503, "overloaded", detail, headers=_CLOSE))
        self._reads[task] = address
        self._reads_of.setdefault(address, {})[task] = None

    def _evict(self, task: asyncio.Task[object], problem: Problem) -> None:
        self._evicted[task] = problem
        self._leave(task, self._reads[task])
        task.cancel()

    def _leave(self, task: asyncio.Task[object], address: str) -> None:
        self._reads.pop(task, None)
        same_address = self._reads_of.get(address)
        if same_address is not None:
            same_address.pop(task, None)
            if not same_address:
                del self._reads_of[address]


_CLOSE = {"retry-after": "1", "connection": "close"}


async def _body(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Problem(400, "bad-request", "The body did not arrive.")
        part = message.get("body", b"")
        length += len(part)
        if length > most:
            raise too_large(most)
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


class BufferedBody:
    """Replays a body that has been read, and then what follows it: the end of the connection."""

    __slots__ = ("_body", "_receive")

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        body, self._body = self._body, None
        if body is None:
            return await self._receive()
        return {"type": "http.request", "body": body, "more_body": False}
