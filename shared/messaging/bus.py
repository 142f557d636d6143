"""What the services need of a message bus, whichever it is."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.messaging.envelope import Incoming

EXCHANGE = "library.events"
"""Where all events of all services go to."""


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event ready to be sent. `body` is the whole CloudEvent; `sequence` is how the sender recognises it."""

    sequence: int
    id: str
    type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """How sending went, by sequence number. What is in neither set did not arrive and may be sent again."""

    confirmed: frozenset[int] = frozenset()
    unrouted: frozenset[int] = frozenset()


class Publisher(Protocol):
    """Sends events and waits until they are safe."""

    async def publish_all(self, events: Sequence[OutgoingEvent]) -> Published:
        """Send `events`, which may arrive in any order. Does not raise when the bus is away: nothing is confirmed."""

    async def aclose(self) -> None:
        """Let go of the connection."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to hear of what. `name` (`service.purpose`) is the queue's name and stays the same for ever.

    `handle` gets one event at a time. It must be harmless when it gets the same one twice, and has to look at
    `sequence` if it keeps a state: one that failed comes again after others. It may raise Unreadable for data that it
    will never understand; `Unavailable` and failures of the database are waited out; anything else is a failed try.

    `handle_together`, if there is one, does the same for several events that wait: all of them, or none. When it
    raises, whatever it is, each goes to `handle` by itself, so that the guilty one is found.
    """

    name: str
    types: tuple[str, ...]
    handle: Callable[[Incoming], Awaitable[None]]
    handle_together: Callable[[Sequence[Incoming]], Awaitable[None]] | None = None


class Bus(Protocol):
    """Carries events from publishers to listeners, at least once each."""

    def publisher(self) -> Publisher:
        """Return a publisher of its own."""

    async def listen(self, listener: Listener, stop: asyncio.Event) -> None:
        """Hand events to `listener` until `stop` is set; returns when the last one is done with."""
