"""Answers that leave whole: uvicorn writes their head and their body apart, and the loop sends each at once.

Two packets for an answer cost a system call more, and whoever reads it another turn of its loop (decision 208).
"""

import asyncio
from typing import Any

_MOST_BUFFERED = 32 * 1024  # bytes; what is longer fills packets of its own


class CoalescingTransport:
    """A transport that keeps what is written first until the next write, or the end of the loop's turn, at the latest.

    All else is the transport's own.
    """

    __slots__ = ("_buffer", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._buffer = b""

    def write(self, data: bytes) -> None:
        """Send it with what was kept, or keep it."""
        if self._buffer or len(data) > _MOST_BUFFERED:
            self._buffer += data
            self.flush()
        elif data:
            self._buffer = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what was kept, unless nobody is there any more."""
        data, self._buffer = self._buffer, b""
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Send what was kept, and close."""
        self.flush()
        self._transport.close()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait to be sent."""
        return len(self._buffer) + self._transport.get_write_buffer_size()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
