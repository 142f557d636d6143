"""HTTP connections with time limits for the arrival of requests and for the reading of answers.

uvicorn itself has none.
"""

import asyncio
import fcntl
import re
import socket
import struct
import termios
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared import context
from shared.web.edge.coalescing import CoalescingTransport
from shared.web.problems import MEDIA_TYPE, body_of, document

_IDLE, _HEAD, _BODY = "idle", "head", "body"
_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")


class DeadlineProtocol(HttpToolsProtocol):
    """HTTP/1.1 with timeouts: `header_seconds` for the head of a request, `body_seconds` for its body.

    A body may take longer if it arrives at `body_rate` bytes a second, such as a large file on a slow line. Time in
    which we do not read does not count, nor does the time until the answer. A head of more than `most_header_bytes` is
    refused while it arrives, long before it fills the memory.

    Answers must be read: when less than `answer_rate` bytes a second leave within `answer_seconds`, although more are
    waiting, the connection is aborted. A pipelined request is not begun before that, and a client that sends more than
    `most_sent_ahead` of them is disconnected as well, since one read may hold thousands.
    """

    header_seconds = 3.0
    body_seconds = 6.0
    body_rate = 32 * 1024
    answer_seconds = 10.0
    answer_rate = 1024
    most_unsent_bytes = 128 * 1024
    most_header_bytes = 64 * 1024
    most_target_bytes = 8_000
    most_sent_ahead = 16

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._stage = _IDLE
        self._messages = 0
        self._timed: tuple[str, int] = (_IDLE, 0)
        self._received = 0
        self._began = 0.0
        self._unread_timer: asyncio.TimerHandle | None = None
        self._unread = 0
        self._sent_ahead: tuple[Any, Any] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn narrows it, too
        super().connection_made(transport)
        coalescing: Any = CoalescingTransport(transport, self.loop)
        self.transport = coalescing
        end = transport.get_extra_info("socket")
        if end is not None and end.family in (socket.AF_INET, socket.AF_INET6) and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            # Otherwise the kernel buffers megabytes of an answer before we see that it is not read.
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, self.most_unsent_bytes)
        self._expect(_IDLE)

    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        self._sent_ahead = None
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._received += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            self._relax()
        elif self._stage == _HEAD and self._received > self.most_header_bytes:
            self._refuse(431, "headers-too-large", "The head of the request is too long.")
        elif self._stage == _IDLE and self._is_at_work():
            self._relax()
        else:
            self._expect(self._stage)

    def on_message_begin(self) -> None:
        if self.transport.is_closing():  # it will not be answered
            self.url, self.headers = b"", []
            return
        self._stage = _HEAD
        self._messages += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self.transport.is_closing():
            return
        if len(self.pipeline) >= self.most_sent_ahead:
            self.pipeline.clear()
            self.transport.abort()
            return
        if not self.url.startswith(b"/"):
            self._heed_the_target()
        self._stage = _BODY
        self._received = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.transport.is_closing():
            return
        self._stage = _IDLE
        self._received = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._stage == _IDLE:
            self._relax()  # uvicorn's own keep-alive timer takes over
        if self.transport.is_closing():
            self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_watching()
        if self._sent_ahead is not None:
            (cycle, app), self._sent_ahead = self._sent_ahead, None
            super()._start_asgi_task(cycle, app)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch()  # closing waits until everything has been read

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Begin to answer, but not while earlier answers are unread: this one would only hold a slot."""
        if self.flow.write_paused:
            self._sent_ahead = (cycle, app)
        else:
            super()._start_asgi_task(cycle, app)

    def _watch(self) -> None:
        """Begin to check that the client reads, unless that has begun."""
        if self._unread_timer is None and (unread := self._bytes_unread()):
            self._unread = unread
            self._unread_timer = self.loop.call_later(self.answer_seconds, self._look_whether_it_reads)

    def _stop_watching(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _look_whether_it_reads(self) -> None:
        self._unread_timer = None
        before, self._unread = self._unread, self._bytes_unread()
        if self._unread and before - self._unread < self.answer_rate * self.answer_seconds:
            self.transport.abort()
        else:
            self._watch()

    def _bytes_unread(self) -> int:
        """Return how many written bytes wait in our buffer and in the kernel's."""
        waiting = self.transport.get_write_buffer_size()
        if waiting:
            end = self.transport.get_extra_info("socket")
            try:
                (in_kernel,) = struct.unpack("i", fcntl.ioctl(end.fileno(), termios.TIOCOUTQ, bytes(4)))
            except (OSError, ValueError):  # not supported by every system, nor for a closed socket
                return waiting
            waiting += in_kernel
        return waiting

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words are not ours
        """Answer malformed HTTP with a problem document like every other refusal."""
        if (
            len(getattr(self, "url", b"")) > self.most_target_bytes
        ):  # the parser refuses it before its length is checked
            self._refuse(414, "target-too-long", "The address is too long.")
        self._refuse(400, "bad-request", "This is not an HTTP request that can be understood.")

    def _heed_the_target(self) -> None:
        """Take the host of `GET http://host/` as that of the request, whatever the Host header says (RFC 9112)."""
        authority = _AUTHORITY.match(self.url)
        if authority is not None:
            self.headers[:] = [(name, authority.group(1) if name == b"host" else value) for name, value in self.headers]

    def _is_at_work(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever uvicorn's annotation says
        return cycle is not None and not cycle.response_complete

    def _expect(self, stage: str) -> None:
        """Start the timer for `stage` of the present message, unless it is running."""
        if self._timer is not None:
            if self._timed == (stage, self._messages):
                return
            self._timer.cancel()
        self._timed = (stage, self._messages)
        self._began = self.loop.time()
        seconds = self.body_seconds if stage == _BODY else self.header_seconds
        self._timer = self.loop.call_later(seconds, self._too_late)

    def _relax(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self._stage == _BODY:
            due = self._began + self.body_seconds + self._received / self.body_rate
            left = due - self.loop.time()
            if left > 0 or self.flow.read_paused:
                self._timer = self.loop.call_later(max(left, self.body_seconds / 10), self._too_late)
                return
        if self._stage == _IDLE:
            self.transport.close()
            self._watch()
        else:
            self._refuse(408, "request-timeout", "The request took too long to arrive.")

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answer instead of the application, unless it has begun, and close."""
        self._relax()
        if self.transport.is_closing():
            return
        if not (self._is_at_work() and self.cycle.response_started):
            with context.working_on(context.new_context()) as here:
                body = body_of(document(status, code, detail))
            head = {
                "content-type": MEDIA_TYPE,
                "content-length": str(len(body)),
                "x-content-type-options": "nosniff",
                "cache-control": "no-store",
                "x-request-id": here.request_id,
                "connection": "close",
            }
            lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            self.transport.write(STATUS_LINE[status] + lines.encode() + b"\r\n" + body)
        self.transport.close()
        self._watch()
