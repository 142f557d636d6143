"""The bus of production: RabbitMQ. With `rabbit_consumer` and `rabbit_queues` the only user of aio-pika.

Connections are plain ones, reopened by ourselves when anything ends: aio-pika's "robust" ones restore consumers by
themselves, and sometimes restore them without deliveries.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from pathlib import Path

import aio_pika
import structlog
from aio_pika.abc import (
    AbstractChannel,
    AbstractConnection,
    AbstractExchange,
    AbstractIncomingMessage,
    TimeoutType,
)
from aio_pika.exceptions import PublishError
from aiormq.exceptions import ChannelAccessRefused

from shared.messaging.bus import EXCHANGE, Listener, OutgoingEvent, PublishResult
from shared.messaging.choosing import choosing
from shared.messaging.delivery import (
    MOST_TRIES,
    DeliveryOutcome,
    FailedTries,
    deliver,
    deliver_together,
    pause_before_try,
)
from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.rabbit_consumer import BROKER_FAILURES, SET_UP_TIMEOUT, BrokerLost, Consumer, consuming
from shared.messaging.rabbit_queues import QueueSubscription, declare_queue, make_missing_exchange
from shared.tasks import happens_within, jittered
from shared.tls import verifying

PREFETCH = 100
PUBLISH_TIMEOUT = 5.0  # seconds until a publish without a confirm counts as failed
_CONNECT_TIMEOUT = 5.0
_RECONNECT = 1.0  # seconds, jittered

_log = structlog.get_logger(__name__)


class RabbitBus:
    """Topic exchange `library.events`; each listener has its own quorum queue and a dead-letter queue beside it.

    All names that a service declares begin with its own, so that the broker can restrict it to these; only the exchange
    is shared, and declared where it is missing.

    At `amqps://` the broker's certificate is verified with the authorities of the system and of `ca_file`.
    """

    def __init__(self, url: str, *, ca_file: Path | None = None) -> None:
        self._url = url
        self._ca_file = ca_file

    def publisher(self) -> "RabbitPublisher":
        """Return a publisher with a connection of its own, opened when it is first used."""
        return RabbitPublisher(self._url, ca_file=self._ca_file)

    async def listen(self, listener: Listener, stop: asyncio.Event) -> None:
        """Hand events to `listener`, one after the other, until `stop` is set; reconnect whenever necessary."""
        failed = FailedTries()
        while not stop.is_set():
            try:
                await self._listen_on_one_connection(listener, stop, failed)
            except (*BROKER_FAILURES, BrokerLost) as error:
                _log_retry("listener lost the broker and connects again", error, listener=listener.name)
                await happens_within(stop, jittered(_RECONNECT))

    async def _listen_on_one_connection(self, listener: Listener, stop: asyncio.Event, failed: FailedTries) -> None:
        async with _connection(self._url, listener.name, self._ca_file) as connection:
            async with asyncio.timeout(SET_UP_TIMEOUT):  # a broker that has just crashed may stay silent
                await make_missing_exchange(connection)
                channel = await connection.channel(publisher_confirms=False)
                await channel.set_qos(prefetch_count=PREFETCH)
                queue = await declare_queue(channel, listener)
            together = listener.handle_together is not None
            async with (
                consuming(connection, channel, queue, stop, together=together) as consumer,
                choosing(listener, QueueSubscription(queue, listener), consumer.ended, *BROKER_FAILURES),
            ):
                _log.info("listening", listener=listener.name)
                while messages := await consumer.arrived():
                    await _work_on_all(listener, messages, consumer, failed)


async def _work_on_all(
    listener: Listener, messages: Sequence[AbstractIncomingMessage], consumer: Consumer, failed: FailedTries
) -> None:
    """Handle messages in their order: together if the listener can, else one after the other."""
    if await deliver_together(listener, [message.body for message in messages]):
        await messages[-1].ack(multiple=True)  # and all before it, none of which is still unhandled
        return
    for message in messages:
        if consumer.ended.is_set():
            await message.nack(requeue=True)  # not begun: requeued, which is no failed try
        else:
            await _work_on(listener, message, consumer, failed)


async def _work_on(
    listener: Listener, message: AbstractIncomingMessage, consumer: Consumer, failed: FailedTries
) -> None:
    outcome = await deliver(listener, message.body)
    waits = 2
    while outcome is DeliveryOutcome.UNAVAILABLE:
        # Waits here with the message, which would lose its position if it were requeued.
        if await happens_within(consumer.ended, pause_before_try(waits)):
            await message.nack(requeue=True)
            return
        waits += 1
        outcome = await deliver(listener, message.body)
    name = message.message_id or sha256(message.body).hexdigest()
    if outcome is DeliveryOutcome.DONE:
        failed.forget(name)
        await message.ack()
        return
    tries = failed.one_more(name)
    if outcome is DeliveryOutcome.UNREADABLE or tries >= MOST_TRIES:
        failed.forget(name)
        await message.reject(requeue=False)
    else:
        await happens_within(consumer.ended, pause_before_try(tries + 1))
        await message.reject(requeue=True)


class RabbitPublisher:
    """Publishes with confirms on a connection of its own, which it reopens when necessary."""

    def __init__(self, url: str, *, ca_file: Path | None = None) -> None:
        self._url = url
        self._ca_file = ca_file
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None

    async def publish_all(self, events: Sequence[OutgoingEvent]) -> PublishResult:
        """Send `events` concurrently and wait for the broker's confirm of each."""
        try:
            exchange = await self._ready_exchange()
        except BROKER_FAILURES as error:
            _log_retry("no connection to the broker; events wait", error, events=len(events))
            await self.aclose()
            return PublishResult()
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
            _log_retry("the broker did not confirm; these events wait", failures[0], events=len(failures))
            await self.aclose()
        return PublishResult(frozenset(confirmed), frozenset(unrouted))

    async def aclose(self) -> None:
        """Close the connection; the next publish opens a new one."""
        connection, self._connection, self._channel, self._exchange = self._connection, None, None, None
        if connection is not None:
            await _close(connection)

    async def _ready_exchange(self) -> AbstractExchange:
        if self._exchange is not None and self._channel is not None and not self._channel.is_closed:
            return self._exchange
        await self.aclose()
        self._connection = await _connect(self._url, "relay", self._ca_file)
        async with asyncio.timeout(SET_UP_TIMEOUT):
            await make_missing_exchange(self._connection)
            self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            self._exchange = await self._channel.get_exchange(EXCHANGE, ensure=False)
        return self._exchange


