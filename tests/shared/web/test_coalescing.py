"""An answer leaves whole: head and body in one packet, in order, and nothing of it is lost or late."""

import asyncio
import socket
from typing import Any

import pytest

from shared.web import serving
from shared.web.edge.coalescing import CoalescingTransport
from tests.shared.web.sample import sample_app

LONG = bytes(40 * 1024)


class Line:
    """What a transport is asked for."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 5


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
async def transport(line: Line) -> CoalescingTransport:
    made: Any = line
    return CoalescingTransport(made, asyncio.get_running_loop())


async def test_a_head_leaves_with_its_body(line: Line, transport: CoalescingTransport) -> None:
    transport.write(b"head ")
    transport.write(b"body")

    assert [b"head body"] == line.sent
    await asyncio.sleep(0)
    assert [b"head body"] == line.sent


async def test_a_head_whose_body_takes_a_while_leaves_at_the_end_of_the_turn(
    line: Line, transport: CoalescingTransport
) -> None:
    transport.write(b"head")
    assert [] == line.sent

    await asyncio.sleep(0)

    assert [b"head"] == line.sent


async def test_what_is_long_leaves_at_once(line: Line, transport: CoalescingTransport) -> None:
    transport.write(LONG)

    assert [LONG] == line.sent


async def test_a_head_without_a_body_leaves(line: Line, transport: CoalescingTransport) -> None:
    transport.write(b"head")
    transport.write(b"")

    assert [b"head"] == line.sent


async def test_what_is_kept_leaves_before_the_end(line: Line, transport: CoalescingTransport) -> None:
    transport.write(b"goodbye")
    transport.close()

    assert [b"goodbye"] == line.sent
    assert transport.is_closing()


async def test_nothing_is_sent_to_somebody_who_has_left(line: Line, transport: CoalescingTransport) -> None:
    transport.write(b"head")
    line.close()
    await asyncio.sleep(0)

    assert [] == line.sent


async def test_what_is_kept_counts_as_not_sent_yet(transport: CoalescingTransport) -> None:
    transport.write(b"four")

    assert 9 == transport.get_write_buffer_size()


async def test_an_answer_arrives_at_one_go() -> None:
    app = sample_app()
    with serving.listen("127.0.0.1", 0) as listening, socket.socket() as end:
        async with serving.answering(app, listening):
            end.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(end, listening.getsockname())
            for _ in range(100):
                await loop.sock_sendall(end, b"GET /health/live HTTP/1.1\r\nHost: here\r\n\r\n")
                head, _, body = (await loop.sock_recv(end, 65536)).partition(b"\r\n\r\n")

                assert head.startswith(b"HTTP/1.1 200 ")
                assert body
