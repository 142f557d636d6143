"""The relay against real databases and a bus that does what the test says."""

import asyncio
import json

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from shared import context
from shared.tasks import WakeUp
from tests.shared.messaging.fakes import RecordingPublisher
from tests.shared.messaging.relays import a_relay, assert_in_order_per_subject, is_empty, running
from tests.shared.stores import Store, a_message, a_type, eventually


async def test_what_is_committed_is_published_in_order_and_then_gone(store: Store) -> None:
    publisher = RecordingPublisher()
    for number in range(5):
        await store.emit(a_message(data={"n": number}), a_message(data={"n": number + 100}))

    async with running(a_relay(store, publisher)):
        sequences = await publisher.has(10)
        await eventually(is_empty(store))

    assert sequences == sorted(sequences)
    assert [json.loads(event.body)["data"]["n"] for event in publisher.arrived] == [
        0,
        100,
        1,
        101,
        2,
        102,
        3,
        103,
        4,
        104,
    ]
    assert publisher.closed


async def test_an_event_carries_the_request_that_caused_it(store: Store) -> None:
    publisher = RecordingPublisher()
    with context.working_on(context.new_context(request_id="request-1")) as here:
        await store.emit(a_message())

    async with running(a_relay(store, publisher)):
        await publisher.has(1)

    event = json.loads(publisher.arrived[0].body)
    assert (event["source"], event["correlationid"], event["traceparent"]) == ("/things", "request-1", here.traceparent)


async def test_more_than_a_batch_is_published_without_waiting(store: Store) -> None:
    publisher = RecordingPublisher()
    await store.emit(*(a_message(subject=f"thing-{number}") for number in range(95)))

    async with running(a_relay(store, publisher, batch=10, idle=600)):
        await publisher.has(95)


async def test_a_notification_wakes_the_relay(store: Store) -> None:
    publisher, wake_up = RecordingPublisher(), WakeUp()

    async with running(a_relay(store, publisher, wake_up=wake_up, idle=600)):
        await eventually(lambda: leads(store))
        await asyncio.sleep(0.05)
        await store.emit(a_message())
        wake_up.notify()
        await publisher.has(1)


async def leads(store: Store) -> bool:
    if store.database.dialect == "sqlite":
        return True
    held_here = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = pg_locks.database "
        "WHERE locktype = 'advisory' AND datname = current_database()"
    )
    return bool((await store.database.first(text(held_here)))[0])


async def test_the_events_of_a_subject_wait_for_one_that_failed_while_other_subjects_go_on(store: Store) -> None:
    publisher = RecordingPublisher()
    await store.emit(*(a_message(subject=subject) for subject in ("a", "b", "a", "b", "a")))
    (first_a, *_) = [sequence for subject, sequence in await store.outbox() if subject == "a"]
    broken = True
    publisher.fails = lambda event: broken and event.sequence == first_a

    async with running(a_relay(store, publisher)):
        await publisher.has(2)
        before = {json.loads(event.body)["subject"] for event in publisher.arrived}
        calls = publisher.calls
        await eventually(lambda: publisher.calls > calls)
        still = {json.loads(event.body)["subject"] for event in publisher.arrived}
        broken = False
        await publisher.has(5)
        await eventually(is_empty(store))

    assert before == still == {"b"}
    assert_in_order_per_subject(publisher)


async def test_random_failures_neither_lose_nor_disorder_events(store: Store) -> None:
    publisher = RecordingPublisher()
    for number in range(40):
        await store.emit(*(a_message(subject=f"thing-{(number + part) % 7}") for part in range(3)))
    attempts = iter(range(10**9))
    publisher.fails = lambda event: next(attempts) % 5 == 0

    async with running(a_relay(store, publisher, batch=30)):
        await publisher.has(120, seconds=30)
        await eventually(is_empty(store))

    assert len({event.sequence for event in publisher.arrived}) == 120
    assert_in_order_per_subject(publisher)


