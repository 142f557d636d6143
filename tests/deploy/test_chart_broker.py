"""Whom the chart's own RabbitMQ lets say and hear what: a user for each service, with its own queues and words."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPConnectionError, ChannelClosed, ProbableAuthenticationError

from shared.messaging.bus import EXCHANGE
from tests.deploy.bundled import BundledRabbit

Documents = list[dict[str, Any]]
USERS = ("books", "members", "loans")


@pytest.fixture(scope="module")
def broker(plain: Documents) -> Iterator[BundledRabbit]:
    with BundledRabbit(plain) as broker:
        yield broker


@asynccontextmanager
async def channel(broker: BundledRabbit, user: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(broker.address(user), timeout=30) as connection:
        yield await connection.channel(publisher_confirms=True)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("speaker", USERS)
async def test_a_service_speaks_for_itself_alone(broker: BundledRabbit, user: str, speaker: str) -> None:
    async with channel(broker, user) as own:
        exchange = await own.get_exchange(EXCHANGE)
        publishing = exchange.publish(aio_pika.Message(b"{}"), routing_key=f"{speaker}.thing.done", mandatory=False)

        if user == speaker:
            await publishing
        else:
            with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
                await publishing


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("owner", USERS)
async def test_a_service_makes_and_reads_its_own_queues_alone(broker: BundledRabbit, user: str, owner: str) -> None:
    async with channel(broker, owner) as theirs:
        await theirs.declare_queue(f"{owner}.things", durable=True)
    async with channel(broker, user) as own:
        queue = await own.get_queue(f"{owner}.things", ensure=False)
        if user == owner:
            await queue.get(fail=False)
        else:
            with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
                await queue.get(fail=False)


async def test_nobody_but_the_services_has_a_user_and_none_of_them_administers(broker: BundledRabbit) -> None:
    users = broker.definitions()["users"]

    assert [(one["name"], one["tags"]) for one in users] == [(name, []) for name in USERS]
    with pytest.raises((ProbableAuthenticationError, AMQPConnectionError)):
        await aio_pika.connect(broker.address("guest", "guest"), timeout=30)


async def test_a_changed_password_holds_from_the_next_start_on(plain: Documents) -> None:
    with BundledRabbit(plain) as broker:
        before, changed = broker.password("books"), 'another "one" \\ with | marks & spaces'
        broker.stop()
        broker.files.put("/var/run/library", "books", changed.encode() + b"\n")
        broker.make_users()
        broker.start()

        async with await aio_pika.connect(host="localhost", port=broker.port, login="books", password=changed):
            pass
        with pytest.raises((ProbableAuthenticationError, AMQPConnectionError)):
            await aio_pika.connect(broker.address("books", before), timeout=30)
