"""An independent consumer of the library's events: sees what any other system on the broker would see."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aio_pika
from cloudevents.core.formats.json import JSONFormat

EXCHANGE = "library.events"
QUEUE = "test.witness"


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as it lay in the queue. `attributes` are those that an independent reader of CloudEvents found."""

    routing_key: str
    content_type: str | None
    persistent: bool
    attributes: dict[str, Any]
    data: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.attributes["id"])

    @property
    def type(self) -> str:
        return str(self.attributes["type"])

    @property
    def subject(self) -> str:
        return str(self.attributes["subject"])

    @property
    def sequence(self) -> int:
        return int(self.attributes["sequence"])


class Witness:
    """Has a durable queue of its own, bound to what `pattern` says, and looks into it when it is asked."""

    pattern = "loans.#"

    def __init__(self, url: str) -> None:
        self._url = url
        self.seen: list[Seen] = []

    async def take_place(self) -> None:
        """Declare and bind the queue; from now on nothing is missed, not even while the broker is down."""
        async with await aio_pika.connect(self._url) as connection:
            channel = await connection.channel()
            exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
            queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
            await queue.bind(exchange, self.pattern)

    async def until(self, enough: Callable[[list[Seen]], bool], seconds: float = 40) -> list[Seen]:
        """Take events from the queue until there are enough of them; return all that were ever seen."""
        end = time.monotonic() + seconds
        async with await aio_pika.connect(self._url) as connection:
            channel = await connection.channel()
            queue = await channel.get_queue(QUEUE)
            while not enough(self.seen):
                message = await queue.get(no_ack=True, fail=False)
                if message is not None:
                    self.seen.append(read(message))
                elif time.monotonic() < end:
                    await asyncio.sleep(0.02)
                else:
                    raise AssertionError(f"not enough events within {seconds} s; the last: {self.seen[-10:]}")
        return self.seen

    async def of_copy(self, copy_id: str, count: int, seconds: float = 40) -> list[Seen]:
        """Return the events about this copy, each once, as soon as there are `count` of them.

        A scan that is repeated tells again where the copy is, and does not count.
        """

        def about_it(seen: list[Seen]) -> list[Seen]:
            return list({event.id: event for event in seen if event.subject == copy_id}.values())

        def counted(seen: list[Seen]) -> int:
            acts = sum("loan_id" in event.data for event in about_it(seen))
            return acts + min(acts, len(about_it(seen)) - acts)

        return about_it(await self.until(lambda seen: counted(seen) >= count, seconds))


def read(message: aio_pika.abc.AbstractIncomingMessage) -> Seen:
    """Return a message as an independent reader of CloudEvents takes it."""
    event = JSONFormat().read(None, message.body)
    data = event.get_data()
    assert isinstance(data, dict)
    return Seen(
        routing_key=message.routing_key or "",
        content_type=message.content_type,
        persistent=message.delivery_mode is aio_pika.DeliveryMode.PERSISTENT,
        attributes=event.get_attributes(),
        data=data,
    )
