"""The bus of production: RabbitMQ. The only user of aio-pika.

Connections are plain ones that we build anew ourselves when anything ends: aio-pika's "robust" ones restore consumers
behind our back, and sometimes restore them deaf.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Self

import aio_pika
import structlog
from aio_pika.abc import (
    AbstractChannel,
    AbstractConnection,
    AbstractExchange,
    AbstractIncomingMessage,
    AbstractQueue,
    TimeoutType,
)
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, PublishError

from shared.messaging.bus import EXCHANGE, Listener, OutgoingEvent, Published
from shared.messaging.delivery import MOST_TRIES, Outcome, deliver, deliver_together, pause_before_try
from shared.messaging.envelope import CONTENT_TYPE
from shared.tasks import happens_within, jittered
from shared.tls import verifying

PREFETCH = 32
PUBLISH_TIMEOUT = 5.0  # seconds until a publish without a confirm counts as failed
WATCH_EVERY = 10.0  # seconds between two looks whether the broker still knows us as a consumer
_CONNECT_TIMEOUT = 5.0
_SET_UP_TIMEOUT = 10.0
_RECONNECT = 1.0  # seconds, jittered
_BROKER_FAILURES = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)

_log = structlog.get_logger(__name__)


class BrokerLost(Exception):
    """The connection, the channel or the consumer has ended, for whatever reason."""


class RabbitBus:
    """Topic exchange `library.events`; each listener has its own quorum queue and a dead-letter queue beside it.

    At `amqps://` the broker must prove its name by an authority of the system's or of `ca_file`.
    """

    def __init__(self, url: str, *, ca_file: Path | None = None) -> None:
        self._url = url
        self._ca_file = ca_file

    def publisher(self) -> "RabbitPublisher":
        """Return a publisher with a connection of its own, opened when it is first used."""
        return RabbitPublisher(self._url, ca_file=self._ca_file)

    async def listen(self, listener: Listener, stop: asyncio.Event) -> None:
        """Hand events to `listener`, one after the other, until `stop` is set; connects again whenever it must."""
        while not stop.is_set():
            try:
                await self._listen_on_one_connection(listener, stop)
            except (*_BROKER_FAILURES, BrokerLost) as error:
                _log.warning(
                    "listener lost the broker and connects again", listener=listener.name, reason=_reason(error)
                )
                await happens_within(stop, jittered(_RECONNECT))

    async def _listen_on_one_connection(self, listener: Listener, stop: asyncio.Event) -> None:
        async with _connection(self._url, listener.name, self._ca_file) as connection:
            async with asyncio.timeout(_SET_UP_TIMEOUT):  # a broker that has just crashed may stay silent
                channel = await connection.channel(publisher_confirms=False)
                await channel.set_qos(prefetch_count=PREFETCH)
                queue = await _declare(channel, listener)
            async with _Inflow(connection, channel, queue, stop) as inflow:
                _log.info("listening", listener=listener.name)
                async for message in inflow:
                    await _work_on_all(listener, [message, *inflow.waiting()], inflow)


class _Inflow:
    """The messages of one consumer, in order. Ends when `stop` is set, raises BrokerLost when the consumer is gone."""

    def __init__(
        self, connection: AbstractConnection, channel: AbstractChannel, queue: AbstractQueue, stop: asyncio.Event
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._queue = queue
        self._stop = stop
        self._arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        self._helpers: list[asyncio.Task[None]] = []
        self._lost = ""
        self.ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._channel.close_callbacks.add(lambda *_: self._end("the channel was closed"))
        underlay = await self._channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(lambda _: self._end("the broker cancelled the consumer"))
        self._tag = await self._queue.consume(self._arrived.put, timeout=_SET_UP_TIMEOUT)
        self._helpers = [asyncio.create_task(self._end_on_stop()), asyncio.create_task(self._watch())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for helper in self._helpers:
            helper.cancel()
        await asyncio.gather(*self._helpers, return_exceptions=True)
        with contextlib.suppress(*_BROKER_FAILURES):
            await self._queue.cancel(self._tag, timeout=2)
            while not self._arrived.empty():  # not begun: given back, which is no failed try
                if (message := self._arrived.get_nowait()) is not None:
                    await message.nack(requeue=True)

    async def __aiter__(self) -> AsyncIterator[AbstractIncomingMessage]:
        while not self.ended.is_set():
            message = await self._arrived.get()
            if message is not None:
                if self.ended.is_set():
                    self._arrived.put_nowait(message)
                    break
                yield message
        if self._lost:
            raise BrokerLost(self._lost)

    def waiting(self) -> list[AbstractIncomingMessage]:
        """Take the messages that have come meanwhile."""
        taken: list[AbstractIncomingMessage] = []
        while not self.ended.is_set() and not self._arrived.empty():
            if (message := self._arrived.get_nowait()) is not None:
                taken.append(message)
        return taken

    def _end(self, lost: str = "") -> None:
        self._lost = self._lost or lost
        self.ended.set()
        self._arrived.put_nowait(None)

    async def _end_on_stop(self) -> None:
        await self._stop.wait()
        self._end()

    async def _watch(self) -> None:
        """End the inflow when the broker no longer answers on this connection or has no consumer for our queue."""
        while True:
            await asyncio.sleep(WATCH_EVERY)
            try:
                async with self._connection.channel(publisher_confirms=False) as channel:
                    queue = await channel.declare_queue(self._queue.name, passive=True, timeout=_CONNECT_TIMEOUT)
                    if queue.declaration_result.consumer_count:
                        continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the connection is no good any more
                _log.warning(
                    "the watchdog gets no answer from the broker", queue=self._queue.name, reason=_reason(error)
                )
            self._end("the watchdog found no consumer")


async def _work_on_all(listener: Listener, messages: Sequence[AbstractIncomingMessage], inflow: _Inflow) -> None:
    """Work on messages in their order: together where the listener can, else one after the other."""
    if await deliver_together(listener, [message.body for message in messages]):
        await messages[-1].ack(multiple=True)  # and with it all before it: none of those is still in hand
        return
    for message in messages:
        if inflow.ended.is_set():
            await message.nack(requeue=True)  # not begun: given back, which is no failed try
        else:
            await _work_on(listener, message, inflow)


async def _work_on(listener: Listener, message: AbstractIncomingMessage, inflow: _Inflow) -> None:
    number = int(str(message.headers.get("x-delivery-count") or 0)) + 1
    outcome = await deliver(listener, message.body)
    waits = 2
    while outcome is Outcome.UNAVAILABLE:
        # Waited for here, with the message in hand: giving it back would count as a failed try, and lose its place.
        if await happens_within(inflow.ended, pause_before_try(waits)):
            await message.nack(requeue=True)
            return
        waits += 1
        outcome = await deliver(listener, message.body)
    if outcome is Outcome.DONE:
        await message.ack()
    elif outcome is Outcome.UNREADABLE:
        await message.reject(requeue=False)
    else:
        # `reject`, not `nack`: only that counts towards the delivery limit on every version of the broker.
        await happens_within(inflow.ended, pause_before_try(min(number + 1, MOST_TRIES)))
        await message.reject(requeue=True)


async def _declare(channel: AbstractChannel, listener: Listener) -> AbstractQueue:
    exchange = await _declare_exchange(channel)
    dead = f"{listener.name}.dead"
    await channel.declare_queue(dead, durable=True, arguments={"x-queue-type": "quorum"})
    queue = await channel.declare_queue(
        listener.name,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": MOST_TRIES - 1,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            "x-single-active-consumer": True,
        },
    )
    for type_ in listener.types:
        await queue.bind(exchange, routing_key=type_)
    return queue


async def _declare_exchange(channel: AbstractChannel) -> AbstractExchange:
    return await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)


class RabbitPublisher:
    """Publishes with confirms on a connection of its own, which it opens again when it has to."""

    def __init__(self, url: str, *, ca_file: Path | None = None) -> None:
        self._url = url
        self._ca_file = ca_file
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None

    async def publish_all(self, events: Sequence[OutgoingEvent]) -> Published:
        """Send `events` side by side and wait for the broker's word on each."""
        try:
            exchange = await self._ready_exchange()
        except _BROKER_FAILURES as error:
            _log.warning("no connection to the broker; events wait", events=len(events), reason=_reason(error))
            await self.aclose()
            return Published()
        answers = await asyncio.gather(*(_publish(exchange, event) for event in events), return_exceptions=True)
        confirmed, unrouted, failures = set(), set(), []
        for event, answer in zip(events, answers, strict=True):
            if answer is None:
                confirmed.add(event.sequence)
            elif isinstance(answer, PublishError):
                unrouted.add(event.sequence)
            else:
                failures.append(answer)
        if failures:
            _log.warning(
                "the broker did not confirm; these events wait", events=len(failures), reason=_reason(failures[0])
            )
            await self.aclose()
        return Published(frozenset(confirmed), frozenset(unrouted))

    async def aclose(self) -> None:
        """Close the connection; the next publish opens another."""
        connection, self._connection, self._channel, self._exchange = self._connection, None, None, None
        if connection is not None:
            await _close(connection)

    async def _ready_exchange(self) -> AbstractExchange:
        if self._exchange is not None and self._channel is not None and not self._channel.is_closed:
            return self._exchange
        await self.aclose()
        self._connection = await _connect(self._url, "relay", self._ca_file)
        async with asyncio.timeout(_SET_UP_TIMEOUT):
            self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            self._exchange = await _declare_exchange(self._channel)
        return self._exchange


