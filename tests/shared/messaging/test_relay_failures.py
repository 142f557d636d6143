"""Relays that crash, compete, and lose their database."""

import asyncio

from sqlalchemy import text

from tests.servers import PostgresServer
from tests.shared.messaging.fakes import RecordingPublisher
from tests.shared.messaging.relays import a_relay, assert_in_order_per_subject, is_empty, running
from tests.shared.stores import Store, a_message, a_store, eventually


async def test_a_crash_between_confirm_and_delete_publishes_twice(store: Store) -> None:
    publisher, again = RecordingPublisher(), RecordingPublisher()
    await store.emit(a_message())
    relay = asyncio.create_task(a_relay(store, publisher).run(asyncio.Event()))
    publisher.confirming = relay.cancel  # nothing after the confirm happens any more
    await asyncio.wait([relay])
    left = await store.outbox()

    async with running(a_relay(store, again)):
        await again.has(1)
        await eventually(is_empty(store))

    assert len(left) == 1
    assert publisher.arrived[0].id == again.arrived[0].id


async def test_of_several_relays_one_leads_and_nothing_is_published_twice(store: Store) -> None:
    publisher = RecordingPublisher()
    relays = [a_relay(store, publisher, batch=5) for _ in range(3)]

    async with running(*relays):
        for number in range(30):
            await store.emit(a_message(subject=f"thing-{number % 4}"))
        await publisher.has(30)
        await eventually(is_empty(store))

    assert len(publisher.arrived) == 30
    assert_in_order_per_subject(publisher)


async def test_when_the_leader_is_gone_another_takes_over(store: Store) -> None:
    first, second = RecordingPublisher(), RecordingPublisher()
    leader = asyncio.create_task(a_relay(store, first).run(asyncio.Event()))
    await store.emit(a_message())
    await first.has(1)

    async with running(a_relay(store, second)):
        await store.emit(a_message())
        await first.has(2)
        await eventually(is_empty(store))
        leader.cancel()
        await asyncio.wait([leader])
        await store.emit(a_message())
        await second.has(1)

    assert (len(first.arrived), len(second.arrived)) == (2, 1)


async def test_a_leader_that_loses_its_session_leads_no_longer(postgres_url: str) -> None:
    publisher = RecordingPublisher()
    async with a_store(postgres_url) as store, running(a_relay(store, publisher), a_relay(store, publisher)):
        await store.emit(a_message())
        await publisher.has(1)
        ended = text(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON oid = pg_locks.database "
            "WHERE locktype = 'advisory' AND datname = current_database()"
        )
        assert [row[0] for row in await store.database.rows(ended)] == [True]
        await store.emit(a_message(), a_message())

        await publisher.has(3)
        await eventually(is_empty(store))

    assert_in_order_per_subject(publisher)


async def test_the_relay_outlives_a_restart_of_the_database(postgres_server: PostgresServer, postgres_url: str) -> None:
    publisher = RecordingPublisher()
    async with a_store(postgres_url) as store, running(a_relay(store, publisher)):
        await store.emit(a_message())
        await publisher.has(1)
        await asyncio.to_thread(postgres_server.stop)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(postgres_server.start)
        await eventually(lambda: emitted(store))

        await publisher.has(2)
        await eventually(is_empty(store))


async def emitted(store: Store) -> bool:
    try:
        await store.emit(a_message())
    except Exception:  # noqa: BLE001 - whatever a database says that is still starting
        return False
    return True
