"""Requests to an application in this very process, put together and handed over as they stand, at next to no cost.

An HTTP client takes longer to put a long address together than the service to read it.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """A request; the text of its header lines is sent as UTF-8."""

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


def question(method: str, target: str, headers: Headers = (), content: bytes = b"") -> Question:
    """Make a request, with the length of what it holds."""
    lines = [(name.lower().encode(), value.encode()) for name, value in headers]
    length = [(b"content-length", str(len(content)).encode())] if content or method != "GET" else []
    return Question(method, target, (*lines, *length), content)


class Straight:
    """Somebody who asks an application, with the same header lines beside those of each request."""

    def __init__(self, app: ASGIApp, headers: Headers = ()) -> None:
        self._app = app
        own = [("Host", "library.test"), ("Accept", "*/*"), *headers]
        self._headers = tuple((name.lower().encode(), value.encode()) for name, value in own)

    async def send(self, asked: Question) -> Answer:
        path, _, query = asked.target.partition("?")
        named = {name for name, _ in asked.headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": asked.method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [*(one for one in self._headers if one[0] not in named), *asked.headers],
            "client": ("127.0.0.1", 123),
            "server": ("library.test", 80),
        }
        comes: list[Message] = [{"type": "http.request", "body": asked.content, "more_body": False}]
        told: list[Message] = []

        async def receive() -> Message:
            if not comes:
                await asyncio.Event().wait()  # whoever asked stays until everything is said
            return comes.pop()

        async def send(message: Message) -> None:
            told.append(message)

        await self._app(scope, receive, send)
        start, *bodies = told
        return Answer(start["status"], b"".join(message.get("body", b"") for message in bodies))
