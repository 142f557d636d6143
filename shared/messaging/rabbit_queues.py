"""What a service declares on the broker: the exchange where it is missing, its queues, and their dead-letter queues."""

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity
from pamqp.common import FieldTable

from shared.messaging.bus import EXCHANGE, Listener
from shared.messaging.rabbit_consumer import SET_UP_TIMEOUT

_MOST_RETURNS = 100
"""How often a message is requeued before the broker dead-letters it. We count failed tries ourselves; this is for a
message that crashes the process each time. One that waits here is requeued every half hour, so it can wait two days.
"""


async def declare_queue(channel: AbstractChannel, listener: Listener) -> AbstractQueue:
    """Declare the queue of a listener, and its dead-letter queue with an exchange of its own.

    The default exchange would do, but permission to dead-letter to it is permission to send anything to any queue.
    """
    dead = f"{listener.name}.dead"
    dead_letters = await channel.declare_exchange(dead, aio_pika.ExchangeType.FANOUT, durable=True)
    # A delivery limit would drop letters that are looked at often.
    arguments: FieldTable = {
        "x-queue-type": "quorum",
        "x-delivery-limit": -1,
    }
    dead_queue = await channel.declare_queue(dead, durable=True, arguments=arguments)
    await dead_queue.bind(dead_letters)
    queue = await channel.declare_queue(
        listener.name,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": _MOST_RETURNS,
            "x-dead-letter-exchange": dead,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            "x-single-active-consumer": True,
        },
    )
    if listener.choose is None:
        for type_ in listener.types:
            await queue.bind(EXCHANGE, routing_key=type_)
    return queue


class QueueSubscription:
    """What a queue is bound to. Bindings outlive the process that made them."""

    def __init__(self, queue: AbstractQueue, listener: Listener) -> None:
        self.chosen: frozenset[str] | None = None
        self._queue = queue
        self._types = listener.types

    async def choose(self, types: frozenset[str]) -> None:
        """Bind it to these, and afterwards to no other one of the listener."""
        for type_ in self._types:
            if type_ in types:
                await self._queue.bind(EXCHANGE, routing_key=type_, timeout=SET_UP_TIMEOUT)
        for type_ in self._types:
            if type_ not in types:
                await self._queue.unbind(EXCHANGE, routing_key=type_, timeout=SET_UP_TIMEOUT)
        self.chosen = types


async def make_missing_exchange(connection: AbstractConnection) -> None:
    """Declare the exchange where it is missing. A service without permission to declare it can still use it."""
    try:
        async with connection.channel(publisher_confirms=False) as channel:
            await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True, passive=True)
    except ChannelNotFoundEntity:  # which ends the channel
        async with connection.channel(publisher_confirms=False) as channel:
            await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
