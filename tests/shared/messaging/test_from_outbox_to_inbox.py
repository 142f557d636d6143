"""The whole way: outbox, relay, RabbitMQ, listener, inbox. Whatever breaks on it, every event takes effect once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from shared.messaging.bus import OutgoingEvent, Publisher, PublishResult
from shared.messaging.envelope import Incoming
from shared.messaging.rabbit import RabbitBus
from shared.messaging.relay import OutboxRelay
from shared.tasks import WakeUp
from tests.servers import RabbitServer
from tests.shared.messaging.buses import RabbitUnderTest, listening
from tests.shared.stores import Hearing, KeptStore, Store, a_message, a_type, eventually

SUBJECTS = ("a", "b", "c")


@pytest.fixture
async def store(kept_store: KeptStore) -> AsyncIterator[Store]:
    async with kept_store.store() as made:
        yield made


@asynccontextmanager
async def relaying(store: Store, type_: str, rabbit: RabbitServer, *, relays: int = 1) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = []
    for _ in range(relays):
        relay = OutboxRelay(
            store.database,
            store.tables,
            RabbitBus(rabbit.url).publisher(),
            source="/things",
            must_arrive=frozenset({type_}),
            wake_up=WakeUp(),
            idle=0.02,
        )
        tasks.append(asyncio.create_task(relay.run(stop)))
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def emit_some(store: Store, type_: str, count: int) -> None:
    for number in range(count):
        await store.emit(a_message(type_, subject=SUBJECTS[number % len(SUBJECTS)]))


def assert_all_in_order_and_once(effects: list[tuple[str, int]], count: int) -> None:
    assert len(effects) == count
    for subject in SUBJECTS:
        sequences = [sequence for its, sequence in effects if its == subject]
        assert sequences == sorted(set(sequences))


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_broker_that_goes_away_and_comes_back_delays_events_but_loses_repeats_and_disorders_none(
    how: str, store: Store, rabbit_server: RabbitServer
) -> None:
    type_ = a_type()
    hearing = Hearing(type_, reaction=store.note)

    async def all_took_effect() -> bool:
        return await store.count(store.effects) >= 90

    async with listening(RabbitUnderTest(rabbit_server.url), hearing), relaying(store, type_, rabbit_server, relays=2):
        await emit_some(store, type_, 30)
        await hearing.has_heard(10)
        await asyncio.sleep(2)  # RabbitMQ 4.0 forgets a quorum queue that was declared within a second of a kill
        await asyncio.to_thread(rabbit_server.stop if how == "stop" else rabbit_server.kill)
        await emit_some(store, type_, 30)
        starting = asyncio.create_task(asyncio.to_thread(rabbit_server.start))
        await emit_some(store, type_, 30)
        await starting
        await eventually(all_took_effect, seconds=30)

    assert_all_in_order_and_once(await store.effects_in_order(), 90)
    assert await store.outbox() == []


async def test_events_from_before_the_first_listener_arrive_once_it_is_there(
    store: Store, rabbit_server: RabbitServer
) -> None:
    type_ = a_type()
    hearing = Hearing(type_, reaction=store.note)
    await emit_some(store, type_, 9)

    async with relaying(store, type_, rabbit_server):
        await asyncio.sleep(0.5)
        before = len(await store.outbox())
        async with listening(RabbitUnderTest(rabbit_server.url), hearing):
            await hearing.has_heard(9)

    assert before == 9
    assert_all_in_order_and_once(await store.effects_in_order(), 9)


async def test_handlers_that_fail_before_or_after_their_commit_let_every_event_take_effect_once(
    store: Store, rabbit_server: RabbitServer
) -> None:
    type_ = a_type()
    rng = random.Random(7)
    tries: Counter[str] = Counter()

    async def note_and_sometimes_fail(event: Incoming) -> None:
        tries[event.id] += 1
        fails = tries[event.id] < 3 and rng.random() < 0.3
        if fails and rng.random() < 0.5:
            raise ValueError("before the commit")
        await store.note(event)
        if fails:
            raise ValueError("after the commit")

    async def all_took_effect() -> bool:
        return await store.count(store.effects) >= 60

    hearing = Hearing(type_, reaction=note_and_sometimes_fail)
    async with listening(RabbitUnderTest(rabbit_server.url), hearing), relaying(store, type_, rabbit_server):
        await emit_some(store, type_, 60)
        await eventually(all_took_effect)

    effects = await store.effects_in_order()
    assert len(effects) == len(set(effects)) == 60
    assert len(hearing.heard) > 60


class CrashingPublisher:
    """Publishes, and then its process is gone: what comes after the confirm never happens."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def publish_all(self, events: Sequence[OutgoingEvent]) -> PublishResult:
        assert (await self._publisher.publish_all(events)).confirmed
        await self._publisher.aclose()
        raise asyncio.CancelledError

    async def aclose(self) -> None:
        await self._publisher.aclose()


async def test_a_relay_that_crashes_after_the_confirm_publishes_twice_with_one_effect(
    store: Store, rabbit_server: RabbitServer
) -> None:
    type_ = a_type()
    hearing = Hearing(type_, reaction=store.note)
    crashing = CrashingPublisher(RabbitBus(rabbit_server.url).publisher())
    await store.emit(a_message(type_))

    async with listening(RabbitUnderTest(rabbit_server.url), hearing):
        relay = OutboxRelay(store.database, store.tables, crashing, source="/things", wake_up=WakeUp())
        await asyncio.wait([asyncio.create_task(relay.run(asyncio.Event()))])
        left = len(await store.outbox())
        async with relaying(store, type_, rabbit_server):
            await hearing.has_heard(2)
            await eventually(partial(is_empty, store))

    assert left == 1
    assert len({event.id for event in hearing.heard}) == 1
    assert len(await store.effects_in_order()) == 1


async def is_empty(store: Store) -> bool:
    return not await store.outbox()
