"""What the services need of a message bus."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.messaging.envelope import Incoming

EXCHANGE = "library.events"
"""The exchange of all events of all services."""

CHOOSES_EVERY = 3.0  # seconds


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event ready to be sent. `body` is the whole CloudEvent; `sequence` is how the sender recognises it.

    Whether somebody wants it is asked only of what `must_arrive`: the broker sends all of it back, which costs as much
    as storing it.
    """

    sequence: int
    id: str
    type: str
    body: bytes
    must_arrive: bool = True


@dataclass(frozen=True, slots=True)
class PublishResult:
    """The outcome of sending, by sequence number. Events in neither set did not arrive and may be sent again.

    What nobody wants is `unrouted` if it must arrive, and else may be `confirmed` as well.
    """

    confirmed: frozenset[int] = frozenset()
    unrouted: frozenset[int] = frozenset()


class Subscription(Protocol):
    """Which of its types a listener hears at present."""

    @property
    def chosen(self) -> frozenset[str] | None:
        """What was chosen last on this connection; None: nothing yet, so that it hears what it heard before."""

    async def choose(self, types: frozenset[str]) -> None:
        """Hear these from now on, and no other one."""


class Publisher(Protocol):
    """Sends events and waits until they are safe."""

    async def publish_all(self, events: Sequence[OutgoingEvent]) -> PublishResult:
        """Send `events`, which may arrive in any order. Confirms none, and does not raise, when the bus is down."""

    async def aclose(self) -> None:
        """Close the connection."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A subscription to event types. `name` (`service.purpose`) is the name of the queue, and never changes.

    `handle` gets one event at a time. It must be idempotent, and must check `sequence` if it stores state: an event
    that failed is redelivered after later ones. It may raise Unreadable for data that it will never understand;
    `Unavailable` and failures of the database are waited out; any other exception is a failed try.

    `handle_together`, if set, handles several waiting events: all of them, or none. When it raises, each is passed to
    `handle` by itself, so that only the faulty one fails.

    `choose`, if set, is called when listening begins and every few seconds, and chooses which of `types` are heard, so
    that what nobody wants to hear costs nothing. On a new queue nothing is heard before it has chosen.
    """

    name: str
    types: tuple[str, ...]
    handle: Callable[[Incoming], Awaitable[None]]
    handle_together: Callable[[Sequence[Incoming]], Awaitable[None]] | None = None
    choose: Callable[[Subscription], Awaitable[None]] | None = None


class Bus(Protocol):
    """Carries events from publishers to listeners, at least once each."""

    def publisher(self) -> Publisher:
        """Return a new publisher."""

    async def listen(self, listener: Listener, stop: asyncio.Event) -> None:
        """Hand events to `listener` until `stop` is set; return when the last one has been handled."""
