"""Relays as the tests use them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from shared.messaging.relay import OutboxRelay
from shared.tasks import WakeUp
from tests.shared.messaging.fakes import RecordingPublisher
from tests.shared.stores import Store


def a_relay(store: Store, publisher: RecordingPublisher, **changes: Any) -> OutboxRelay:
    options: dict[str, Any] = {"source": "/things", "wake_up": WakeUp(), "idle": 0.02} | changes
    return OutboxRelay(store.database, store.tables, publisher, **options)


@asynccontextmanager
async def running(*relays: OutboxRelay) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.create_task(relay.run(stop)) for relay in relays]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def is_empty(store: Store) -> Callable[[], Any]:
    async def look() -> bool:
        return not await store.outbox()

    return look


def assert_in_order_per_subject(publisher: RecordingPublisher) -> None:
    """Every first arrival comes after the first arrivals of all earlier events of its subject."""
    newest: dict[str, int] = {}
    seen = set()
    for event in publisher.arrived:
        if event.sequence not in seen:
            seen.add(event.sequence)
            subject = json.loads(event.body)["subject"]
            assert newest.get(subject, 0) < event.sequence
            newest[subject] = event.sequence
