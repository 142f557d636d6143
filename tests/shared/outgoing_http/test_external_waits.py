"""A call to a neighbour is an external wait until its answer or failure."""

import asyncio
import contextlib
from collections.abc import Sequence

import pytest

from shared import context, external_waits
from shared.external_waits import ExternalWaits
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import Gathered, NeighbourClient
from tests.shared.outgoing_http.sick_server import Behaviour, SickServer, answers
from tests.shared.stores import eventually


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait is a long one."""
    monkeypatch.setattr(external_waits, "LONG_WAIT", 0)


@pytest.mark.parametrize("behaviour", [answers(200, b"{}"), answers(503, b"")])
async def test_a_call_is_an_external_wait(behaviour: Behaviour, server: SickServer, client: NeighbourClient) -> None:
    server.behaves(behaviour)
    reported: list[int] = []

    with ExternalWaits(reported.append), contextlib.suppress(NeighbourUnavailable):
        await client.get("/things")

    assert [1, -1] == reported


@pytest.mark.parametrize("seconds", [None, 60.0])
async def test_a_gathered_question_is_an_external_wait(seconds: float | None) -> None:
    reached, answered, reported = asyncio.Event(), asyncio.Event(), list[int]()

    async def ask_together(numbers: Sequence[int]) -> Sequence[int]:
        reached.set()
        await answered.wait()
        return numbers

    gathered = Gathered[int, int](ask_together, neighbour="numbers")

    async def act(number: int) -> int:
        with context.working_on(context.new_context(seconds=seconds)), ExternalWaits(reported.append):
            return await gathered(number)

    asking = asyncio.create_task(act(1))
    await reached.wait()
    await eventually(lambda: reported == [1])
    answered.set()

    assert 1 == await asking
    assert [1, -1] == reported
