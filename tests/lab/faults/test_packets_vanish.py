"""A node is gone, or a network is cut: no connection breaks, and nothing comes any more."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.messaging.leadership import leadership
from shared.persistence.database import Database
from tests.end_to_end.library import code_of, eventually
from tests.end_to_end.processes import run
from tests.lab.faults.island import Island, MainlandPostgres

SOME_SECONDS = 15.0  # on a machine with much else to do; four, and a moment, on a quiet one


@pytest.fixture(scope="module")
def island() -> Iterator[Island]:
    with Island() as made:
        yield made


@pytest.fixture(scope="module")
def postgres(island: Island) -> Iterator[MainlandPostgres]:
    with MainlandPostgres(island) as server:
        yield server


async def test_a_database_whose_packets_vanish_is_told_of_within_seconds(
    island: Island, postgres: MainlandPostgres, tmp_path: Path
) -> None:
    name = "BOOKS_DATABASE_URL"
    migrated = run("books_service", "migrate", environment={name: postgres.create_database("books")})
    assert 0 == migrated.returncode, migrated.stderr
    theirs = {name: postgres.url_from_island("books"), "LOANS_MEMBERS_URL": "http://127.0.0.1:9"}
    serve = ("books_service", "serve", "--host", island.address, "--port", "8000")
    service = island.begin(*serve, environment=theirs, log=tmp_path / "log")
    try:
        async with httpx.AsyncClient(base_url=f"http://{island.address}:8000", timeout=60, trust_env=False) as desk:
            await eventually(lambda: _answers(desk))
            await asyncio.gather(*(desk.get("/v1/books") for _ in range(6)))  # so that connections are kept
            ready = await desk.get("/health/ready")
            assert 200 == ready.status_code

            with island.losing_packets(postgres.port):
                for _ in range(2):  # over connections that are kept, and over new ones
                    await asyncio.gather(*(_is_refused_in_time(desk) for _ in range(6)))
                ready = await desk.get("/health/ready")

            assert 200 == ready.status_code
            assert ("degraded", "failing") == (ready.json()["status"], ready.json()["checks"]["database"])
            await eventually(lambda: _answers(desk))
    finally:
        service.kill()
        service.wait()


async def _answers(desk: httpx.AsyncClient) -> bool:
    try:
        return (await desk.get("/v1/books")).status_code == 200
    except httpx.TransportError:
        return False


async def _is_refused_in_time(desk: httpx.AsyncClient) -> None:
    began = time.monotonic()
    answer = await desk.get("/v1/books")
    seconds = time.monotonic() - began

    assert 503 == answer.status_code
    assert "unavailable" == code_of(answer)
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    print(f"{seconds:.1f} s")
    assert seconds < SOME_SECONDS


async def test_who_leads_and_vanishes_is_followed_soon(
    island: Island, postgres: MainlandPostgres, tmp_path: Path
) -> None:
    here, log = Database(postgres.create_database("led")), tmp_path / "log"
    there = island.begin("tests.shared.messaging.lead", postgres.url_from_island("led"), environment={}, log=log)

    async def it_has_begun() -> bool:
        return "leads" in log.read_text()

    async def leads() -> bool:
        async with leadership(here) as connect:
            return connect is not None

    try:
        await eventually(it_has_begun)
        with island.losing_packets(postgres.port):
            began = time.monotonic()
            at_first = await leads()
            await eventually(leads, seconds=60)
            print(f"followed after {time.monotonic() - began:.0f} s")

        assert not at_first
    finally:
        there.kill()
        there.wait()
        await here.dispose()
