"""A server on a real socket with short timeouts, and clients that write bytes to it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from fastapi import FastAPI

from shared.web.edge.deadlines import DeadlineProtocol


class QuickProtocol(DeadlineProtocol):
    """The same with shorter timeouts, so that tests need little."""

    header_seconds = 0.15
    body_seconds = 0.3
    body_rate = 1_000


@dataclass
class Connection:
    """One client at the socket."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer; status 0 stands for a connection that was closed without one."""
        head = await self.reader.readuntil(b"\r\n\r\n") if not self.reader.at_eof() else b""
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(lines[0].split()[1]), headers, body

    async def seconds_until_closed(self) -> float:
        began = time.monotonic()
        async with asyncio.timeout(30):
            with suppress(ConnectionResetError):  # so it ends for a client that sends on after the end
                await self.reader.read()
        return time.monotonic() - began


@dataclass
class Running:
    """A server at work."""

    app: FastAPI
    port: int

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Connection(reader, writer)
        finally:
            writer.close()
