"""A database with the tables that every service has, and one more that shows what listening has caused."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select

from shared.kernel.cube import Count, Span
from shared.kernel.ids import new_id
from shared.messaging.bus import Listener, OutgoingEvent
from shared.messaging.envelope import Incoming, cloud_event, encode
from shared.persistence.database import Database
from shared.persistence.outbox import Message, OutboxRow
from shared.persistence.types import named_metadata
from shared.persistence.work import PlumbingTables, SqlWork
from tests.kept_database import KeptDatabase
from tests.servers import PostgresServer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

_numbers = itertools.count(1)


def a_type() -> str:
    """Return an event type that no other test uses: all share one exchange."""
    return f"things.thing{next(_numbers)}.changed"


def a_message(
    type: str = "things.thing.changed", *, subject: str = "thing-1", data: dict[str, Any] | None = None
) -> Message:
    return Message(type, subject, NOON, data or {})


def an_event(
    type: str,
    sequence: int = 1,
    *,
    subject: str = "thing-1",
    data: dict[str, Any] | None = None,
    request_id: str | None = None,
    traceparent: str | None = None,
) -> OutgoingEvent:
    row = OutboxRow(sequence, new_id(), a_message(type, subject=subject, data=data), request_id, traceparent)
    return OutgoingEvent(sequence, str(row.event_id), type, encode(cloud_event(row, source="/things")))


def an_unreadable_event(type: str, sequence: int = 1) -> OutgoingEvent:
    return OutgoingEvent(sequence, str(new_id()), type, b"{ this is no event")


@dataclass(frozen=True)
class Store:
    database: Database
    tables: PlumbingTables
    effects: Table
    counters: Table
    metadata: MetaData

    async def emit(self, *messages: Message, counts: Sequence[Count] = (), now: datetime = NOON) -> None:
        """Commit `messages` to the outbox, in one transaction, and what it counts."""
        work = SqlWork(self.database, self.tables)
        await work.open()
        await work.commit(messages, counts=counts, now=now)
        await work.close()

    async def outbox(self) -> list[tuple[str, int]]:
        """Return subject and sequence of what waits, in order."""
        table = self.tables.outbox
        return await self._rows(select(table.c.subject, table.c.sequence).order_by(table.c.sequence))

    async def figures(self, span: str = Span.DAY) -> dict[tuple[str, ...], int]:
        """Return the cells of the cube, by atom, first day and the dimensions that have a value."""
        cells = self.tables.cube.cells
        rows = await self.database.rows(select(cells).where(cells.c.span == str(span)))
        return {
            (row.atom, row.starts_on.isoformat(), *filter(None, (row.place, row.kind, row.age))): row.value
            for row in rows
        }

    async def effects_in_order(self) -> list[tuple[str, int]]:
        """Return subject and sequence of every effect, in the order in which they took effect."""
        return await self._rows(select(self.effects.c.subject, self.effects.c.sequence).order_by(self.effects.c.number))

    async def count(self, table: Table) -> int:
        return int((await self.database.first(select(func.count()).select_from(table)))[0])

    async def note(self, event: Incoming, *, listener: str = "things.notes") -> None:
        """Let the event take effect once, as a listener of a service does."""
        work = SqlWork(self.database, self.tables)
        session = await work.open()
        try:
            if await work.new_among([event.id], listener=listener, now=NOON):
                await session.execute(insert(self.effects), {"subject": event.subject, "sequence": event.sequence})
                await work.commit(now=NOON)
        finally:
            await work.close()

    async def _rows(self, query: Any) -> list[tuple[str, int]]:
        return [(row[0], row[1]) for row in await self.database.rows(query)]


@asynccontextmanager
async def a_store(url: str, *, pool_size: int = 10, has_tables: bool = False) -> AsyncIterator[Store]:
    """Give a store whose tables are made unless it has them, and close it."""
    metadata = named_metadata()
    tables = PlumbingTables.declare(metadata, dimensions=("place", "kind", "age"), wide=("place",))
    effects = Table(
        "effects",
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=True),
        Column("subject", String(100), nullable=False),
        Column("sequence", Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    counters = Table("counters", metadata, Column("name", String(20), primary_key=True), Column("value", Integer))
    database = Database(url, pool_size=pool_size)
    try:
        if not has_tables:
            async with database.engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
        yield Store(database, tables, effects, counters, metadata)
    finally:
        await database.dispose()


class KeptStore:
    """A database with the tables of a store on PostgreSQL, which one test after another finds as it was made."""

    def __init__(self, server: Callable[[], PostgresServer]) -> None:
        self._server = server
        self._kept: KeptDatabase | None = None

    @asynccontextmanager
    async def store(self, *, pool_size: int = 10) -> AsyncIterator[Store]:
        """Give the store, whose connections are this test's own."""
        if self._kept is None or not await self._kept.clear():
            await self.leave()
            self._kept = await self._made()
        async with a_store(self._kept.url, pool_size=pool_size, has_tables=True) as store:
            yield store

    async def leave(self) -> None:
        """Close what is kept."""
        if self._kept is not None:
            await self._kept.leave()

    async def _made(self) -> KeptDatabase:
        url = self._server().create_database(f"store_{next(_numbers)}")
        async with a_store(url):
            return await KeptDatabase.of(url)


class Hearing:
    """A listener that remembers what it heard; `reaction` may raise."""

    def __init__(self, *types: str, name: str = "", reaction: Callable[[Incoming], Any] | None = None) -> None:
        self.heard: list[Incoming] = []
        self.listener = Listener(name or f"things.hearing{next(_numbers)}", types, self._handle)
        self._reaction = reaction
        self._news = asyncio.Event()

    async def _handle(self, event: Incoming) -> None:
        self.heard.append(event)
        self._news.set()
        if self._reaction is not None:
            answer = self._reaction(event)
            if answer is not None:
                await answer

    async def has_heard(self, count: int, *, seconds: float = 40) -> list[int]:
        """Wait until `count` events came; return their sequence numbers."""
        async with asyncio.timeout(seconds):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()
        return [event.sequence for event in self.heard]


async def eventually(condition: Callable[[], Any], *, seconds: float = 40) -> None:
    """Wait until `condition`, which may be a coroutine function, is true: for what sends no signal, such as a table."""
    async with asyncio.timeout(seconds):
        while True:
            value = condition()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return
            await asyncio.sleep(0.02)
