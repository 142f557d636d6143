"""The server as a process: it starts, shares the work, says what is wrong, and ends calmly."""

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from shared.web import serving
from tests.ports import quiet_ports
from tests.shared.begun import Begun, begin
from tests.shared.web.sample import sample_app


def a_free_port() -> int:
    (port,) = quiet_ports(1)
    return port


@asynccontextmanager
async def running(port: int, workers: int = 1, **options: object) -> AsyncIterator[Begun]:
    told = json.dumps({"port": port, "workers": workers, **options})
    process = await begin("tests.shared.web.serve", told, environment={})
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until_it_answers(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http, asyncio.timeout(20):
        while True:
            try:
                await http.get("/health/live")
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                return


def free_neighbours(count: int) -> int:
    """Return the first of so many free ports in a row."""
    while True:
        found = quiet_ports(count)
        if found == list(range(found[0], found[0] + count)):
            return found[0]


async def ended(process: Begun) -> tuple[int | None, str]:
    async with asyncio.timeout(20):
        told = await process.stderr.read()
        await process.wait()
    return process.returncode, told.decode()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_it_ends_calmly_when_told_to(workers: int, number: signal.Signals) -> None:
    port = a_free_port()
    async with running(port, workers) as process:
        await until_it_answers(port)

        process.send_signal(number)

        assert 0 == (await ended(process))[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("which", [1, 2])
async def test_it_ends_calmly_when_told_to_as_it_starts_a_worker(number: signal.Signals, which: int) -> None:
    async with running(a_free_port(), workers=2, told_while_forking=(number, which)) as process:
        assert 0 == (await ended(process))[0]


@pytest.mark.parametrize("workers", [1, 2])
async def test_each_process_tells_its_measurements_at_a_port_of_its_own(workers: int) -> None:
    port, metrics_port = a_free_port(), free_neighbours(workers)
    async with running(port, workers, metrics_port=metrics_port) as process, httpx.AsyncClient() as http:
        pages = []
        for number in range(workers):
            await until_it_answers(metrics_port + number)
            pages.append(await http.get(f"http://127.0.0.1:{metrics_port + number}/metrics"))
        elsewhere = [
            await http.get(f"http://127.0.0.1:{metrics_port}{path}") for path in ("/v1/things", "/health/live")
        ]
        await until_it_answers(port)
        process.send_signal(signal.SIGTERM)

        assert 0 == (await ended(process))[0]
    assert {200} == {page.status_code for page in pages}
    assert workers == len({re.findall(r"^number_of_the_process (.+)$", page.text, re.MULTILINE)[0] for page in pages})
    assert all("http_server_request_duration_seconds" in page.text for page in pages)
    assert {404} == {answer.status_code for answer in elsewhere}


async def test_a_port_for_measurements_that_is_taken_is_named_in_a_sentence() -> None:
    with serving.listen("127.0.0.1", 0) as taken:
        metrics_port = taken.getsockname()[1]
        async with running(a_free_port(), metrics_port=metrics_port) as process:
            code, told = await ended(process)

    assert 2 == code
    assert f"Port {metrics_port} of 127.0.0.1 cannot be used: " in told


async def test_a_port_that_is_taken_is_named_in_a_sentence() -> None:
    with serving.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        async with running(port) as process:
            code, told = await ended(process)

    assert 2 == code
    assert f"Port {port} of 127.0.0.1 cannot be used: " in told
    assert "Traceback" not in told


async def _workers_of(process: Begun) -> set[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return {int(child) for child in children.split()}


async def test_a_worker_that_dies_is_replaced() -> None:
    port = a_free_port()
    async with running(port, workers=2) as process:
        await until_it_answers(port)
        before = await _workers_of(process)

        os.kill(min(before), signal.SIGKILL)
        async with asyncio.timeout(20):
            while len(await _workers_of(process) - before) < 1:
                await asyncio.sleep(0.02)
        await until_it_answers(port)
        process.send_signal(signal.SIGTERM)

        assert 2 == len(before)
        assert 0 == (await ended(process))[0]


@pytest.mark.parametrize("workers", [1, 2])
async def test_what_cannot_start_ends(workers: int) -> None:
    async with running(a_free_port(), workers, broken=True) as process:
        code, _ = await ended(process)

    assert 3 == code


async def test_a_request_at_work_is_finished_first() -> None:
    app = sample_app()
    listening = serving.listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    server = serving.server(app, host="127.0.0.1", port=port)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        slow = asyncio.create_task(http.get("/v1/slow"))
        await asyncio.wait([slow, asyncio.create_task(app.state.shelf.entered.wait())], return_when="FIRST_COMPLETED")
        server.should_exit = True
        while listening.fileno() != -1:
            await asyncio.sleep(0.01)

        with pytest.raises(httpx.ConnectError):
            await httpx.AsyncClient().get(f"http://127.0.0.1:{port}/health/live")
        app.state.shelf.gate.set()
        answer = await slow
    await task

    assert 200 == answer.status_code


async def test_a_server_among_others_leaves_signals_alone() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    listening = serving.listen("127.0.0.1", 0)
    server = serving.server(sample_app(), host="127.0.0.1", port=0, sockets=[listening])
    task = asyncio.create_task(server.serve())
    await server.answering.wait()

    during = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    server.should_exit = True
    await task

    assert before == during


def test_it_listens_on_either_kind_of_address() -> None:
    with serving.listen("::1", 0) as six, serving.listen("localhost", 0) as four:
        assert (socket.AF_INET6, socket.AF_INET) == (six.family, four.family)


def test_idle_connections_are_closed_by_the_client_and_requests_get_time_to_finish() -> None:
    config = serving.server(sample_app(), host="127.0.0.1", port=0).config

    assert (30, 10) == (config.timeout_keep_alive, config.timeout_graceful_shutdown)
    assert (False, False) == (config.server_header, config.access_log)
