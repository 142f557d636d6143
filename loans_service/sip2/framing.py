"""Framing: where a message ends, and whether it arrived intact."""

import asyncio
import re

LONGEST_MESSAGE = 4096
"""Bytes; the longest message of the standard has about a thousand."""

TIME_FOR_A_MESSAGE = 30.0
"""Seconds from the first byte of a message to its end. Between messages a machine may be silent for days."""

_TAIL = re.compile(rb"(?:AY(?P<sequence>[0-9])|(?:(?<=\|)|(?<=^97)))AZ(?P<checksum>[0-9A-Fa-f]{4})$")
"""Sequence number and checksum; the checksum alone only behind the end of a field, or in a request without fields."""

_PIECE = 4096


class TooLong(Exception):
    """The input is not a message: it does not end, or not in time."""


class MessageStream:
    """The messages that a machine sends. They end with CR, LF, both, or several of them."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._buffer = b""

    async def next(self) -> bytes | None:
        """Return the next message without its terminator, None if the machine has disconnected. Raises TooLong."""
        while not self._buffer:
            if not await self._read():
                return None
            self._buffer = self._buffer.lstrip(b"\r\n")
        try:
            async with asyncio.timeout(TIME_FOR_A_MESSAGE):
                return await self._rest()
        except TimeoutError:
            raise TooLong from None

    async def _rest(self) -> bytes | None:
        while True:
            ends = [end for end in (self._buffer.find(b"\r"), self._buffer.find(b"\n")) if end >= 0]
            if ends:
                message, self._buffer = self._buffer[: min(ends)], self._buffer[min(ends) :].lstrip(b"\r\n")
                if len(message) > LONGEST_MESSAGE:
                    raise TooLong
                return message
            if len(self._buffer) > LONGEST_MESSAGE:
                raise TooLong
            if not await self._read():
                return None

    async def _read(self) -> bool:
        piece = await self._reader.read(_PIECE)
        self._buffer += piece
        return bool(piece)


def checksum(data: bytes) -> bytes:
    """Return the four digits of the checksum of `data`, which ends with `AZ`: its negative byte sum."""
    return b"%04X" % (-sum(data) & 0xFFFF)


def without_tail(message: bytes) -> tuple[bytes, bytes | None, bool]:
    """Return a message without its tail, the tail without its checksum or None, and whether the checksum is right."""
    found = _TAIL.search(message)
    if found is None:
        return message, None, True
    right = found["checksum"].upper() == checksum(message[: found.end() - 4])
    return message[: found.start()], found[0][:-4], right


def with_tail(answer: bytes, tail: bytes | None) -> bytes:
    """Return an answer with the sequence number of its request and a checksum, if the request had a tail."""
    if tail is None:
        return answer
    data = answer + tail
    return data + checksum(data)
