"""Publishes what waits in an outbox, by relays that are killed, or find no bus."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from loans_service.persistence.tables import plumbing
from shared.messaging.bus import OutgoingEvent
from shared.messaging.relay import OutboxRelay
from shared.persistence.database import Database
from shared.tasks import WakeUp
from tests.shared.messaging.fakes import RecordingPublisher

_BATCHES = (50, 500)
_IDLE = 0.01


class FrailRelays:
    """One relay after the other; `killed` is how many of them were."""

    def __init__(self, database: Database, dice: random.Random) -> None:
        self._database = database
        self._dice = dice
        self.killed = 0

    async def publish(self) -> list[dict[str, Any]]:
        """Publish until nothing waits; return what arrived, some of it twice and in whatever order."""
        arrived = list[dict[str, Any]]()
        while await self._waits():
            publisher = RecordingPublisher()
            await self._run(publisher)
            arrived += [json.loads(event.body) for event in publisher.arrived]
        return arrived

    async def _run(self, publisher: RecordingPublisher) -> None:
        batch = self._dice.choice(_BATCHES)
        relay = OutboxRelay(
            *(self._database, plumbing, publisher), source="/loans", wake_up=WakeUp(), idle=_IDLE, batch=batch
        )
        stop = asyncio.Event()
        running = asyncio.create_task(relay.run(stop))
        breaks: list[Callable[[], object]] = [running.cancel, stop.set, lambda: None, lambda: None]
        publisher.confirming = self._dice.choice(breaks)
        if self._dice.random() < 0.3:
            publisher.fails = self._loses(publisher)
        while not running.done() and await self._waits():
            await asyncio.sleep(_IDLE)
        stop.set()
        await asyncio.wait([running])
        self.killed += running.cancelled()

    def _loses(self, publisher: RecordingPublisher) -> Callable[[OutgoingEvent], bool]:
        return lambda _: publisher.calls < 2 and self._dice.random() < 0.7

    async def _waits(self) -> bool:
        return await self._database.first(select(plumbing.outbox.c.sequence).limit(1)) is not None
