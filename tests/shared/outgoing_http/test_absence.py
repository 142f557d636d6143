"""Who asks a neighbour is away until there is an answer, or none."""

import asyncio
import contextlib
from collections.abc import Sequence

import pytest

from shared import context
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import Gathered, NeighbourClient
from tests.shared.outgoing_http.sick_server import Behaviour, SickServer, answers
from tests.shared.stores import eventually


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let who waits be away at once."""
    monkeypatch.setattr(context, "LONG", 0)


@pytest.mark.parametrize("behaviour", [answers(200, b"{}"), answers(503, b"")])
async def test_who_asks_by_oneself_is_away_meanwhile(
    behaviour: Behaviour, server: SickServer, client: NeighbourClient
) -> None:
    server.behaves(behaviour)
    heard: list[int] = []

    with context.Absence(heard.append), contextlib.suppress(NeighbourUnavailable):
        await client.get("/things")

    assert [1, -1] == heard


@pytest.mark.parametrize("seconds", [None, 60.0])
async def test_who_asks_together_with_others_is_away_meanwhile(seconds: float | None) -> None:
    reached, answered, heard = asyncio.Event(), asyncio.Event(), list[int]()

    async def ask_together(numbers: Sequence[int]) -> Sequence[int]:
        reached.set()
        await answered.wait()
        return numbers

    gathered = Gathered[int, int](ask_together, neighbour="numbers")

    async def act(number: int) -> int:
        with context.working_on(context.new_context(seconds=seconds)), context.Absence(heard.append):
            return await gathered(number)

    asking = asyncio.create_task(act(1))
    await reached.wait()
    await eventually(lambda: heard == [1])
    answered.set()

    assert 1 == await asking
    assert [1, -1] == heard
