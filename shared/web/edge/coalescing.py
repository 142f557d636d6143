"""Sends small answers in one packet; uvicorn writes head and body separately, and asyncio sends each at once.

A second packet costs another system call, and its reader another iteration of its event loop (decision 208).
"""

import asyncio
from typing import Any

_MOST_BUFFERED = 32 * 1024  # bytes; longer data fills packets of its own


class CoalescingTransport:
    """A transport that buffers a first write until the next one, or until the end of the loop's iteration.

    All else is delegated to the transport.
    """

    __slots__ = ("_buffer", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._buffer = b""

    def write(self, data: bytes) -> None:
        """Send the data with the buffer, or buffer it."""
        if self._buffer or len(data) > _MOST_BUFFERED:
            self._buffer += data
            self.flush()
        elif data:
            self._buffer = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send the buffer, unless the connection is closing."""
        data, self._buffer = self._buffer, b""
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Send the buffer, and close."""
        self.flush()
        self._transport.close()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait to be sent."""
        return len(self._buffer) + self._transport.get_write_buffer_size()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
