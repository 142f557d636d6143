"""A TCP line between one process and one other, with everything that networks do to such a line."""

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass, field

from tests.ports import HOST

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no time; closing then sends RST
_RUBBISH = (
    b'{"nonsense": true}',
    b"[]",
    b'{"items": [{"copy": 7}], "next": "\xff"}',
    b"<html>It works!</html>",
    b'{"answers": [null]}',
)


@dataclass(slots=True)
class Weather:
    """What happens on a line at the moment. Nothing does in fair weather."""

    latency: float = 0.0  # seconds for each piece, and up to as much again
    asks_nothing: bool = False  # what the client sends does not arrive
    tells_nothing: bool = False  # what the server sends does not arrive
    pieces: int = 0  # bytes at a time; 0: as they come
    lies: bool = False  # each question of HTTP is answered 200, with rubbish


@dataclass(eq=False, slots=True)
class _Pair:
    """One connection that a client made, and the one made for it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class FaultyLine:
    """Passes bytes on from `port` to one of `targets`, each in its turn, as the address of a service does."""

    def __init__(self, name: str, port: int, *targets: int) -> None:
        self.name = name
        self.port = port
        self.weather = Weather()
        self.carried = 0  # connections
        self._targets = targets
        self._turn = 0
        self._pairs: set[_Pair] = set()
        self._server: asyncio.Server | None = None
        self._cleared = asyncio.Event()
        self._cleared.set()
        self._rng = random.Random(name)

    async def open(self) -> None:
        """Listen, and let whoever comes through."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, HOST, self.port)

    async def close(self) -> None:
        """Refuse whoever comes from now on; who is here stays."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def change(self, weather: Weather) -> None:
        """Let this happen from now on. What was held back goes on its way when nothing holds it any more."""
        self.weather = weather
        if weather.asks_nothing or weather.tells_nothing:
            self._cleared.clear()
        else:
            self._cleared.set()

    def reset(self) -> int:
        """Break every connection with a reset, at both ends; return how many there were."""
        pairs = list(self._pairs)
        for pair in pairs:
            for writer in (pair.client, pair.server):
                if writer is not None:
                    with contextlib.suppress(OSError, ValueError):  # where it is closed already
                        end = writer.get_extra_info("socket")
                        if end is not None:
                            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    writer.transport.abort()
            if pair.task is not None:
                pair.task.cancel()
        return len(pairs)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = _Pair(writer, task=asyncio.current_task())
        self._pairs.add(pair)
        self.carried += 1
        try:
            if self.weather.lies:
                await _lie(reader, writer, self._rng)
            else:
                await self._connect(pair, reader)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # a reset cancels us; nobody waits for this task
        finally:
            for end in (pair.client, pair.server):
                if end is not None:
                    end.transport.abort()
            self._pairs.discard(pair)

    async def _connect(self, pair: _Pair, reader: asyncio.StreamReader) -> None:
        there, pair.server = await self._reach()
        directions = (
            asyncio.create_task(self._pass_on(reader, pair.server, asks=True)),
            asyncio.create_task(self._pass_on(there, pair.client, asks=False)),
        )
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)
            for end in (pair.client, pair.server):
                with contextlib.suppress(OSError, RuntimeError):
                    end.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._turn += 1
        for number in range(len(self._targets)):
            target = self._targets[(self._turn + number) % len(self._targets)]
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(HOST, target)
        raise ConnectionRefusedError

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(65536):
                weather = self.weather
                if weather.lies and asks:
                    return
                while self.weather.asks_nothing if asks else self.weather.tells_nothing:
                    await self._cleared.wait()
                if weather.latency:
                    await asyncio.sleep(weather.latency * (1 + self._rng.random()))
                for piece in _pieces(chunk, weather.pieces):
                    sink.write(piece)
                    await sink.drain()
                    if weather.pieces:
                        await asyncio.sleep(0)


def _pieces(chunk: bytes, size: int) -> list[bytes]:
    if not size:
        return [chunk]
    return [chunk[begin : begin + size] for begin in range(0, len(chunk), size)]


async def _lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rng: random.Random) -> None:
    """Answer every question with 200 and something that nobody asked for."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        await reader.readexactly(length)
        body = rng.choice(_RUBBISH)
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
        )
        await writer.drain()
