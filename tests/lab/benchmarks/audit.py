"""Reads along: every event that a contestant publishes goes into a queue of ours as well, and is accounted for."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiormq
from aiormq.abc import AbstractChannel, DeliveredMessage

CHECKED_OUT = "loans.loan.checked_out"
RETURNED = "loans.loan.returned"
AVAILABILITY = "loans.copy.availability_changed"

_TIMEOUT = 30.0


class Audit:
    """What was published so far: how many of each type, how many more than once or, per subject, out of order."""

    def __init__(self, queue: str, channel: AbstractChannel) -> None:
        self.arrived: Counter[str] = Counter()
        self.repeated = 0
        self.disordered = 0
        self._queue = queue
        self._channel = channel
        self._ids: set[str] = set()
        self._newest: dict[str, int] = defaultdict(int)

    @classmethod
    @asynccontextmanager
    async def of(cls, exchange: str, rabbit_url: str) -> AsyncIterator["Audit"]:
        """Collect all that is published on `exchange` inside the block."""
        connection = await aiormq.connect(rabbit_url)
        channel = await connection.channel()
        await channel.exchange_declare(exchange=exchange, exchange_type="topic", durable=True)
        queue = f"audit.{exchange}"
        await channel.queue_declare(queue, exclusive=True)
        await channel.queue_bind(queue, exchange, "loans.#")
        try:
            yield cls(queue, channel)
        finally:
            await connection.close()

    async def read(self, *, expected: int) -> None:
        """Read until `expected` events have arrived in all, or none has come for a while."""
        news: asyncio.Queue[DeliveredMessage] = asyncio.Queue()
        consumer = await self._channel.basic_consume(self._queue, news.put, no_ack=True)
        while self.arrived.total() < expected:
            try:
                self._note(await asyncio.wait_for(news.get(), _TIMEOUT))
            except TimeoutError:
                break
        await self._channel.basic_cancel(consumer.consumer_tag or "")
        while not news.empty():
            self._note(news.get_nowait())

    def faults(self, *, check_outs: int, returns: int) -> list[str]:
        """Return in words what differs from one event of its kind and one availability per act, each once, in order."""
        expected = {CHECKED_OUT: check_outs, RETURNED: returns, AVAILABILITY: check_outs + returns}
        found = [
            f"{self.arrived[type_]} events {type_} instead of {count}"
            for type_, count in expected.items()
            if self.arrived[type_] != count
        ]
        if self.repeated:
            found.append(f"{self.repeated} events more than once")
        if self.disordered:
            found.append(f"{self.disordered} events out of order")
        return found

    def _note(self, message: DeliveredMessage) -> None:
        event = json.loads(message.body)
        if event["id"] in self._ids:
            self.repeated += 1
            return
        self._ids.add(event["id"])
        self.arrived[event["type"]] += 1
        sequence = int(event["sequence"])
        self.disordered += sequence <= self._newest[event["subject"]]
        self._newest[event["subject"]] = sequence
