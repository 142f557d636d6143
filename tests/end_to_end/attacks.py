"""What tries to keep everybody else from being served, from an address of its own: for tests and for the benchmark."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from shared.web.documents.pages import asset_name

ATTACKER = "127.0.0.2"
IDLE, UNREAD = 70, 66
_NO_BODY = {"books": "/v1/books", "members": "/v1/auth/token", "loans": "/v1/loans"}
_AGAIN_AFTER = 11.0  # seconds; the services break off what is not read after ten
_BETWEEN = 0.05  # seconds from one costly request to the next


@asynccontextmanager
async def idle_sockets(services: Mapping[str, str]) -> AsyncIterator[None]:
    """Announce bodies to every service, send two bytes of each, and begin anew when that is ended."""
    async with _attackers(
        _hold(url, _post(_NO_BODY[name], b"{}", length=1_000_000 if number % 2 else 60_000))
        for name, url in services.items()
        for number in range(IDLE)
    ):
        yield


@asynccontextmanager
async def unread_pipelines(services: Mapping[str, str]) -> AsyncIterator[None]:
    """Ask every service for large files, twelve at once on each connection, and read none."""
    one = _request("GET", f"/docs/assets/{asset_name('swagger-ui-bundle.js')}", {"X-Filler": "x" * 4_000})
    async with _attackers(_hold(url, one * 12) for url in services.values() for _ in range(UNREAD)):
        yield


@asynccontextmanager
async def brackets(members: str) -> AsyncIterator[None]:
    """Send 60 KB that look like deep JSON with a text that never ends."""
    body = b"[" * 33 + b'"' + b'\\"' * 30_000
    async with _attackers([_repeat(members, _post("/v1/auth/activate", body))]):
        yield


@asynccontextmanager
async def combining_marks(members: str, token: str) -> AsyncIterator[None]:
    """Send, as a member, one letter with 120,000 marks: 240 KB."""
    body = json.dumps({"phone": "a" + "\u0301\u0327" * 60_000}, ensure_ascii=False).encode()
    headers = {"Authorization": f"Bearer {token}", "If-Match": "*", "Content-Type": "application/merge-patch+json"}
    async with _attackers([_repeat(members, _request("PATCH", "/v1/members/me", headers, body))]):
        yield


@asynccontextmanager
async def _attackers(parts: Iterable[Coroutine[None, None, None]]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(part) for part in parts]
    await asyncio.sleep(0.5)  # until they have begun
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _hold(url: str, data: bytes) -> None:
    """Connect, send, never read, and begin anew after a while."""
    loop = asyncio.get_running_loop()
    while True:
        with suppress(OSError), socket.socket() as end:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            await _connect(end, url)
            await loop.sock_sendall(end, data)
            await asyncio.sleep(_AGAIN_AFTER)
        await asyncio.sleep(_BETWEEN)


async def _repeat(url: str, data: bytes) -> None:
    """Send, wait for the answer, and send again."""
    loop = asyncio.get_running_loop()
    while True:
        with suppress(OSError), socket.socket() as end:
            await _connect(end, url)
            await loop.sock_sendall(end, data)
            await loop.sock_recv(end, 65_536)
        await asyncio.sleep(_BETWEEN)


async def _connect(end: socket.socket, url: str) -> None:
    address = urlsplit(url)
    end.setblocking(False)
    end.bind((ATTACKER, 0))
    await asyncio.get_running_loop().sock_connect(end, (address.hostname, address.port))


def _post(path: str, body: bytes, *, length: int | None = None) -> bytes:
    headers = {"Content-Type": "application/json"}
    return _request("POST", path, headers, body, length=length)


def _request(
    method: str, path: str, headers: Mapping[str, str], body: bytes = b"", *, length: int | None = None
) -> bytes:
    told = {"Host": "127.0.0.1", **headers, "Content-Length": str(len(body) if length is None else length)}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
