"""Whether a request waits for something outside the process is reported once the wait is long."""

import asyncio

import pytest

from shared import external_waits
from shared.external_waits import ExternalWaits, external_wait
from tests.shared.stores import eventually


@pytest.fixture
def reported() -> list[int]:
    return []


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait is a long one."""
    monkeypatch.setattr(external_waits, "LONG_WAIT", 0)


@pytest.mark.usefixtures("soon")
async def test_a_long_wait_is_reported_and_so_is_its_end(reported: list[int]) -> None:
    with ExternalWaits(reported.append), external_wait():
        await eventually(lambda: reported == [1])

    assert [1, -1] == reported


async def test_a_short_wait_is_not_reported(reported: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external_waits, "LONG_WAIT", 600)
    with ExternalWaits(reported.append):
        for _ in range(3):
            with external_wait():
                await asyncio.sleep(0)

    assert [] == reported


@pytest.mark.usefixtures("soon")
async def test_of_several_waits_at_once_the_first_and_the_last_count(reported: list[int]) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def ask(answered: asyncio.Event) -> None:
        with external_wait():
            await answered.wait()

    with ExternalWaits(reported.append):
        questions = [asyncio.create_task(ask(answered)) for answered in (first, second)]
        await eventually(lambda: reported == [1])
        first.set()
        await questions[0]
        assert [1] == reported
        second.set()
        await questions[1]

    assert [1, -1] == reported


@pytest.mark.usefixtures("soon")
async def test_work_that_ended_does_not_wait_whatever_it_left_waiting(reported: list[int]) -> None:
    answered = asyncio.Event()

    async def ask() -> None:
        with external_wait():
            await answered.wait()

    with ExternalWaits(reported.append):
        left = asyncio.create_task(ask())
        await eventually(lambda: reported == [1])
    assert [1, -1] == reported
    answered.set()
    await left

    assert [1, -1] == reported


@pytest.mark.usefixtures("soon")
async def test_work_that_is_not_observed_may_wait(reported: list[int]) -> None:
    with ExternalWaits(reported.append):
        pass
    with external_wait():
        await asyncio.sleep(0.01)

    assert [] == reported
