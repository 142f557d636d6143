"""What every bus does. What only a broker can show is in test_rabbit.py."""

import asyncio

import pytest

from shared import context
from shared.kernel.errors import NeighbourUnavailable
from shared.messaging.bus import Publisher, PublishResult
from shared.messaging.delivery import MOST_TRIES
from shared.messaging.envelope import Incoming, UnreadableMessage
from tests.shared.messaging.buses import BusUnderTest, listening
from tests.shared.stores import Hearing, a_type, an_event, an_unreadable_event, eventually


async def test_a_listener_hears_what_it_asked_for_and_nothing_else(
    under_test: BusUnderTest, publisher: Publisher
) -> None:
    wanted, unwanted = a_type(), a_type()
    hearing, other = Hearing(wanted), Hearing(unwanted)

    async with listening(under_test, hearing, other):
        published = await publisher.publish_all([an_event(wanted, 1), an_event(unwanted, 2), an_event(wanted, 3)])
        await hearing.has_heard(2)
        await other.has_heard(1)

    assert published.confirmed == {1, 2, 3}
    assert [event.type for event in hearing.heard] == [wanted, wanted]
    assert [event.type for event in other.heard] == [unwanted]


async def test_two_listeners_hear_the_same_event(under_test: BusUnderTest, publisher: Publisher) -> None:
    type_ = a_type()
    one, two = Hearing(type_), Hearing(type_)

    async with listening(under_test, one, two):
        await publisher.publish_all([an_event(type_, 7)])

        assert await one.has_heard(1) == await two.has_heard(1) == [7]


async def test_an_event_that_nobody_wants_is_told_from_one_that_arrives(
    under_test: BusUnderTest, publisher: Publisher
) -> None:
    wanted = a_type()

    async with listening(under_test, Hearing(wanted)):
        published = await publisher.publish_all([an_event(a_type(), 1), an_event(wanted, 2)])

    assert published == PublishResult(confirmed=frozenset({2}), unrouted=frozenset({1}))


async def test_events_published_one_after_the_other_are_heard_in_that_order(
    under_test: BusUnderTest, publisher: Publisher
) -> None:
    type_ = a_type()
    hearing = Hearing(type_)

    async with listening(under_test, hearing):
        for number in range(1, 51):
            await publisher.publish_all([an_event(type_, number)])

        assert await hearing.has_heard(50) == list(range(1, 51))


async def test_one_event_is_handled_at_a_time(under_test: BusUnderTest, publisher: Publisher) -> None:
    type_ = a_type()
    at_once, most = 0, 0

    async def take_some_time(event: Incoming) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.002)
        at_once -= 1

    hearing = Hearing(type_, reaction=take_some_time)

    async with listening(under_test, hearing):
        await publisher.publish_all([an_event(type_, number, subject=f"thing-{number}") for number in range(20)])
        await hearing.has_heard(20)

    assert most == 1


async def test_a_handler_that_fails_gets_the_event_again(under_test: BusUnderTest, publisher: Publisher) -> None:
    type_ = a_type()
    failures = iter([ValueError("first"), ValueError("second")])

    def fail_twice(event: Incoming) -> None:
        for failure in failures:
            raise failure

    hearing = Hearing(type_, reaction=fail_twice)

    async with listening(under_test, hearing):
        await publisher.publish_all([an_event(type_, 1)])

        assert await hearing.has_heard(3) == [1, 1, 1]
    assert await under_test.dead_letters(hearing.listener) == []


