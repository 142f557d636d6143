"""What only a real broker can show."""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial

import aio_pika
import pytest

from shared.kernel.errors import Unavailable
from shared.messaging import rabbit_consumer
from shared.messaging.bus import Publisher, PublishResult
from shared.messaging.delivery import MOST_TRIES
from shared.messaging.envelope import Incoming
from shared.messaging.rabbit import RabbitBus
from shared.messaging.rabbit_queues import declare_queue
from shared.tasks import happens_within
from tests.ports import quiet_ports
from tests.servers import RabbitServer
from tests.shared.messaging.buses import RabbitUnderTest, listening
from tests.shared.stores import Hearing, Store, a_type, an_event, eventually


@pytest.fixture
def under_test(rabbit_server: RabbitServer) -> RabbitUnderTest:
    return RabbitUnderTest(rabbit_server.url)


@pytest.fixture
async def publisher(under_test: RabbitUnderTest) -> AsyncIterator[Publisher]:
    made = under_test.bus.publisher()
    yield made
    await made.aclose()


async def test_a_broker_that_is_not_there_confirms_nothing_and_raises_nothing() -> None:
    (port,) = quiet_ports(1)
    publisher = RabbitBus(f"amqp://guest:guest@127.0.0.1:{port}/").publisher()

    assert await publisher.publish_all([an_event(a_type())]) == PublishResult()
    tried = [each for each in gc.get_objects() if type(each).__name__ == "_Connection" and each.url.port == port]
    assert all(connection.is_closed for connection in tried)


async def test_a_broker_that_does_not_let_us_in_confirms_nothing(rabbit_server: RabbitServer) -> None:
    publisher = RabbitBus(rabbit_server.url.replace("guest:guest", "guest:wrong")).publisher()

    assert await publisher.publish_all([an_event(a_type())]) == PublishResult()


async def test_a_listener_without_a_broker_waits_for_one_and_can_be_stopped() -> None:
    (port,) = quiet_ports(1)
    bus, stop = RabbitBus(f"amqp://guest:guest@127.0.0.1:{port}/"), asyncio.Event()
    task = asyncio.create_task(bus.listen(Hearing(a_type()).listener, stop))

    done, _ = await asyncio.wait([task], timeout=0.2)
    stop.set()

    assert not done
    await asyncio.wait_for(task, 30)


async def test_what_nobody_wants_and_need_not_arrive_is_not_sent_back(publisher: Publisher) -> None:
    event = replace(an_event(a_type()), must_arrive=False)

    assert await publisher.publish_all([event]) == PublishResult(confirmed=frozenset({event.sequence}))


async def test_messages_outlive_the_broker_and_say_what_they_are(
    under_test: RabbitUnderTest, publisher: Publisher
) -> None:
    event = an_event(a_type())

    async with under_test.channel() as channel:
        exchange = await channel.declare_exchange("library.events", "topic", durable=True)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, routing_key=event.type)
        await publisher.publish_all([event])
        message = await queue.get(no_ack=True)

    assert (message.delivery_mode, message.content_type) == (2, "application/cloudevents+json")
    assert (message.message_id, message.type, message.body) == (event.id, event.type, event.body)


async def test_an_event_that_ends_the_process_each_time_is_a_dead_letter_in_the_end(
    under_test: RabbitUnderTest, publisher: Publisher
) -> None:
    hearing = Hearing(a_type())
    await _let_wait(1, hearing, under_test, publisher)

    async with under_test.channel() as channel:
        queue = await channel.get_queue(hearing.listener.name)
        await queue.consume(partial(aio_pika.IncomingMessage.nack, requeue=True))
        await eventually(partial(under_test.dead_letters, hearing.listener))


