"""Buses as the tests use them: started listening, and looked into from outside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import aio_pika
from aio_pika.exceptions import ChannelClosed

from shared.messaging.bus import Bus, Listener
from shared.messaging.in_process import InProcessBus
from shared.messaging.rabbit import RabbitBus
from tests.shared.stores import Hearing, eventually


class BusUnderTest(Protocol):
    @property
    def bus(self) -> Bus: ...

    async def is_heard(self, listener: Listener) -> bool:
        """Whether what is published now will reach the listener."""

    async def dead_letters(self, listener: Listener) -> list[bytes]:
        """Take out what was set aside for the listener."""


class InProcessUnderTest:
    def __init__(self) -> None:
        self.bus = InProcessBus()

    async def is_heard(self, listener: Listener) -> bool:
        return listener in self.bus._listeners

    async def dead_letters(self, listener: Listener) -> list[bytes]:
        return [event.body for event in self.bus.dead.get(listener.name, [])]


class RabbitUnderTest:
    def __init__(self, url: str) -> None:
        self.url = url
        self.bus = RabbitBus(url)

    async def is_heard(self, listener: Listener) -> bool:
        async with self.channel() as channel:
            try:
                queue = await channel.declare_queue(listener.name, passive=True)
            except ChannelClosed:
                return False
            return bool(queue.declaration_result.consumer_count)

    async def dead_letters(self, listener: Listener) -> list[bytes]:
        return [message.body for message in await self.dead_messages(listener)]

    async def dead_messages(self, listener: Listener) -> list[aio_pika.abc.AbstractIncomingMessage]:
        async with self.channel() as channel:
            queue = await channel.get_queue(f"{listener.name}.dead")
            messages = []
            while (message := await queue.get(no_ack=True, fail=False)) is not None:
                messages.append(message)
            return messages

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
        """A channel past the bus, for what a test does to the broker."""
        connection = await aio_pika.connect(self.url)
        async with connection, connection.channel() as channel:
            yield channel


@asynccontextmanager
async def listening(under_test: BusUnderTest, *hearings: Hearing) -> AsyncIterator[None]:
    """Let all of them listen inside the block."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(under_test.bus.listen(hearing.listener, stop)) for hearing in hearings]
    try:
        for hearing in hearings:
            await eventually(partial(under_test.is_heard, hearing.listener))
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)
