"""A small HTTP server that behaves as badly as the test says."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class SickServer:
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def behaves(self, *behaviours: Behaviour) -> None:
        """Answer the next requests in these ways; the last one stays."""
        self.behaviours = list(behaviours)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
                await behaviour(writer)
                await writer.drain()
                if writer.is_closing():
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    method, target, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


def answers(status: int = 200, body: bytes = b"{}", **headers: str) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    return behave


def says(raw: bytes) -> Behaviour:
    """Say just this, and close."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        writer.close()

    return behave


async def hangs(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drops(writer: asyncio.StreamWriter) -> None:
    """Close the connection after the request was read."""
    writer.close()


async def resets(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def drips(head: bytes, pieces: bytes, *, every: float = 0.03) -> Behaviour:
    """Send `head` at once and then one byte of `pieces` after the other, for ever."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            for piece in pieces:
                writer.write(bytes([piece]))
                await writer.drain()
                await asyncio.sleep(every)

    return behave


def slowly(seconds: float, behaviour: Behaviour) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await behaviour(writer)

    return behave


@asynccontextmanager
async def a_sick_server(
    *behaviours: Behaviour, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[SickServer]:
    sick = SickServer(behaviours=list(behaviours) or [answers()])
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await sick.handle(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", port, ssl=tls)
    sick.port = server.sockets[0].getsockname()[1]
    try:
        yield sick
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 1)


async def refused(client: NeighbourClient, **parts: Any) -> NeighbourUnavailable:
    with pytest.raises(NeighbourUnavailable) as caught:
        await client.get("/things", **parts)
    return caught.value
