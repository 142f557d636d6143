"""A process that relays until it is killed: `python -m tests.shared.messaging.count DATABASE_URL`."""

import asyncio
import sys

from tests.shared.messaging.fakes import RecordingPublisher
from tests.shared.messaging.relays import a_relay
from tests.shared.stores import a_store


async def relay(url: str) -> None:
    async with a_store(url, has_tables=True) as store:
        publisher = RecordingPublisher()
        publisher.confirming = lambda: print("publishes", flush=True)
        await a_relay(store, publisher, batch=7).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1]))