async def _publish(exchange: AbstractExchange, event: OutgoingEvent) -> None:
    message = aio_pika.Message(
        event.body,
        message_id=event.id,
        type=event.type,
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    await exchange.publish(message, routing_key=event.type, mandatory=event.must_arrive, timeout=PUBLISH_TIMEOUT)


class _Connection(aio_pika.Connection):
    """Closes itself when it cannot connect; otherwise its finalizer would, in another event loop or in none."""

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
        ssl_context=verifying(ca_file),  # explicit, so that no parameter of the address can switch it off
    )


@contextlib.asynccontextmanager
async def _connection(url: str, name: str, ca_file: Path | None) -> AsyncIterator[AbstractConnection]:
    connection = await _connect(url, name, ca_file)
    try:
        yield connection
    finally:
        await _close(connection)


async def _close(connection: AbstractConnection) -> None:
    with contextlib.suppress(*BROKER_FAILURES):
        async with asyncio.timeout(2):
            await connection.close()


def _log_retry(what: str, error: BaseException, **facts: object) -> None:
    """Log a failure after which we try again, as an error when only an operator can resolve it."""
    if isinstance(error, ChannelAccessRefused):
        _log.error(f"{what}; give our user at the broker the right to do this", reason=_reason(error), **facts)
    else:
        _log.warning(what, reason=_reason(error), **facts)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
