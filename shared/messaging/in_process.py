"""The bus of the embedded gear: one process, no broker. An event is delivered once its listeners have handled it."""

import asyncio
from collections.abc import Sequence

import structlog

from shared.messaging.bus import Listener, OutgoingEvent, PublishResult
from shared.messaging.choosing import choosing
from shared.messaging.delivery import MOST_TRIES, DeliveryOutcome, deliver, pause_before_try

_log = structlog.get_logger(__name__)


class InProcessBus:
    """One object, shared by all services of a process.

    No event is held in memory: it stays in its sender's outbox until every listener has handled it, so a crash loses
    none. One that a listener cannot handle goes to `dead`, by the name of the listener.
    """

    def __init__(self) -> None:
        self.dead: dict[str, list[OutgoingEvent]] = {}
        self._listeners: dict[Listener, asyncio.Lock] = {}
        self._subscriptions: dict[str, _Subscription] = {}

    def publisher(self) -> "InProcessPublisher":
        """Return a publisher; all of them reach the same listeners."""
        return InProcessPublisher(self)

    async def listen(self, listener: Listener, stop: asyncio.Event) -> None:
        """Hand events to `listener`, one at a time, until `stop` is set."""
        one_at_a_time = self._listeners.setdefault(listener, asyncio.Lock())
        subscription = self._subscriptions.setdefault(listener.name, _Subscription())
        try:
            async with choosing(listener, subscription, stop):
                await stop.wait()
        finally:
            del self._listeners[listener]
            async with one_at_a_time:
                pass  # the current event has been handled

    async def carry(self, event: OutgoingEvent) -> bool | None:
        """Hand the event to its listeners. True: all handled it; False: one cannot at present; None: it has none."""
        wanting = {listener: lock for listener, lock in self._listeners.items() if self._is_heard(event.type, listener)}
        if not wanting:
            return None
        done = True
        for listener, one_at_a_time in wanting.items():
            async with one_at_a_time:
                done = await self._hand_over(listener, event) and done
        return done

    def _is_heard(self, type_: str, listener: Listener) -> bool:
        chosen = self._subscriptions[listener.name].chosen
        return type_ in (listener.types if chosen is None else chosen)

    async def _hand_over(self, listener: Listener, event: OutgoingEvent) -> bool:
        for number in range(1, MOST_TRIES + 1):
            if number > 1:
                await asyncio.sleep(pause_before_try(number))
            outcome = await deliver(listener, event.body)
            if outcome is DeliveryOutcome.DONE:
                return True
            if outcome is DeliveryOutcome.UNAVAILABLE:
                return False
            if outcome is DeliveryOutcome.UNREADABLE:
                break
        _log.error(
            "event set aside: its listener cannot digest it", listener=listener.name, type=event.type, id=event.id
        )
        self.dead.setdefault(listener.name, []).append(event)
        return True


class _Subscription:
    """Begins with all, since nothing outlives the process: what it chose before, it may have to hear."""

    def __init__(self) -> None:
        self.chosen: frozenset[str] | None = None

    async def choose(self, types: frozenset[str]) -> None:
        self.chosen = types


class InProcessPublisher:
    """Delivers by calling the listeners."""

    def __init__(self, bus: InProcessBus) -> None:
        self._bus = bus

    async def publish_all(self, events: Sequence[OutgoingEvent]) -> PublishResult:
        """Deliver `events` one after the other, and return which of them are done with."""
        confirmed, unrouted = set(), set()
        for event in events:
            done = await self._bus.carry(event)
            if done is None:
                unrouted.add(event.sequence)
            elif done:
                confirmed.add(event.sequence)
        return PublishResult(frozenset(confirmed), frozenset(unrouted))

    async def aclose(self) -> None:
        """There is no connection to close."""