async def _publish(exchange: AbstractExchange, event: OutgoingEvent) -> None:
    message = aio_pika.Message(
        event.body,
        message_id=event.id,
        type=event.type,
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    await exchange.publish(message, routing_key=event.type, mandatory=True, timeout=PUBLISH_TIMEOUT)


class _Connection(aio_pika.Connection):
    """Closes itself when it cannot connect; else its finalizer would, in whatever loop there is then, or in none."""

    async def connect(self, timeout: TimeoutType = None) -> None:  # noqa: ASYNC109 - the library's signature
        try:
            await super().connect(timeout)
        except BaseException:
            await _close(self)
            raise


async def _connect(url: str, name: str, ca_file: Path | None) -> AbstractConnection:
    return await aio_pika.connect(
        url,
        timeout=_CONNECT_TIMEOUT,
        heartbeat=15,
        client_properties={"connection_name": name},
        connection_class=_Connection,
        ssl_context=verifying(ca_file),  # given, so that nothing in the address can switch it off
    )


@contextlib.asynccontextmanager
async def _connection(url: str, name: str, ca_file: Path | None) -> AsyncIterator[AbstractConnection]:
    connection = await _connect(url, name, ca_file)
    try:
        yield connection
    finally:
        await _close(connection)


async def _close(connection: AbstractConnection) -> None:
    with contextlib.suppress(*_BROKER_FAILURES):
        async with asyncio.timeout(2):
            await connection.close()


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
