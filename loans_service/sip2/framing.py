"""Lines of bytes on the wire: where a message ends, and whether it arrived whole."""

import asyncio
import re

LONGEST_MESSAGE = 4096
"""Bytes; the longest message of the standard has about a thousand."""

TIME_FOR_A_MESSAGE = 30.0
"""Seconds from the first byte of a message to its end. Between messages a machine may be silent for days."""

_TAIL = re.compile(rb"(?:AY(?P<sequence>[0-9])|(?:(?<=\|)|(?<=^97)))AZ(?P<checksum>[0-9A-Fa-f]{4})$")
"""Number and sum; the sum alone where a field, or a request that has none, ends before it."""

_PIECE = 4096


class TooLong(Exception):
    """What comes is no message: it does not end, or not in time."""


class MessageStream:
    """The messages that a machine sends. They end with CR, LF, both, or several of them."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._buffer = b""

    async def next(self) -> bytes | None:
        """Return the next message without its end, None when the machine has gone. Raises TooLong."""
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
    """Return the four digits that belong behind `data`, which ends with `AZ`: the negative of the sum of its bytes."""
    return b"%04X" % (-sum(data) & 0xFFFF)


def without_tail(message: bytes) -> tuple[bytes, bytes | None, bool]:
    """Return a message without its tail, that tail up to its sum if there is one, and whether the sum is right."""
    found = _TAIL.search(message)
    if found is None:
        return message, None, True
    right = found["checksum"].upper() == checksum(message[: found.end() - 4])
    return message[: found.start()], found[0][:-4], right


def with_tail(answer: bytes, tail: bytes | None) -> bytes:
    """Return an answer with the sequence number of its question and a checksum; as it is where there was none."""
    if tail is None:
        return answer
    data = answer + tail
    return data + checksum(data)