async def test_what_has_to_wait_is_not_set_aside_however_often_its_listener_ends_meanwhile(
    under_test: RabbitUnderTest, publisher: Publisher
) -> None:
    def be_away(event: Incoming) -> None:
        raise Unavailable("The database is away.")

    hearing = Hearing(a_type(), reaction=be_away)
    await _let_wait(1, hearing, under_test, publisher)

    for _ in range(MOST_TRIES + 2):
        async with listening(under_test, hearing):
            await hearing.has_heard(1)
        hearing.heard.clear()

    assert await under_test.dead_letters(hearing.listener) == []


async def test_a_crash_between_the_effect_and_its_acknowledgement_repeats_the_message_but_not_the_effect(
    under_test: RabbitUnderTest, publisher: Publisher, store: Store
) -> None:
    type_ = a_type()
    took_effect = asyncio.Event()

    async def take_effect_and_hang(event: Incoming) -> None:
        await store.note(event)
        took_effect.set()
        await asyncio.Event().wait()

    hanging = Hearing(type_, reaction=take_effect_and_hang)
    again = Hearing(type_, name=hanging.listener.name, reaction=store.note)
    crashing = asyncio.create_task(under_test.bus.listen(hanging.listener, asyncio.Event()))
    await eventually(lambda: under_test.is_heard(hanging.listener))
    await publisher.publish_all([an_event(type_, 1)])
    await took_effect.wait()

    crashing.cancel()
    await asyncio.gather(crashing, return_exceptions=True)
    async with listening(under_test, again):
        await again.has_heard(1)

    assert await store.effects_in_order() == [("thing-1", 1)]


async def test_a_queue_that_is_deleted_is_declared_again(under_test: RabbitUnderTest, publisher: Publisher) -> None:
    type_ = a_type()
    hearing = Hearing(type_)

    async with listening(under_test, hearing):
        async with under_test.channel() as channel:
            await channel.queue_delete(hearing.listener.name)
        await eventually(lambda: under_test.is_heard(hearing.listener))
        await publisher.publish_all([an_event(type_, 1)])

        assert await hearing.has_heard(1) == [1]


async def test_a_consumer_that_the_broker_no_longer_knows_is_noticed(
    under_test: RabbitUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbit_consumer, "WATCH_EVERY", 0.05)
    async with await aio_pika.connect(under_test.url) as connection, connection.channel() as channel:
        queue = await declare_queue(channel, Hearing(a_type()).listener)

        async def listen_until_forgotten() -> None:
            async with rabbit_consumer.consuming(
                connection, channel, queue, asyncio.Event(), together=False
            ) as consumer:
                await queue.cancel(consumer.tag)
                await consumer.arrived()

        with pytest.raises(rabbit_consumer.BrokerLost, match="watchdog"):
            await asyncio.wait_for(listen_until_forgotten(), 30)


async def test_a_watched_consumer_that_is_known_goes_on(
    under_test: RabbitUnderTest, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbit_consumer, "WATCH_EVERY", 0.02)
    type_ = a_type()
    hearing = Hearing(type_)

    async with listening(under_test, hearing):
        for number in range(10):
            await publisher.publish_all([an_event(type_, number)])
            await asyncio.sleep(0.02)

        assert await hearing.has_heard(10) == list(range(10))


async def test_of_two_workers_one_hears_everything_until_it_stops(
    under_test: RabbitUnderTest, publisher: Publisher
) -> None:
    type_ = a_type()
    first = Hearing(type_)
    second = Hearing(type_, name=first.listener.name)

    async with listening(under_test, second):
        stop = asyncio.Event()
        later = asyncio.create_task(under_test.bus.listen(first.listener, stop))
        await publisher.publish_all([an_event(type_, number) for number in range(10)])
        await second.has_heard(10)
        assert not first.heard
        second.heard.clear()
    await publisher.publish_all([an_event(type_, number) for number in range(10, 20)])

    assert sorted(await first.has_heard(10)) == list(range(10, 20))
    assert not second.heard
    stop.set()
    await later