async def test_an_event_that_always_fails_is_set_aside_after_its_tries_and_does_not_stop_the_others(
    under_test: BusUnderTest, publisher: Publisher
) -> None:
    type_ = a_type()
    bad, good = an_event(type_, 1), an_event(type_, 2, subject="thing-2")

    def fail_for_the_first(event: Incoming) -> None:
        if event.sequence == 1:
            raise ValueError("no")

    hearing = Hearing(type_, reaction=fail_for_the_first)

    async with listening(under_test, hearing):
        await publisher.publish_all([bad, good])
        await hearing.has_heard(MOST_TRIES + 1)
        dead: list[bytes] = []

        async def is_dead() -> bool:
            dead.extend(await under_test.dead_letters(hearing.listener))
            return bool(dead)

        await eventually(is_dead)

    assert dead == [bad.body]
    assert sorted(event.sequence for event in hearing.heard) == [1] * MOST_TRIES + [2]


@pytest.mark.parametrize("poison", ["the message", "its data"])
async def test_what_cannot_be_read_is_set_aside_at_once(
    poison: str, under_test: BusUnderTest, publisher: Publisher
) -> None:
    type_ = a_type()
    bad = an_unreadable_event(type_, 1) if poison == "the message" else an_event(type_, 1, data={"size": "large"})

    def read(event: Incoming) -> None:
        if event.data.get("size") == "large":
            raise UnreadableMessage("size is no number")

    hearing = Hearing(type_, reaction=read)

    async with listening(under_test, hearing):
        await publisher.publish_all([bad])
        await publisher.publish_all([an_event(type_, 2)])
        await eventually(lambda: 2 in [event.sequence for event in hearing.heard])

        assert await under_test.dead_letters(hearing.listener) == [bad.body]
    assert len(hearing.heard) == (1 if poison == "the message" else 2)


async def test_an_event_is_handled_in_the_trace_that_caused_it(under_test: BusUnderTest, publisher: Publisher) -> None:
    type_ = a_type()
    seen: list[context.RequestContext | None] = []
    hearing = Hearing(type_, reaction=lambda event: seen.append(context.current()))
    trace = "0af7651916cd43dd8448eb211c80319c"

    async with listening(under_test, hearing):
        await publisher.publish_all(
            [an_event(type_, 1, request_id="request-1", traceparent=f"00-{trace}-b7ad6b7169203331-01")]
        )
        await hearing.has_heard(1)

    assert seen[0] is not None
    assert (seen[0].request_id, seen[0].trace_id) == ("request-1", trace)
    assert context.current() is None


async def test_a_listener_that_cannot_work_now_gets_the_event_when_it_can(
    under_test: BusUnderTest, publisher: Publisher
) -> None:
    type_ = a_type()
    tries = 0

    def be_away_for_longer_than_the_tries_last(event: Incoming) -> None:
        nonlocal tries
        tries += 1
        if tries <= MOST_TRIES + 2:
            raise NeighbourUnavailable("The database is away.")

    hearing = Hearing(type_, reaction=be_away_for_longer_than_the_tries_last)
    event = an_event(type_, 1)

    async with listening(under_test, hearing):
        while not (await publisher.publish_all([event])).confirmed:  # as the relay does
            await asyncio.sleep(0.01)
        await hearing.has_heard(MOST_TRIES + 3)

    assert await under_test.dead_letters(hearing.listener) == []
    assert {event.sequence for event in hearing.heard} == {1}


async def test_listening_ends_when_it_is_told_to_after_the_event_in_hand(
    under_test: BusUnderTest, publisher: Publisher
) -> None:
    type_ = a_type()
    may_end, finished = asyncio.Event(), []

    async def work_until_told(event: Incoming) -> None:
        await may_end.wait()
        finished.append(event.sequence)

    hearing = Hearing(type_, reaction=work_until_told)
    stop = asyncio.Event()
    task = asyncio.create_task(under_test.bus.listen(hearing.listener, stop))
    await eventually(lambda: under_test.is_heard(hearing.listener))
    publishing = asyncio.create_task(publisher.publish_all([an_event(type_, 1)]))
    await hearing.has_heard(1)

    stop.set()
    asyncio.get_running_loop().call_later(0.05, may_end.set)
    await task

    assert finished == [1]
    await publishing