async def test_an_event_that_nobody_wants_is_dropped(store: Store) -> None:
    publisher = RecordingPublisher()
    unwanted = a_type()
    publisher.unrouted = lambda event: event.type == unwanted
    await store.emit(a_message(unwanted), a_message("things.thing.wanted"))

    async with running(a_relay(store, publisher)):
        await publisher.has(1)
        await eventually(is_empty(store))

    assert ["things.thing.wanted"] == [event.type for event in publisher.arrived]


async def test_an_event_that_must_arrive_waits_until_somebody_wants_it_and_arrives_once(store: Store) -> None:
    publisher, counted = RecordingPublisher(), {"service": "things", "type": "things.thing.precious"}
    wanted = False
    publisher.unrouted = lambda event: event.type == "things.thing.precious" and not wanted
    await store.emit(a_message("things.thing.precious"), a_message("things.thing.other"))
    await store.emit(a_message("things.thing.precious"))

    async with running(a_relay(store, publisher, must_arrive=frozenset({"things.thing.precious"}))):
        before = REGISTRY.get_sample_value("outbox_unrouted_total", counted)
        await publisher.has(1)
        await eventually(lambda: publisher.calls > 3)
        after = REGISTRY.get_sample_value("outbox_unrouted_total", counted)
        waiting = len(await store.outbox())
        wanted = True
        await publisher.has(3)
        await eventually(is_empty(store))

    assert waiting == 2
    assert before is not None, "so that an alert sees the first one as growth"
    assert after is not None
    assert after > before
    assert [event.type.split(".")[2] for event in publisher.arrived] == ["other", "precious", "precious"]
    assert_in_order_per_type(publisher, "things.thing.precious")


def assert_in_order_per_type(publisher: RecordingPublisher, type_: str) -> None:
    sequences = [event.sequence for event in publisher.arrived if event.type == type_]
    assert sequences == sorted(sequences)


async def test_a_full_batch_of_events_that_nobody_wants_yet_does_not_hold_up_the_others(store: Store) -> None:
    publisher = RecordingPublisher()
    publisher.unrouted = lambda event: event.type == "things.thing.precious"
    await store.emit(*(a_message("things.thing.precious", subject=f"thing-{number}") for number in range(30)))
    await store.emit(a_message("things.thing.other"))

    async with running(a_relay(store, publisher, batch=10, must_arrive=frozenset({"things.thing.precious"}))):
        await publisher.has(1)

    assert publisher.arrived[0].type == "things.thing.other"
    assert len(await store.outbox()) == 30


async def test_a_stopped_relay_finishes_what_it_has_in_hand(store: Store) -> None:
    publisher = RecordingPublisher()
    stop = asyncio.Event()
    publisher.confirming = stop.set
    await store.emit(*(a_message() for _ in range(5)))

    await a_relay(store, publisher).run(stop)

    assert len(publisher.arrived) == 5
    assert await store.outbox() == []


@pytest.mark.parametrize("waiting", [0, 3, 40])
async def test_the_depth_and_age_of_the_outbox_are_measured(store: Store, waiting: int) -> None:
    publisher = RecordingPublisher()
    publisher.fails = lambda event: True
    if waiting:
        await store.emit(*(a_message() for _ in range(waiting)))

    source = f"/measured-{store.database.dialect}-{waiting}"
    async with running(a_relay(store, publisher, source=source, most_counted=30)):
        await eventually(lambda: measured("outbox_depth", source) is not None)
        depth, age = measured("outbox_depth", source), measured("outbox_oldest_age_seconds", source)

    assert depth == min(waiting, 30)
    assert age is not None
    assert (age > 0) == bool(waiting)


async def test_who_leads_no_more_tells_nothing_of_the_outbox(store: Store) -> None:
    source = f"/led-{store.database.dialect}"
    async with running(a_relay(store, RecordingPublisher(), source=source)):
        await eventually(lambda: measured("outbox_depth", source) is not None)

    assert measured("outbox_depth", source) is None
    assert measured("outbox_oldest_age_seconds", source) is None


def measured(name: str, source: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"service": source.strip("/")})
