"""A real server on a real socket: what it makes of bytes, and of clients that take for ever."""

import asyncio
import gc
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from shared import logs
from shared.web import serving
from shared.web.edge.deadlines import DeadlineProtocol
from tests.shared.raw_requests import RawRequest, raw_requests
from tests.shared.web.raw_connections import Connection, QuickProtocol, Running
from tests.shared.web.sample import GOOD, WRITER, sample_app

HOST = b"Host: things.test\r\n"
GET = b"GET /health/live HTTP/1.1\r\n" + HOST + b"\r\n"
BODY = json.dumps(GOOD.body).encode()
POST = (
    b"POST /v1/things HTTP/1.1\r\n"
    + HOST
    + f"Authorization: {WRITER['Authorization']}\r\nContent-Type: application/json\r\n".encode()
)


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Running]:
    app = sample_app()
    listening = serving.listen("127.0.0.1", 0)
    server = serving.server(app, host="127.0.0.1", port=0, sockets=[listening], protocol=QuickProtocol)
    task = asyncio.create_task(server.serve())
    await server.answering.wait()
    yield Running(app, listening.getsockname()[1])
    server.should_exit = True
    await task


# --- bytes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", list(raw_requests()), ids=lambda raw: raw.name)
async def test_bytes_that_are_no_request_are_refused(raw: RawRequest, running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(raw.raw)
        status, headers, body = await asyncio.wait_for(connection.answer(), 30)

    assert status in raw.statuses, (status, body)
    if status >= 400:
        assert "application/problem+json" == headers["content-type"]
        assert {"type", "title", "status", "detail", "code", "request_id"} <= json.loads(body).keys()
        assert json.loads(body)["request_id"] == headers["x-request-id"]


async def test_the_answer_does_not_tell_what_serves_it(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(GET)
        _, headers, _ = await connection.answer()

    assert "server" not in headers
    assert "date" in headers


async def test_requests_sent_ahead_are_answered_in_order(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(GET + GET.replace(b"/health/live", b"/nowhere") + GET)
        statuses = [(await connection.answer())[0] for _ in range(3)]

    assert [200, 404, 200] == statuses


async def test_a_dozen_requests_sent_ahead_are_all_answered(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(GET * 12)
        statuses = [(await connection.answer())[0] for _ in range(12)]

    assert [200] * 12 == statuses


async def test_who_sends_thousands_of_requests_ahead_is_broken_off_and_takes_no_memory(running: Running) -> None:
    async with AsyncExitStack() as stack:
        flooding = [await stack.enter_async_context(running.connection()) for _ in range(20)]
        await asyncio.gather(*(each.send(GET * 2_000) for each in flooding))
        async with running.connection() as other:
            await other.send(GET)
            status, _, _ = await other.answer()
        held = sum(isinstance(each, RequestResponseCycle) for each in gc.get_objects())
        for each in flooding:
            await each.seconds_until_closed()

    assert 200 == status
    assert held <= 20 * (DeadlineProtocol.most_sent_ahead + 2)


async def test_a_body_sent_behind_too_many_requests_does_no_harm(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(GET * 30 + POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
        await connection.seconds_until_closed()
    async with running.connection() as connection:
        await connection.send(GET)
        status, _, _ = await connection.answer()

    assert 200 == status


async def test_a_client_that_only_closes_its_own_side_still_gets_its_answer(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(GET)
        connection.writer.write_eof()
        status, _, _ = await connection.answer()

    assert 200 == status


async def test_a_client_that_asks_first_is_told_to_go_on(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == await connection.reader.readuntil(b"\r\n\r\n")
        await connection.send(BODY)
        status, _, _ = await connection.answer()

    assert 201 == status


async def test_a_body_in_chunks_is_taken(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        await connection.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY))
        status, _, _ = await connection.answer()

    assert 201 == status


async def test_a_body_in_chunks_that_grows_too_long_is_refused(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(17):
            await connection.send(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await connection.send(b"0\r\n\r\n")
        status, _, body = await connection.answer()

    assert 413 == status
    assert "too-large" == json.loads(body)["code"]


@pytest.mark.parametrize("begun", [b"Expect: 100-continue\r\n\r\n", b"\r\n", b"\r\n[1, 2"])
async def test_who_announces_too_long_a_body_is_refused_without_having_to_send_it(
    running: Running, begun: bytes
) -> None:
    async with running.connection() as connection:
        await connection.send(POST + b"Content-Length: 2000000\r\n" + begun)
        status, _, body = await connection.answer()
        rest = await connection.reader.read()

    assert (413, "too-large", b"") == (status, json.loads(body)["code"], rest)


async def test_a_body_that_says_it_is_too_long_is_refused_before_it_has_come(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(POST + b"Content-Length: 2000000\r\n\r\n" + b" " * 2_000_000)
        status, _, _ = await connection.answer()
        await connection.send(GET)
        after, _, _ = await connection.answer()

    assert (413, 200) == (status, after)


# --- timeouts --------------------------------------------------------------------------------------------------------


async def test_a_connection_that_says_nothing_is_closed(running: Running) -> None:
    async with running.connection() as connection:
        seconds = await connection.seconds_until_closed()

    assert 0.1 < seconds < 5


async def test_a_head_that_comes_byte_by_byte_is_cut_off(running: Running) -> None:
    async with running.connection() as connection:
        began = time.monotonic()
        trickle = asyncio.create_task(_trickle(connection, GET[:-2] + b"X-Slow: " + b"a" * 1_000))
        await connection.seconds_until_closed()
        trickle.cancel()

    assert 0.1 < time.monotonic() - began < 5


async def test_a_client_that_falls_silent_in_its_head_is_told_why_it_is_cut_off(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(GET[:-2])

        status, _, body = await connection.answer()

    assert (408, "request-timeout") == (status, json.loads(body)["code"])


async def test_a_body_that_comes_byte_by_byte_is_cut_off(running: Running) -> None:
    async with running.connection() as connection:
        began = time.monotonic()
        await connection.send(POST + b"Content-Length: 1000\r\n\r\n")
        trickle = asyncio.create_task(_trickle(connection, b" " * 1_000))
        await connection.seconds_until_closed()
        trickle.cancel()

    assert 0.25 < time.monotonic() - began < 5


async def test_a_client_that_falls_silent_in_its_body_is_told_why_it_is_cut_off(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(POST + b"Content-Length: 1000\r\n\r\n ")

        status, _, body = await connection.answer()

    assert (408, "request-timeout") == (status, json.loads(body)["code"])


async def test_a_long_body_may_take_longer_while_it_keeps_coming(running: Running) -> None:
    upload = POST.replace(b"/v1/things", b"/v1/uploads")
    async with running.connection() as connection:
        await connection.send(upload + b"Content-Length: 1200\r\n\r\n")
        for _ in range(12):
            await asyncio.sleep(0.05)
            await connection.send(b" " * 100)
        status, _, body = await connection.answer()

    assert (200, {"bytes": 1200}) == (status, json.loads(body))


async def test_blank_lines_do_not_keep_a_connection_open(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(GET)
        await connection.answer()
        await connection.send(b"\r\n")
        seconds = await connection.seconds_until_closed()

    assert 0.1 < seconds < 5


async def test_a_second_request_gets_the_same_patience_and_no_more(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(GET)
        await connection.answer()
        await connection.send(GET[:10])
        status, _, _ = await connection.answer()
        seconds = await connection.seconds_until_closed()

    assert 408 == status
    assert seconds < 5


async def test_an_answer_may_take_its_time(running: Running) -> None:
    slow = GET.replace(b"/health/live", b"/v1/slow")
    shelf = running.app.state.shelf
    async with running.connection() as connection:
        await connection.send(slow)
        await shelf.entered.wait()
        await asyncio.sleep(0.5)
        shelf.gate.set()
        status, _, _ = await connection.answer()

    assert 200 == status


async def test_a_kept_connection_outlives_the_patience_for_a_head(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(GET)
        await connection.answer()
        await asyncio.sleep(0.3)
        await connection.send(GET)
        status, _, _ = await connection.answer()

    assert 200 == status


async def test_a_client_that_leaves_in_the_middle_of_its_body_does_no_harm(running: Running) -> None:
    async with running.connection() as connection:
        await connection.send(POST + b"Content-Length: 1000\r\n\r\nhello")
    async with running.connection() as connection:
        await connection.send(GET)
        status, _, _ = await connection.answer()

    assert 200 == status


def test_nobody_waits_longer_than_promised() -> None:
    assert (3.0, 6.0) == (DeadlineProtocol.header_seconds, DeadlineProtocol.body_seconds)


async def _trickle(connection: Connection, data: bytes) -> None:
    for number in range(len(data)):
        await connection.send(data[number : number + 1])
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("path", ["/v1/echo", "/v1/uploads", "/v1/things"])
async def test_a_client_that_leaves_costs_a_line_and_no_traceback(
    path: str, running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure(service="things", level="DEBUG", format="json")
    request = POST.replace(b"/v1/things", path.encode()) + b"Content-Length: 100\r\n\r\n{"
    told = ""
    async with running.connection() as connection:
        await connection.send(request)
        if path == "/v1/echo":
            await connection.reader.readuntil(b"{")
        connection.writer.transport.abort()
        async with asyncio.timeout(20):
            while '"message":"request"' not in told:
                await asyncio.sleep(0.02)
                told += capfd.readouterr().err
    await asyncio.sleep(0)  # whatever the server still has to say, it says in the same turn
    told += capfd.readouterr().err

    assert "error." not in told
    assert "Traceback" not in told
    assert len(told.splitlines()) <= 2


class _LeftInTheMiddle(asyncio.Transport):
    """What is left of a connection when its client goes while an answer waits to be read."""

    def __init__(self) -> None:
        super().__init__()
        with socket.socket() as closed:
            self._socket = closed

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._socket if name == "socket" else default

    def get_write_buffer_size(self) -> int:
        return 7

    def is_closing(self) -> bool:
        return True


async def test_whoever_leaves_while_an_answer_waits_costs_no_traceback() -> None:
    config = Config(sample_app())
    config.load()
    protocol = DeadlineProtocol(config=config, server_state=ServerState(), app_state={})
    protocol.transport = _LeftInTheMiddle()

    protocol.timeout_keep_alive_handler()

    protocol.connection_lost(ConnectionResetError())
