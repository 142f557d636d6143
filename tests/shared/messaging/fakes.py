"""A bus that does what the test says."""

import asyncio
from collections.abc import Callable, Sequence

from shared.messaging.bus import OutgoingEvent, PublishResult


class RecordingPublisher:
    """Keeps what arrived, in order. `fails` and `unrouted` judge each event; `confirming` is called at the end."""

    def __init__(self) -> None:
        self.arrived: list[OutgoingEvent] = []
        self.calls = 0
        self.fails: Callable[[OutgoingEvent], bool] = lambda event: False
        self.unrouted: Callable[[OutgoingEvent], bool] = lambda event: False
        self.confirming: Callable[[], object] = lambda: None
        self.closed = False
        self._news = asyncio.Event()

    async def publish_all(self, events: Sequence[OutgoingEvent]) -> PublishResult:
        self.calls += 1
        confirmed, unrouted = set(), set()
        for event in events:
            if self.fails(event):
                continue
            if self.unrouted(event):
                unrouted.add(event.sequence)
                continue
            self.arrived.append(event)
            confirmed.add(event.sequence)
        self._news.set()
        self.confirming()
        await asyncio.sleep(0)
        return PublishResult(frozenset(confirmed), frozenset(unrouted))

    async def aclose(self) -> None:
        self.closed = True

    async def has(self, count: int, *, seconds: float = 40) -> list[int]:
        """Wait until `count` events arrived; return their sequence numbers."""
        async with asyncio.timeout(seconds):
            while len(self.arrived) < count:
                self._news.clear()
                await self._news.wait()
        return [event.sequence for event in self.arrived]
