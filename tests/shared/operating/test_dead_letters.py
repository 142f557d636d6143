"""What a listener could not handle lies at the broker until somebody decides."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import aio_pika
import pytest

from shared.messaging.bus import Listener
from shared.messaging.dead_letters import DeadLetter, go_through
from shared.messaging.delivery import DeliveryOutcome, deliver
from shared.messaging.envelope import Incoming
from shared.messaging.rabbit_queues import declare_queue, make_missing_exchange
from tests.servers import RabbitServer


def an_event(number: int) -> bytes:
    event = {
        "specversion": "1.0", "id": f"event-{number}", "source": "/things", "type": "things.thing.made",
        "subject": "a thing", "time": "2026-03-02T10:00:00Z", "sequence": str(number), "data": {"number": number},
    }  # fmt: skip
    return json.dumps(event).encode()


async def keep(_: DeadLetter) -> bool:
    return False


class Things:
    """A listener whose queue has dead letters: three events, and one that is none."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.handled: list[int] = []
        self.listener = Listener(f"things.{uuid4().hex}", ("things.thing.made",), self._handle)

    async def _handle(self, event: Incoming) -> None:
        if event.data["number"] == 2:
            raise RuntimeError("it cannot be handled yet")
        self.handled.append(event.data["number"])

    async def ids(self) -> list[str]:
        return [letter.id for letter in await go_through(self.url, self.listener.name, keep)]


@pytest.fixture
async def things(rabbit_server: RabbitServer) -> AsyncIterator[Things]:
    made = Things(rabbit_server.url)
    connection = await aio_pika.connect(made.url)
    async with connection:
        await make_missing_exchange(connection)
        async with connection.channel() as channel:
            await declare_queue(channel, made.listener)
            for body in (an_event(1), b"nonsense", an_event(2), an_event(3)):
                await channel.default_exchange.publish(aio_pika.Message(body), routing_key=f"{made.listener.name}.dead")
            yield made
            for name in (made.listener.name, f"{made.listener.name}.dead"):
                await channel.queue_delete(name)


async def test_looking_at_dead_letters_leaves_them_in_their_order_however_often(things: Things) -> None:
    seen = [await things.ids() for _ in range(25)]  # a broker drops of itself what was given back twenty times

    assert seen == [["event-1", "", "event-2", "event-3"]] * 25


async def test_one_that_is_dropped_is_gone_and_no_other(things: Things) -> None:
    async def is_third(letter: DeadLetter) -> bool:
        return letter.id == "event-3"

    await go_through(things.url, things.listener.name, is_third)

    assert await things.ids() == ["event-1", "", "event-2"]


async def test_what_the_listener_handles_now_is_gone_and_what_it_cannot_stays(things: Things) -> None:
    async def handled(letter: DeadLetter) -> bool:
        return await deliver(things.listener, letter.body) is DeliveryOutcome.DONE

    await go_through(things.url, things.listener.name, handled)

    assert things.handled == [1, 3]
    assert await things.ids() == ["", "event-2"]


async def test_a_listener_that_has_never_run_has_no_dead_letters(rabbit_server: RabbitServer) -> None:
    assert await go_through(rabbit_server.url, "things.nobody", keep) == []
