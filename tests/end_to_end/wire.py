"""A client that writes bad requests as they stand and repairs nothing, for suites that send them by the thousand.

httpx takes half as long to send one as the service to answer. What it would add, this adds as well; the answer is one
of its own, for those who look at it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager

import httpx

from tests.ports import HOST
from tests.shared.bad_input import BadRequest

_SECONDS = 60
_WITHOUT_BODY = {204, 304}
_ADDED = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "Connection": "keep-alive", "User-Agent": "tests"}

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Lines = list[tuple[bytes, bytes]]


class Wire:
    """Connections to one server, kept from request to request; `headers` stand beside those of each."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port = port
        self._headers = {"Host": f"{HOST}:{port}", **_ADDED, **headers}
        self._idle: list[Connection] = []

    async def send(self, bad: BadRequest) -> httpx.Response:
        """Return what the server answers; fail where it hangs up instead."""
        async with asyncio.timeout(_SECONDS), self._connection() as (reader, writer):
            writer.write(self._written(bad))  # it may answer before it has read everything
            status, lines = await _head(reader)
            content = b"" if status in _WITHOUT_BODY else await _body(reader, dict(lines))
            if dict(lines).get(b"connection", b"").lower() == b"close":
                writer.close()
        return httpx.Response(status, headers=lines, content=content)

    def close(self) -> None:
        for _, writer in self._idle:
            writer.transport.abort()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """Lend a connection that the server has not closed; whoever fails leaves it in no state to be used again."""
        while self._idle:
            connection = self._idle.pop()
            if not connection[0].at_eof() and not connection[1].is_closing():
                break
            connection[1].transport.abort()
        else:
            connection = await asyncio.open_connection(HOST, self._port)
        try:
            yield connection
        except BaseException:
            connection[1].transport.abort()
            raise
        if not connection[1].is_closing():
            self._idle.append(connection)

    def _written(self, bad: BadRequest) -> bytes:
        named = {name.lower() for name, _ in bad.headers}
        lines = [(name, value) for name, value in self._headers.items() if name.lower() not in named]
        if bad.content or bad.method in {"POST", "PUT", "PATCH"}:
            lines.append(("Content-Length", str(len(bad.content))))
        head = "".join(f"{name}: {value}\r\n" for name, value in (*lines, *bad.headers))
        return f"{bad.method} {bad.target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + bad.content


async def _head(reader: asyncio.StreamReader) -> tuple[int, Lines]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
    version, status, *_ = first.split(b" ", 2)
    assert version == b"HTTP/1.1", first
    return int(status), list(_headers(lines))


def _headers(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for line in lines:
        name, colon, value = line.partition(b":")
        assert colon, line
        yield name.lower(), value.strip()


async def _body(reader: asyncio.StreamReader, headers: Mapping[bytes, bytes]) -> bytes:
    if b"content-length" in headers:
        return await reader.readexactly(int(headers[b"content-length"]))
    assert headers.get(b"transfer-encoding") == b"chunked", "without a length nobody knows where the answer ends"
    content = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        content += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return content
