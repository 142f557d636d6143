"""The watch on the event loop sees what holds it, and nothing else."""

import os
import time

import httpx
import pytest
from fastapi import FastAPI

from tests.shared.bad_input import BadRequest
from tests.shared.cpu_time import MOST, cpu_clock_of, grows_faster_than_its_text, in_a_moment


def _work(seconds: float) -> None:
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        pass


async def test_a_bad_request_that_holds_the_loop_fails_by_its_name() -> None:
    app = FastAPI()

    @app.get("/slow")
    async def slow() -> None:
        _work(3 * MOST)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://planted.test") as http:
        with pytest.raises(AssertionError, match="the planted one held the event loop"):
            await BadRequest("the planted one", frozenset({200}), target="/slow").send(http)


async def test_what_is_dear_only_once_is_let_through() -> None:
    costs = iter([3 * MOST, 0.0])

    async def send() -> str:
        _work(next(costs))
        return "answered"

    assert "answered" == await in_a_moment("a request in which garbage is collected", send)


async def test_waiting_costs_nothing() -> None:
    async def send() -> None:
        time.sleep(2 * MOST)

    await in_a_moment("a request on a machine that has other things to do", send)


def test_the_loop_of_another_process_has_its_clock() -> None:
    clock = cpu_clock_of(os.getpid())
    began = clock()

    _work(0.3)

    assert 0.2 < clock() - began < 5


@pytest.mark.parametrize(("power", "found"), [(1, False), (2, True)])
async def test_growth_is_told_by_the_least_of_several_tries(power: int, *, found: bool) -> None:
    async def cost(size: int) -> float:
        return (size / 1_000) ** power / 10

    assert found == await grows_faster_than_its_text(cost, 8_000)
