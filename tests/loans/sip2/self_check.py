"""A machine of our own, as strict as the strictest that is sold: it checks each sum and each sequence number."""

import asyncio
import contextlib
import re
import ssl
from typing import Self

DATE = "20260601    101112"
CARD, BARCODE = "20000000000018", "30000000000019"
CHECK_OUT = f"11NN{DATE}{' ' * 18}AOlib|AA{CARD}|AB{BARCODE}|AC|"


def checksum(data: bytes) -> bytes:
    total = 0
    for byte in data:
        total = (total + byte) & 0xFFFF
    return b"%04X" % ((0x10000 - total) & 0xFFFF)


BEGINS = {
    "10": 24, "12": 24, "16": 22, "18": 26, "20": 21, "24": 37, "26": 37, "30": 24, "36": 21, "38": 21, "64": 61,
    "66": 29, "94": 3, "98": 36,
}  # fmt: skip
"""Where the named fields of each answer begin."""


class SelfCheck:
    """Asks over a real socket. `end` is how its messages end."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, encoding: str, end: bytes, checks: bool
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._encoding = encoding
        self._end = end
        self._checks = checks
        self._sequence = 0

    @classmethod
    async def connect(
        cls,
        port: int,
        *,
        encoding: str = "cp850",
        end: bytes = b"\r",
        checks: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> Self:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
        return cls(reader, writer, encoding=encoding, end=end, checks=checks)

    async def ask(self, message: str) -> str:
        """Send a message and return its answer without tail, after a look at the tail."""
        data = message.encode(self._encoding)
        if not self._checks:
            await self.send(data + self._end)
            return (await self.hear()).decode(self._encoding)
        data += b"AY%dAZ" % self._sequence
        await self.send(data + checksum(data) + self._end)
        answer = await self.hear()
        found = re.fullmatch(rb"(.*)AY([0-9])AZ([0-9A-F]{4})", answer, re.DOTALL)
        assert found is not None, answer
        assert int(found[2]) == self._sequence
        assert found[3] == checksum(answer[:-4])
        self._sequence = (self._sequence + 1) % 10
        return found[1].decode(self._encoding)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def hear(self) -> bytes:
        """Return the next answer; empty when the other side has hung up."""
        async with asyncio.timeout(20):
            try:
                return (await self._reader.readuntil(b"\r")).rstrip(b"\r").lstrip(b"\n")
            except asyncio.IncompleteReadError as error:
                return error.partial
            except ConnectionError:
                return b""

    async def leave(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self._writer.wait_closed()


def fields(answer: str) -> dict[str, list[str]]:
    """Return the named fields of an answer; where they begin differs by its code."""
    begins = BEGINS[answer[:2]]
    found: dict[str, list[str]] = {}
    for part in answer[begins:].split("|"):
        if part:
            found.setdefault(part[:2], []).append(part[2:])
    return found
