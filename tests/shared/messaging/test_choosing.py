"""A listener may choose which of its types it hears, and choose again."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.messaging.bus import Publisher, Subscription
from shared.messaging.rabbit import RabbitBus
from tests.servers import RabbitServer
from tests.shared.messaging.buses import BusUnderTest, RabbitUnderTest, listening
from tests.shared.stores import Hearing, a_type, an_event, eventually


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.choosing.CHOOSES_EVERY", 0.02)


class Choice:
    """What a listener wants; `made` is what it has chosen."""

    def __init__(self, *types: str) -> None:
        self.wanted = frozenset(types)
        self.made: frozenset[str] | None = None
        self.fails = 0

    async def __call__(self, subscription: Subscription) -> None:
        if self.fails:
            self.fails -= 1
            raise ValueError("it cannot choose now")
        await subscription.choose(self.wanted)
        self.made = subscription.chosen

    def is_made(self) -> Callable[[], bool]:
        return lambda: self.made == self.wanted


def _choosy(hearing: Hearing, choice: Choice) -> Hearing:
    hearing.listener = replace(hearing.listener, choose=choice)
    return hearing


async def test_it_hears_what_it_has_chosen_until_it_chooses_something_else(
    under_test: BusUnderTest, publisher: Publisher
) -> None:
    one, other = a_type(), a_type()
    choice = Choice(one)
    hearing = _choosy(Hearing(one, other), choice)

    async with listening(under_test, hearing):
        await eventually(choice.is_made())
        first = await publisher.publish_all([an_event(one, 1), an_event(other, 2)])
        choice.wanted = frozenset({other})
        await eventually(choice.is_made())
        second = await publisher.publish_all([an_event(one, 3), an_event(other, 4)])
        choice.wanted = frozenset()
        await eventually(choice.is_made())
        third = await publisher.publish_all([an_event(one, 5), an_event(other, 6)])

        assert [1, 4] == await hearing.has_heard(2)

    assert [{1}, {4}, set()] == [one.confirmed for one in (first, second, third)]
    assert [{2}, {3}, {5, 6}] == [one.unrouted for one in (first, second, third)]


async def test_what_was_chosen_before_a_restart_is_heard_until_it_has_chosen_again(
    under_test: BusUnderTest, publisher: Publisher
) -> None:
    one, other = a_type(), a_type()
    choice = Choice(one)
    hearing = _choosy(Hearing(one, other), choice)
    async with listening(under_test, hearing):
        await eventually(choice.is_made())
    choice.fails = 1_000_000

    async with listening(under_test, hearing):
        published = await publisher.publish_all([an_event(one, 1)])
        await hearing.has_heard(1)

    assert {1} == published.confirmed


async def test_a_choice_that_fails_is_made_later_and_ends_no_listening(
    under_test: BusUnderTest, publisher: Publisher
) -> None:
    one, other = a_type(), a_type()
    choice = Choice(one)
    hearing = _choosy(Hearing(one, other), choice)

    async with listening(under_test, hearing):
        await eventually(choice.is_made())
        choice.fails, choice.wanted = 3, frozenset({one, other})
        await publisher.publish_all([an_event(one, 1)])
        await hearing.has_heard(1)
        await eventually(choice.is_made())
        await publisher.publish_all([an_event(other, 2)])

        assert [1, 2] == await hearing.has_heard(2)


async def test_what_nobody_listens_to_while_the_listener_is_away_waits_for_it(rabbit_server: RabbitServer) -> None:
    one, publisher, under_test = a_type(), RabbitBus(rabbit_server.url).publisher(), RabbitUnderTest(rabbit_server.url)
    choice = Choice(one)
    hearing = _choosy(Hearing(one), choice)
    async with listening(under_test, hearing):
        await eventually(choice.is_made())

    published = await publisher.publish_all([an_event(one, 1)])
    await publisher.aclose()

    assert {1} == published.confirmed
    async with listening(under_test, hearing):
        assert [1] == await hearing.has_heard(1)
