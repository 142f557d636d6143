"""The cheapest honest client: one connection that stays open, bytes out, bytes in, one request at a time."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any, Self, cast
from urllib.parse import urlsplit

import httptools

_UNAVAILABLE = 503
_TIMES_AGAIN = 30  # with a second between: so long other programs may keep the machine busy


class BrokenOff(ConnectionError):
    """The connection was lost in the middle of an answer."""


class Connection(asyncio.Protocol):
    """One keep-alive connection. The parser calls the methods that begin with `on_`."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._is_begun = False
        self._transport: asyncio.WriteTransport

    @classmethod
    async def to(cls, base_url: str) -> Self:
        """Connect. Raises OSError when nobody listens."""
        address = urlsplit(base_url)
        host, port = address.hostname or "", address.port or 80
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    @property
    def is_open(self) -> bool:
        """Whether the other side has not hung up, as far as is known here."""
        return not self._transport.is_closing()

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a whole request; return the status and the body.

        Raises ConnectionError when the other side hangs up, BrokenOff when it had begun to answer.
        """
        if not self.is_open:
            raise ConnectionError("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._is_begun = False
        self._body = []
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is one, but does not say so

    def data_received(self, data: bytes) -> None:
        self._is_begun = True
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            kind, when = (BrokenOff, "in") if self._is_begun else (ConnectionError, "before")
            self._answer.set_exception(kind(f"the connection was lost {when} the answer: {exc}"))

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((self._parser.get_status_code(), b"".join(self._body)))


def request(method: str, path: str, *, token: str | None = None, body: object = None, key: str | None = None) -> bytes:
    """Return a whole request as it goes over the wire; `key` is its Idempotency-Key."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if key is not None:
        lines.append(f"Idempotency-Key: {key}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def ask_all(base_url: str, requests: Iterable[bytes], *, expected: int, clients: int) -> list[Mapping[str, Any]]:
    """Send requests over several connections; return the answers in the order of the requests.

    One that is told to come again does. Raises RuntimeError at the first other status that is not the expected one.
    """
    waiting = iter(enumerate(requests))
    answers: dict[int, Mapping[str, Any]] = {}

    async def work() -> None:
        connection = await Connection.to(base_url)
        for number, one in waiting:
            status, body = await connection.ask(one)
            for _ in range(_TIMES_AGAIN):
                if status != _UNAVAILABLE:
                    break
                await asyncio.sleep(1)
                status, body = await connection.ask(one)
            if status != expected:
                raise RuntimeError(f"{one.splitlines()[0].decode()} was answered {status}: {body.decode()}")
            answers[number] = json.loads(body)
        connection.close()

    await asyncio.gather(*(work() for _ in range(clients)))
    return [answers[number] for number in sorted(answers)]