async def test_what_a_stopping_listener_has_not_begun_is_given_back(
    under_test: RabbitUnderTest, publisher: Publisher
) -> None:
    type_ = a_type()
    may_end = asyncio.Event()
    slow = Hearing(type_, reaction=lambda event: may_end.wait())
    stop = asyncio.Event()
    stopping = asyncio.create_task(under_test.bus.listen(slow.listener, stop))
    await eventually(lambda: under_test.is_heard(slow.listener))
    await publisher.publish_all([an_event(type_, number) for number in range(10)])
    await slow.has_heard(1)

    stop.set()
    may_end.set()
    await stopping
    successor = Hearing(type_, name=slow.listener.name)
    async with listening(under_test, successor):
        await successor.has_heard(9)

    heard = Counter(event.sequence for event in slow.heard + successor.heard)
    assert heard == Counter(range(10))


async def test_events_that_wait_are_handed_over_together_and_in_order(
    under_test: RabbitUnderTest, publisher: Publisher
) -> None:
    hearing, batches = Hearing(a_type()), list[list[int]]()

    async def handle_together(events: Sequence[Incoming]) -> None:
        batches.append([event.sequence for event in events])

    hearing.listener = replace(hearing.listener, handle_together=handle_together)
    await _let_wait(20, hearing, under_test, publisher)

    async with listening(under_test, hearing):
        await eventually(lambda: sum(map(len, batches)) + len(hearing.heard) == 20)

    assert max(len(batch) for batch in batches) > 1
    alone = [event.sequence for event in hearing.heard]
    assert sorted([*alone, *(number for batch in batches for number in batch)]) == list(range(1, 21))
    assert all(batch == sorted(batch) for batch in batches)
    async with listening(under_test, hearing):
        assert not await happens_within(asyncio.Event(), 0.2)
    assert sum(map(len, batches)) + len(hearing.heard) == 20, "what was handed over together is acknowledged"


async def test_events_that_fail_together_are_handed_over_one_by_one_and_only_the_bad_one_is_set_aside(
    under_test: RabbitUnderTest, publisher: Publisher
) -> None:
    def refuse_the_third(event: Incoming) -> None:
        if event.sequence == 3:
            raise ValueError("not this one")

    async def handle_together(events: Sequence[Incoming]) -> None:
        raise ValueError("not all of them")

    hearing = Hearing(a_type(), reaction=refuse_the_third)
    hearing.listener = replace(hearing.listener, handle_together=handle_together)
    await _let_wait(5, hearing, under_test, publisher)

    async with listening(under_test, hearing):
        await eventually(
            lambda: Counter(event.sequence for event in hearing.heard) == {1: 1, 2: 1, 3: MOST_TRIES, 4: 1, 5: 1}
        )
        await eventually(partial(under_test.dead_letters, hearing.listener))


async def _let_wait(count: int, hearing: Hearing, under_test: RabbitUnderTest, publisher: Publisher) -> None:
    """Leave `count` events in the listener's queue."""
    async with listening(under_test, hearing):
        pass  # declares the queue
    for number in range(1, count + 1):
        await publisher.publish_all([an_event(hearing.listener.types[0], number)])


async def test_a_broker_that_stops_and_starts_again_ends_neither_publishing_nor_listening(
    under_test: RabbitUnderTest, publisher: Publisher, rabbit_server: RabbitServer
) -> None:
    type_ = a_type()
    hearing = Hearing(type_)

    async with listening(under_test, hearing):
        await publisher.publish_all([an_event(type_, 1)])
        await hearing.has_heard(1)
        await asyncio.to_thread(rabbit_server.stop)
        while_away = await publisher.publish_all([an_event(type_, 2)])
        await asyncio.to_thread(rabbit_server.start)
        async with asyncio.timeout(20):
            while not (await publisher.publish_all([an_event(type_, 3)])).confirmed:
                await asyncio.sleep(0.05)
        await eventually(lambda: 3 in [event.sequence for event in hearing.heard])

    assert while_away == PublishResult()
    # The first may come once more: the broker may have stopped before it was told of it.
    assert [event.sequence for event in hearing.heard] in ([1, 3], [1, 1, 3])
