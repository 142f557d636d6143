"""A consumer of a queue of RabbitMQ, with a watchdog that notices when it stops getting messages."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Self

import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

from shared.tasks import happens_within

SET_UP_TIMEOUT = 10.0  # seconds; a broker that has just crashed may stay silent
WATCH_EVERY = 10.0  # seconds between two checks that the broker still lists us as a consumer
COMPANY = 0.05  # seconds that a message waits for others, if they are handled together
BROKER_FAILURES = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)
_ANSWER_TIMEOUT = 5.0

_log = structlog.get_logger(__name__)


class BrokerLost(Exception):
    """The connection, the channel or the consumer has ended."""


class Consumer:
    """Consumes one queue in order, inside the block; messages that were not begun by its end are requeued.

    `ended` is set when `end` is called, or when the channel or the broker's consumer is gone.
    """

    def __init__(self, channel: AbstractChannel, queue: AbstractQueue, *, together: bool) -> None:
        self._channel = channel
        self._queue = queue
        self._together = together
        self._waiting: deque[AbstractIncomingMessage] = deque()
        self._news = asyncio.Event()
        self._lost = ""
        self.ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._channel.close_callbacks.add(lambda *_: self.end(lost="the channel was closed"))
        underlay = await self._channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(lambda _: self.end(lost="the broker cancelled the consumer"))
        self.tag = await self._queue.consume(self._arrive, timeout=SET_UP_TIMEOUT)
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(*BROKER_FAILURES):
            await self._queue.cancel(self.tag, timeout=2)
            while self._waiting:  # requeued, which is no failed try
                await self._waiting.popleft().nack(requeue=True)

    async def arrived(self) -> list[AbstractIncomingMessage]:
        """Wait for messages and return all that have arrived; none once closed.

        Raises BrokerLost unless the close was requested. If messages are handled together, the first waits a moment for
        others: an outbox is published in bursts, and a transaction for a burst costs hardly more than for one message.
        """
        while not self._waiting and not self.ended.is_set():
            self._news.clear()
            await self._news.wait()
        if self._together:
            await happens_within(self.ended, COMPANY)
        if self._lost:
            raise BrokerLost(self._lost)
        if self.ended.is_set():
            return []
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def end(self, *, lost: str = "") -> None:
        """Close the consumer: no further message is begun. `lost` is the reason, if the close was not requested."""
        self._lost = self._lost or lost
        self.ended.set()
        self._news.set()

    async def _arrive(self, message: AbstractIncomingMessage) -> None:
        self._waiting.append(message)
        self._news.set()


async def _watch(connection: AbstractConnection, queue: str, consumer: Consumer) -> None:
    """Close the consumer when the broker no longer lists it or no longer answers."""
    while not await happens_within(consumer.ended, WATCH_EVERY):
        if not await _is_consuming(connection, queue):
            consumer.end(lost="the watchdog found no consumer")
            return


async def _is_consuming(connection: AbstractConnection, name: str) -> bool:
    try:
        async with connection.channel(publisher_confirms=False) as channel:
            queue = await channel.declare_queue(name, passive=True, timeout=_ANSWER_TIMEOUT)
            return bool(queue.declaration_result.consumer_count)
    except Exception as error:  # noqa: BLE001 - whatever it is, the connection is no good any more
        reason = f"{type(error).__name__}: {error}"
        _log.warning("the watchdog gets no answer from the broker", queue=name, reason=reason)
        return False


@contextlib.asynccontextmanager
async def consuming(
    connection: AbstractConnection,
    channel: AbstractChannel,
    queue: AbstractQueue,
    stop: asyncio.Event,
    *,
    together: bool,
) -> AsyncIterator[Consumer]:
    """Yield a watched consumer that is closed when `stop` is set; `together`: messages are collected for a moment."""

    async def end_on_stop() -> None:
        await stop.wait()
        consumer.end()

    async with Consumer(channel, queue, together=together) as consumer:
        watching = _watch(connection, queue.name, consumer)
        helpers = [asyncio.create_task(end_on_stop()), asyncio.create_task(watching)]
        try:
            yield consumer
        finally:
            consumer.end()  # aio-pika may swallow the cancellation of a check; the watchdog then sees this
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
