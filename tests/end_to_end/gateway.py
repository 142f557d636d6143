"""A gateway of a few lines: shows several services under one address, each below a prefix that it keeps or strips."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Self

from tests.ports import HOST


class Gateway:
    """Passes `/prefix/…` on to the port of that prefix. Open it with `async with`."""

    def __init__(self, ports: Mapping[str, int], *, strip: bool) -> None:
        self._ports = ports
        self.strip = strip
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.address = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.closing(writer.transport), contextlib.suppress(OSError, asyncio.CancelledError, EOFError):
            await self._pass_on(reader, writer)
        self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *headers = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, version = line.split(" ")
        prefix = target.split("?")[0].split("/")[1]
        if prefix not in self._ports:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        if self.strip:
            target = f"/{target.removeprefix(f'/{prefix}').removeprefix('/')}"
        kept = [header for header in headers if header and not header.lower().startswith("connection:")]
        there, back = await asyncio.open_connection(HOST, self._ports[prefix])
        with contextlib.closing(back.transport):
            head = [f"{method} {target} {version}", *kept, "Connection: close", "", ""]
            back.write("\r\n".join(head).encode("latin-1"))
            question = asyncio.create_task(_pump(reader, back))
            await _pump(there, writer)
            question.cancel()
            await asyncio.gather(question, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await source.read(65536):
            sink.write(chunk)
            await sink.drain()
