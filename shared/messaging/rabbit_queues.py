"""What a service makes for itself on the broker: the exchange if nobody has, its queues, and where dead letters go."""

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity
from pamqp.common import FieldTable

from shared.messaging.bus import EXCHANGE, Listener

_MOST_RETURNS = 100
"""How often the broker takes a message back before it is dead. We count failed tries ourselves: this is for one that
ends our process each time. A message that waits with us is taken back every half an hour: so it may wait for two days.
"""


async def declare_queue(channel: AbstractChannel, listener: Listener) -> AbstractQueue:
    """Make the listener's queue, and where its dead letters go to: a queue beside it, by an exchange of their own.

    By the default exchange they would need no other. But who may have dead letters sent there may send anything to
    any queue.
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
    for type_ in listener.types:
        await queue.bind(EXCHANGE, routing_key=type_)
    return queue


async def make_missing_exchange(connection: AbstractConnection) -> None:
    """Make the exchange if it is not there. Whoever may not make it may use it all the same."""
    try:
        async with connection.channel(publisher_confirms=False) as channel:
            await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True, passive=True)
    except ChannelNotFoundEntity:  # which ends the channel
        async with connection.channel(publisher_confirms=False) as channel:
            await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
