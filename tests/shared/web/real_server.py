"""A real server, and connections to it that do not behave."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI

from shared.web import serving
from shared.web.edge.deadlines import DeadlineProtocol
from tests.shared.hostile_tokens import a_token
from tests.shared.web.sample import GOOD, KEY

DESK, ELSEWHERE = "127.0.0.1", "127.0.0.2"


HOST = b"Host: things.test\r\n"


BODY = json.dumps(GOOD.body).encode()


NO_BODY_YET = b"POST /v1/uploads HTTP/1.1\r\n" + HOST + b"Content-Length: 60000\r\n\r\n{}"


@dataclass
class Running:
    """A server at work, and how to reach it from some address."""

    app: FastAPI
    server: serving.Server
    port: int
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def connect(self, count: int, data: bytes) -> None:
        """Connect `count` times from elsewhere, send `data` each time, and never read."""
        for _ in range(count):
            end = self.stack.enter_context(socket.socket())
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            end.setblocking(False)
            end.bind((ELSEWHERE, 0))
            await asyncio.get_running_loop().sock_connect(end, (DESK, self.port))
            await asyncio.get_running_loop().sock_sendall(end, data)

    def client(self, address: str) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(local_address=address)
        return httpx.AsyncClient(transport=transport, base_url=f"http://{DESK}:{self.port}", timeout=30)

    async def until_connected(self, count: int) -> None:
        """Wait until there are so many connections from elsewhere."""
        there: Any = self.server.server_state.connections
        await until(lambda: count == sum(one.client[0] == ELSEWHERE for one in there))

    async def until_at_work(self, count: int) -> None:
        """Wait until so many requests have begun and not ended."""
        await until(lambda: count == len(self.server.server_state.tasks))


@asynccontextmanager
async def running(app: FastAPI, protocol: type[DeadlineProtocol] = DeadlineProtocol) -> AsyncIterator[Running]:
    listening = serving.listen(DESK, 0)
    server = serving.server(app, host=DESK, port=0, sockets=[listening], protocol=protocol)
    task = asyncio.create_task(server.serve())
    await server.answering.wait()
    here = Running(app, server, listening.getsockname()[1])
    try:
        async with here.stack:
            yield here
    finally:
        app.state.shelf.gate.set()
        server.should_exit = True
        await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


def token_of(subject: str, **claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {a_token(KEY, sub=subject, **claims)}"}
