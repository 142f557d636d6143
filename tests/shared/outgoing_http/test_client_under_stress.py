"""Deadlines, breaker, retry budget and bulkhead: what keeps an ill neighbour from making us ill."""

import asyncio
import time
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from shared import context
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient, NeighbourTooSlow
from shared.outgoing_http.breaker import ENOUGH_CALLS, IN_A_ROW, State
from tests.shared.outgoing_http.sick_server import (
    SickServer,
    answers,
    hangs,
    refused,
    slowly,
)


async def test_the_deadline_of_the_request_bounds_the_call(server: SickServer, client: NeighbourClient) -> None:
    server.behaves(hangs)
    begun = time.monotonic()

    with context.working_on(context.new_context(seconds=0.12)):
        await refused(client)

    assert time.monotonic() - begun < 5
    assert len(server.requests) == 1


async def test_with_hardly_any_time_left_nothing_is_sent(server: SickServer, client: NeighbourClient) -> None:
    with context.working_on(context.new_context(seconds=0.04)):
        await refused(client)

    assert server.requests == []


async def test_callers_in_a_hurry_do_not_make_a_healthy_neighbour_look_ill(
    server: SickServer, client: NeighbourClient
) -> None:
    server.behaves(slowly(0.15, answers()))
    for _ in range(ENOUGH_CALLS + 2):
        with context.working_on(context.new_context(seconds=0.06)):
            await refused(client)

    assert client._breaker.state is State.CLOSED


async def test_who_is_slow_for_the_patient_is_not_taken_for_dead(
    server: SickServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outgoing_http.client.SILENCE", 0.05)
    client = NeighbourClient(base_url=server.url, neighbour="things", timeout=0.1)
    for _ in range(4):
        server.behaves(hangs)
        await asyncio.gather(*(refused(client) for _ in range(8)))
        server.behaves(answers(200))
        with context.working_on(context.new_context(seconds=60)):
            await client.get("/things")
    before = client._breaker.state

    server.behaves(hangs)
    await asyncio.gather(*(refused(client) for _ in range(IN_A_ROW)))
    await client.aclose()

    assert (before, client._breaker.state) == (State.CLOSED, State.OPEN)


async def test_a_neighbour_that_fails_is_left_alone_and_tried_again_later(
    server: SickServer, client: NeighbourClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outgoing_http.breaker.LONGEST_PAUSE", 0.3)
    client = NeighbourClient(base_url=server.url, neighbour="failing", timeout=2)
    server.behaves(answers(500))
    for _ in range(ENOUGH_CALLS):
        await refused(client)
    sent = len(server.requests)

    error = await refused(client)

    assert error.retry_after >= timedelta(seconds=1)
    assert (client._breaker.state, len(server.requests)) == (State.OPEN, sent)
    assert breaker_shown("failing") == State.OPEN

    server.behaves(answers(200))
    async with asyncio.timeout(30):
        while client._breaker.state is not State.CLOSED:
            await asyncio.sleep(0.02)
            await asyncio.gather(*(client.get("/things") for _ in range(2)), return_exceptions=True)
    assert breaker_shown("failing") == State.CLOSED
    await client.aclose()


def breaker_shown(neighbour: str) -> float | None:
    return REGISTRY.get_sample_value("neighbour_breaker_state", {"service": "library", "neighbour": neighbour})


async def test_retries_do_not_amplify_the_load_on_a_neighbour_that_flickers(server: SickServer) -> None:
    """A third of the answers fail: not enough for the breaker, so that only the budget holds the retries back."""
    client = NeighbourClient(base_url=server.url, neighbour="things", timeout=2)
    server.behaves(*[answers(503) if number % 3 == 0 else answers() for number in range(2000)])

    offered = 600
    for _ in range(offered // 20):
        await asyncio.gather(*(client.get("/things") for _ in range(20)), return_exceptions=True)
    await client.aclose()

    assert client._breaker.state is State.CLOSED
    assert offered < len(server.requests) <= offered * 1.1 + 10


async def test_a_neighbour_that_is_down_sees_hardly_any_of_the_load(server: SickServer) -> None:
    client = NeighbourClient(base_url=server.url, neighbour="things", timeout=2)
    server.behaves(answers(503))

    offered = 600
    for _ in range(offered):
        await refused(client)
    await client.aclose()

    assert len(server.requests) <= offered * 0.1


async def test_one_slow_neighbour_takes_a_bounded_number_of_places(server: SickServer) -> None:
    client = NeighbourClient(base_url=server.url, neighbour="things", max_concurrent=4, timeout=0.3)
    server.behaves(hangs)
    begun = time.monotonic()

    calls = [asyncio.create_task(client.get("/things")) for _ in range(20)]
    results = await asyncio.gather(*calls, return_exceptions=True)

    took = time.monotonic() - begun
    await client.aclose()
    # Who waits for a place may give up just before those who have one, and then says that there was none.
    assert all(isinstance(result, NeighbourUnavailable) for result in results)
    assert sum(isinstance(result, NeighbourTooSlow) for result in results) >= 4
    assert len(server.requests) == server.connections == 4
    assert took < 5


async def test_cancelled_calls_lose_no_places(server: SickServer) -> None:
    """httpx' own pool loses one for good with each call that is cancelled while the pool is contended."""
    client = NeighbourClient(base_url=server.url, neighbour="things", max_concurrent=5, timeout=1)
    server.behaves(slowly(0.01, answers()))

    async def call_and_be_cancelled(number: int) -> None:
        for turn in range(15):
            with_luck = asyncio.create_task(client.get("/things"))
            await asyncio.wait([with_luck], timeout=0.001 * ((number * 7 + turn * 3) % 25))
            with_luck.cancel()
            await asyncio.gather(with_luck, return_exceptions=True)

    await asyncio.gather(*(call_and_be_cancelled(number) for number in range(20)))
    answered = await asyncio.gather(*(client.get("/things") for _ in range(5)))

    assert [response.status_code for response in answered] == [200] * 5
    assert client._breaker.state is State.CLOSED
    await client.aclose()
