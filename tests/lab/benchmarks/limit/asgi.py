"""As little HTTP as the contract allows: exact paths, JSON by hand, problems, and a token that is checked once."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from tests.lab.benchmarks.limit.tokens import NOBODY, BadToken, Caller, TokenCheck

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LARGEST_BODY = 1024 * 1024
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")


class Refused(Exception):
    """A "no" with its status, its stable code, and the figures behind it."""

    def __init__(self, status: int, code: str, detail: str, **figures: object) -> None:
        super().__init__(detail)
        self.status = status
        self.told = {"code": code, "detail": detail, **figures}


class Refusals(Exception):
    """Several at once."""

    def __init__(self, refusals: list[Refused]) -> None:
        super().__init__()
        self.refusals = sorted(refusals, key=lambda refusal: refusal.status)


@dataclass(slots=True)
class Request:
    """What a route is given."""

    path: str
    query: Mapping[str, str]
    key: bytes | None
    body: bytes
    caller: Caller

    def fields(self) -> dict[str, Any]:
        """Return the JSON object of the body."""
        try:
            fields = json.loads(self.body)
        except ValueError:
            raise Refused(400, "unreadable-json", "The body is not JSON.") from None
        if not isinstance(fields, dict):
            raise Refused(422, "invalid-body", "The body is not an object.")
        return fields


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route gives back: JSON text."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Who may call what; without a scope, everybody."""

    method: str
    path: str
    scope: str | None
    answer: Callable[[Request], Awaitable[Answer]]


class App:
    """An ASGI application. `running` is entered before the first request and left after the last."""

    def __init__(self, tokens: TokenCheck, routes: list[Route], running: AbstractAsyncContextManager[None]) -> None:
        self._tokens = tokens
        self._routes = {(route.method, route.path): route for route in routes}
        self._running = running

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        if scope["path"] == "/health/ready":
            return await _send(send, 200, b'{"status": "ready"}', (_JSON,))
        try:
            answer = await self._answer(scope, receive)
        except Refused as refusal:
            return await _send(send, refusal.status, _problem(refusal.status, [refusal]), (_PROBLEM,))
        except Refusals as several:
            status = several.refusals[0].status
            return await _send(send, status, _problem(status, several.refusals), (_PROBLEM,))
        return await _send(send, answer.status, answer.body, (_JSON, *answer.headers))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._running:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive) -> Answer:
        route = self._routes.get((scope["method"], scope["path"]))
        if route is None:
            raise Refused(404, "not-found", "There is nothing here.")
        key, caller = None, NOBODY
        for name, value in scope["headers"]:
            if name == b"authorization":
                caller = self._caller(value)
            elif name == b"idempotency-key":
                key = value
        if route.scope is not None and route.scope not in caller.scopes:
            raise Refused(401 if caller is NOBODY else 403, "forbidden", "A token that allows this is needed.")
        if key is not None and not (0 < len(key) <= 255 and all(0x21 <= character <= 0x7E for character in key)):
            raise Refused(422, "invalid-idempotency-key", "An Idempotency-Key has 1 to 255 visible ASCII characters.")
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        return await route.answer(Request(scope["path"], query, key, await _body(receive), caller))

    def _caller(self, header: bytes) -> Caller:
        try:
            return self._tokens.caller(header.removeprefix(b"Bearer ").decode("latin-1"))
        except BadToken:
            raise Refused(401, "unauthorized", "A valid token is needed.") from None


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _LARGEST_BODY:
            raise Refused(413, "body-too-large", "The body is too large.")
    return body


async def _send(send: Send, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


def _problem(status: int, refusals: list[Refused]) -> bytes:
    first = refusals[0].told
    told = {"type": "about:blank", "status": status, **first, "errors": [refusal.told for refusal in refusals]}
    return json.dumps(told).encode()
