"""The worker of one service: publishes its outbox with confirms, in order per subject; books' worker also listens."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

import aiormq
import asyncpg
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic
from pamqp.common import FieldTable

from tests.lab.benchmarks.limit.books import LISTENER, note_availability
from tests.lab.benchmarks.limit.pool import spelt

EXCHANGE = "limit.events"
QUEUE = f"limit.{LISTENER}"
AVAILABILITY = "loans.copy.availability_changed"

QUEUES: dict[str, FieldTable] = {
    f"{QUEUE}.dead": {"x-queue-type": "quorum"},
    QUEUE: {
        "x-queue-type": "quorum",
        "x-delivery-limit": 5,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": f"{QUEUE}.dead",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-single-active-consumer": True,
    },
}

_LEADER = 0x6C696D69
_BATCH = 200
_IDLE = 0.2
_PREFETCH = 32
_OLDEST = "SELECT * FROM outbox ORDER BY sequence LIMIT $1"
_DELETE = "DELETE FROM outbox WHERE sequence = ANY($1)"


async def relay(name: str, *, database_url: str, rabbit_url: str) -> None:
    """Work until the database or the broker is lost; whoever started it starts it again."""
    outbox, inbox = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    broker = await aiormq.connect(rabbit_url)
    publishing, listening = await broker.channel(publisher_confirms=True), await broker.channel()
    await publishing.exchange_declare(exchange=EXCHANGE, exchange_type="topic", durable=True)
    jobs = [_publish(outbox, publishing, source=f"/{name}")]
    if name == "books":
        jobs.append(_listen(inbox, listening))
    await asyncio.gather(*jobs)


async def _publish(connection: asyncpg.Connection, channel: AbstractChannel, *, source: str) -> None:
    await connection.execute("SELECT pg_advisory_lock($1)", _LEADER)  # one at a time; lost with the connection
    while True:
        rows = await connection.fetch(_OLDEST, _BATCH)
        for wave in _waves(rows):
            await asyncio.gather(*(_publish_one(channel, row, source) for row in wave))
        if rows:
            await connection.execute(_DELETE, [row["sequence"] for row in rows])
        if len(rows) < _BATCH:
            await asyncio.sleep(_IDLE)


def _waves(rows: Iterable[asyncpg.Record]) -> list[list[asyncpg.Record]]:
    """Sort into waves: the first event of every subject, then the second of every subject that has one, and so on."""
    waves: list[list[asyncpg.Record]] = []
    seen: dict[str, int] = {}
    for row in rows:
        number = seen[row["subject"]] = seen.get(row["subject"], -1) + 1
        if number == len(waves):
            waves.append([])
        waves[number].append(row)
    return waves


async def _publish_one(channel: AbstractChannel, row: asyncpg.Record, source: str) -> None:
    event = {
        "specversion": "1.0",
        "id": str(row["event_id"]),
        "source": source,
        "type": row["type"],
        "subject": row["subject"],
        "time": spelt(row["occurred_at"]),
        "datacontenttype": "application/json",
        "sequence": str(row["sequence"]),
    }
    body = f'{json.dumps(event)[:-1]},"data":{row["data"]}}}'
    properties = Basic.Properties(
        content_type="application/cloudevents+json", delivery_mode=2, message_id=event["id"], message_type=row["type"]
    )
    where = {"exchange": EXCHANGE, "routing_key": row["type"], "mandatory": row["type"] == AVAILABILITY}
    while not isinstance(await channel.basic_publish(body.encode(), properties=properties, **where), Basic.Ack):
        await asyncio.sleep(_IDLE)  # nobody listens yet, or there is no room for it


async def _listen(connection: asyncpg.Connection, channel: AbstractChannel) -> None:
    for queue, arguments in QUEUES.items():
        await channel.queue_declare(queue, durable=True, arguments=arguments)
    await channel.queue_bind(QUEUE, EXCHANGE, AVAILABILITY)
    await channel.basic_qos(prefetch_count=_PREFETCH)
    waiting: asyncio.Queue[DeliveredMessage] = asyncio.Queue()
    await channel.basic_consume(QUEUE, waiting.put)
    while True:
        messages = [await waiting.get()]
        while not waiting.empty():
            messages.append(waiting.get_nowait())
        await note_availability(connection, [_event(message) for message in messages])
        await channel.basic_ack(messages[-1].delivery_tag or 0, multiple=True)


def _event(message: DeliveredMessage) -> Mapping[str, Any]:
    event: Mapping[str, Any] = json.loads(message.body)
    return event
