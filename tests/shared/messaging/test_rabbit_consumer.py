"""What is taken from a queue at once."""

import asyncio
from typing import Any
from unittest.mock import Mock

import pytest

from shared.messaging import rabbit_consumer
from shared.messaging.rabbit_consumer import Consumer


def a_consumer(*, together: bool) -> Consumer:
    return Consumer(Mock(), Mock(), together=together)


async def test_messages_that_are_worked_on_together_wait_a_moment_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rabbit_consumer, "COMPANY", 0.3)
    consumer = a_consumer(together=True)
    first, second = Mock(), Mock()
    await consumer._arrive(first)

    taking = asyncio.create_task(consumer.arrived())
    await asyncio.sleep(0)
    await consumer._arrive(second)

    assert await taking == [first, second]


async def test_messages_that_are_worked_on_one_by_one_wait_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbit_consumer, "COMPANY", 600)
    consumer = a_consumer(together=False)
    only: Any = Mock()
    await consumer._arrive(only)

    assert await consumer.arrived() == [only]


async def test_who_ends_waits_for_no_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbit_consumer, "COMPANY", 600)
    consumer = a_consumer(together=True)
    await consumer._arrive(Mock())

    taking = asyncio.create_task(consumer.arrived())
    await asyncio.sleep(0)
    consumer.end()

    assert await taking == []
