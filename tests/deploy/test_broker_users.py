"""What the users of the shipped definitions may do, on a real broker that has them from the shipped script."""

import base64
import itertools
import json
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractQueue
from aio_pika.exceptions import ProbableAuthenticationError
from aiormq.exceptions import ChannelAccessRefused

from books_service.listeners import loan_events
from loans_service.listeners import member_events
from members_service.listeners import borrower_events
from members_service.listeners import loan_events as loan_events_of_notices
from shared.messaging.bus import EXCHANGE, OutgoingEvent, PublishResult, Subscription
from shared.messaging.rabbit import RabbitBus
from tests.broker_users import DEFINITIONS, password_hash
from tests.deploy.operators import ROOT, run
from tests.servers import RabbitServer
from tests.shared.messaging.buses import RabbitUnderTest, listening
from tests.shared.stores import Hearing, an_event, an_unreadable_event, eventually

HEARD = {
    "books": (loan_events.NAME, (loan_events.AVAILABILITY_CHANGED,)),
    "members": (borrower_events.NAME, (borrower_events.CLEARED,)),
    "loans": (member_events.NAME, (member_events.LEAVING, member_events.REINSTATED)),
}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of secrets as `deploy/compose/secrets.sh` makes it, in a checkout of its own."""
    deploy = tmp_path_factory.mktemp("deploy")
    shutil.copytree(ROOT / "deploy/compose", deploy / "compose", ignore=shutil.ignore_patterns("secrets"))
    (deploy / "helm/library/files").mkdir(parents=True)
    shutil.copy(DEFINITIONS, deploy / "helm/library/files")
    run(deploy / "compose/secrets.sh")
    return deploy / "compose/secrets"


@pytest.fixture(scope="module")
def broker(secrets: Path) -> Iterator[RabbitServer]:
    defined = json.loads((secrets / "rabbitmq-definitions").read_text())
    with RabbitServer(definitions=defined) as server:
        yield server


@pytest.fixture
def urls(broker: RabbitServer, secrets: Path) -> dict[str, str]:
    return {user: broker.url_for(user, (secrets / f"{user}-broker-password").read_text()) for user in HEARD}


def test_the_script_gives_the_broker_hashes_and_no_password(secrets: Path) -> None:
    text = (secrets / "rabbitmq-definitions").read_text()

    for user in json.loads(text)["users"]:
        password = (secrets / f"{user['name']}-broker-password").read_text()
        salt = base64.b64decode(user["password_hash"])[:4]
        assert password_hash(password, salt) == user["password_hash"]
        assert password not in text


async def test_nobody_else_is_let_in(broker: RabbitServer) -> None:
    with pytest.raises(ProbableAuthenticationError):
        await aio_pika.connect(broker.url_for("guest", "guest"))


async def test_each_service_hears_what_it_listens_to_and_sets_aside_what_it_cannot_read(urls: dict[str, str]) -> None:
    for user, (name, types) in HEARD.items():
        hearing = Hearing(*types, name=name)
        under_test = RabbitUnderTest(urls[user])
        publisher = RabbitBus(urls[types[0].partition(".")[0]]).publisher()

        async with listening(under_test, hearing):
            sent = [*(an_event(type_, number) for number, type_ in enumerate(types)), an_unreadable_event(types[0], 9)]
            published = await publisher.publish_all(sent)
            assert {*range(len(types)), 9} == published.confirmed, user
            await hearing.has_heard(len(types))

            async def one_is_dead(under_test: RabbitUnderTest = under_test, hearing: Hearing = hearing) -> bool:
                return len(await under_test.dead_letters(hearing.listener)) == 1

            await eventually(one_is_dead)
        await publisher.aclose()


async def test_members_binds_and_unbinds_what_its_notices_are_about(
    urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.choosing.CHOOSES_EVERY", 0.02)
    wanted, made, ready, overdue = frozenset[str](), None, "loans.hold.ready", "loans.loan.overdue"

    async def choose(subscription: Subscription) -> None:
        nonlocal made
        await subscription.choose(wanted)
        made = subscription.chosen

    def is_made() -> bool:
        return made == wanted

    hearing = Hearing(ready, overdue, name=loan_events_of_notices.NAME)
    hearing.listener = replace(hearing.listener, choose=choose)
    publisher = RabbitBus(urls["loans"]).publisher()
    heard: dict[frozenset[str], frozenset[int]] = {}
    async with listening(RabbitUnderTest(urls["members"]), hearing):
        for wanted in (frozenset({ready}), frozenset({overdue}), frozenset()):
            await eventually(is_made)
            published = await publisher.publish_all([an_event(ready, 1), an_event(overdue, 2)])
            heard[wanted] = published.confirmed
    await publisher.aclose()

    assert {frozenset({ready}): {1}, frozenset({overdue}): {2}, frozenset(): set()} == heard


async def test_nobody_publishes_what_another_service_says(urls: dict[str, str]) -> None:
    for user, other in itertools.permutations(HEARD, 2):
        publisher = RabbitBus(urls[user]).publisher()
        forged = OutgoingEvent(sequence=1, id="1", type=f"{other}.thing.happened", body=b"{}")
        own = OutgoingEvent(sequence=2, id="2", type=f"{user}.thing.happened", body=b"{}")

        refused = await publisher.publish_all([forged])
        published = await publisher.publish_all([own])
        await publisher.aclose()

        assert PublishResult() == refused, "it waits in the outbox, and is not lost"
        assert {2} == published.unrouted, "and what is ours goes out afterwards"


async def test_a_refusal_by_the_broker_is_told_as_an_error(
    urls: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    publisher = RabbitBus(urls["books"]).publisher()

    await publisher.publish_all([OutgoingEvent(sequence=1, id="1", type="loans.thing.happened", body=b"{}")])
    await publisher.aclose()

    output = capsys.readouterr().out
    assert "error" in output
    assert "give our user at the broker the right to do this" in output
    assert "ACCESS_REFUSED" in output


async def _queue(channel: AbstractChannel, name: str) -> AbstractQueue:
    return await channel.get_queue(name, ensure=False)


async def _spy(channel: AbstractChannel, user: str, key: str) -> None:
    queue = await channel.declare_queue(f"{user}.spy", durable=True)
    await queue.bind(EXCHANGE, routing_key=key)


async def _let_die(channel: AbstractChannel, user: str, exchange: str) -> None:
    arguments: dict[str, Any] = {"x-queue-type": "quorum", "x-dead-letter-exchange": exchange}
    await channel.declare_queue(f"{user}.trick", durable=True, arguments=arguments)


async def _by_another_exchange(channel: AbstractChannel, name: str, key: str) -> None:
    exchange = await channel.get_exchange(name, ensure=False) if name else channel.default_exchange
    await exchange.publish(aio_pika.Message(b"{}"), routing_key=key)


async def _take(channel: AbstractChannel, name: str) -> None:
    await (await _queue(channel, name)).get(no_ack=True)


async def _bind(channel: AbstractChannel, name: str, key: str) -> None:
    await (await _queue(channel, name)).bind(EXCHANGE, routing_key=key)


ATTEMPTS: dict[str, Callable[[AbstractChannel, str, str], Awaitable[object]]] = {
    "send to the queue itself": lambda channel, _, queue: _by_another_exchange(channel, "", queue),
    "send to what has been set aside": lambda channel, _, queue: _by_another_exchange(channel, f"{queue}.dead", ""),
    "send by another topic exchange": lambda channel, user, _: _by_another_exchange(channel, "amq.topic", f"{user}.x"),
    "have dead letters sent to any queue": lambda channel, user, _: _let_die(channel, user, ""),
    "have dead letters set aside for others": lambda channel, user, queue: _let_die(channel, user, f"{queue}.dead"),
    "hear everything": lambda channel, user, _: _spy(channel, user, "#"),
    "hear what concerns others": lambda channel, user, _: _spy(channel, user, f"{user}.thing.happened"),
    "take what came for others": lambda channel, _, queue: _take(channel, queue),
    "have a queue of others hear more": lambda channel, user, queue: _bind(channel, queue, f"{user}.thing.happened"),
    "remove a queue": lambda channel, _, queue: channel.queue_delete(queue),
    "remove the exchange": lambda channel, _, __: channel.exchange_delete(EXCHANGE),
    "make a queue for others": lambda channel, _, queue: channel.declare_queue(f"{queue}.more", durable=True),
}


async def test_nobody_gets_around_it(urls: dict[str, str]) -> None:
    for user, (name, types) in HEARD.items():
        async with listening(RabbitUnderTest(urls[user]), Hearing(*types, name=name)):
            pass  # declares the queues
    done = []
    for user, other in itertools.permutations(HEARD, 2):
        async with await aio_pika.connect(urls[user]) as connection:
            for what, attempt in ATTEMPTS.items():
                channel = await connection.channel(publisher_confirms=True)
                try:
                    await attempt(channel, user, HEARD[other][0])
                except ChannelAccessRefused:
                    continue
                done.append((user, other, what))

    assert [] == done
