"""Brings events from the outbox to the bus: each at least once, those of one subject in order, whatever breaks."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Any, cast

import structlog
from sqlalchemy import Integer, Table, bindparam, delete, func, not_, select
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared import metrics
from shared.kernel.clock import SystemClock
from shared.messaging.bus import OutgoingEvent, Publisher
from shared.messaging.envelope import SCHEMA_BASE, cloud_event, encode
from shared.messaging.leadership import Connect, leadership
from shared.persistence.cube.rolling_up import RollUp, Waiting, counts_of
from shared.persistence.database import Database
from shared.persistence.driver import Driver
from shared.persistence.lists import for_both, one_of
from shared.persistence.outbox import COUNTS_ALONE, Message, OutboxRow
from shared.persistence.statements import Prepared, Runs, Statement
from shared.persistence.work import PlumbingTables
from shared.tasks import WakeUp, happens_within, jittered

_FOLLOWER_LOOKS_EVERY = 1.0  # seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0  # seconds after a failure
_MEASURE_EVERY = 5.0  # seconds
_COMMIT_LATE = 10_000  # numbers by which what an act counts may come behind that of others

_log = structlog.get_logger(__name__)


class OutboxRelay:
    """Publishes one service's outbox. Several may run at once: one leads, the others wait to take over.

    Events go out in waves: one event of each subject, then the next of each whose first was confirmed, so that order
    holds even when a publish fails. A confirmed event is deleted; a crash in between repeats it, and the inbox of the
    listener makes that harmless. An event without a queue is dropped, unless its type is in `must_arrive`: then it
    stays, with all later ones of its type, until a queue for it has been declared.

    What an act adds to the cube waits with its first event. It is added in the transaction that deletes the event, and
    so exactly once; if the event has to wait for the bus, in a transaction that takes it from the event.

    The leader reports how many events wait, and since when. It counts up to `most_counted`, since counting more would
    take time away from publishing.
    """

    def __init__(
        self,
        database: Database,
        tables: PlumbingTables,
        publisher: Publisher,
        *,
        source: str,
        must_arrive: frozenset[str] = frozenset(),
        wake_up: WakeUp,
        batch: int = 200,
        idle: float = 0.2,
        schema_base: str = SCHEMA_BASE,
        most_counted: int = 100_000,
    ) -> None:
        self._database = database
        self._statements = _Statements(tables.outbox)
        self._roll_up = RollUp(tables.cube)
        self._counts = Waiting(tables.outbox, tables.cube)
        self._counted_to = 0
        self._publisher = publisher
        self._source = source
        self._schema_base = schema_base
        self._service = source.strip("/")
        self._must_arrive = must_arrive
        for type_ in must_arrive:  # so that an alert sees the first one as growth
            metrics.outbox_unrouted_total.labels(self._service, type_)
        self._wake_up = wake_up
        self._batch = batch
        self._idle = idle
        self._resting = _RestingTypes()
        self._most_counted = most_counted
        self._measured = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set, and finish the current batch."""
        waker = asyncio.create_task(self._notify_when(stop))
        pause = _FIRST_PAUSE
        try:
            while not stop.is_set():
                try:
                    async with leadership(self._database) as connect:
                        if connect is not None:
                            _log.info("relay leads", service=self._service)
                            pause = _FIRST_PAUSE
                            try:
                                await self._lead(connect, stop)
                            finally:
                                self._clear_metrics()
                            continue
                    await happens_within(stop, jittered(_FOLLOWER_LOOKS_EVERY))
                except Exception as error:  # noqa: BLE001 - a database or network of whatever kind that comes back
                    reason = f"{type(error).__name__}: {error}".partition("\n")[0]
                    _log.warning("relay is interrupted and begins again", service=self._service, reason=reason)
                    await happens_within(stop, jittered(pause))
                    pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            waker.cancel()
            await self._publisher.aclose()

    async def _notify_when(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake_up.notify()

    async def _lead(self, connect: Connect, stop: asyncio.Event) -> None:
        pause = _FIRST_PAUSE
        while not stop.is_set():
            await self._measure(connect)
            rows = await self._waiting(connect)
            done, complete = await self._publish(connect, rows)
            if done:
                pause = _FIRST_PAUSE
            if not complete:
                await happens_within(stop, jittered(pause))
                pause = min(pause * 2, _LONGEST_PAUSE)
            elif len(rows) < self._batch:
                await self._wake_up.wait(self._idle)

    async def _waiting(self, connect: Connect) -> list[OutboxRow]:
        async with connect() as connection:
            asked = {"resting": self._resting.now(), "most": self._batch}
            return [_row(row) for row in await self._run(connection, self._statements.waiting, **asked)]

    async def _run(self, connection: AsyncConnection, statement: Prepared, **values: Any) -> list[Any]:
        """Run a statement on the leader's connection, without SQLAlchemy's overhead."""
        driver = await Driver.of(connection)
        compiled = statement.compiled_for(connection.dialect)
        try:
            return compiled.rows(await driver.run(compiled.text, compiled.values(values)))
        finally:
            if driver.unsound:
                await asyncio.shield(asyncio.create_task(connection.invalidate()))

    async def _publish(self, connect: Connect, rows: Sequence[OutboxRow]) -> tuple[int, bool]:
        """Publish the rows and delete those done with; return their number, and whether the bus never failed."""
        waiting: dict[str, deque[OutboxRow]] = {}
        done: set[int] = set()
        for row in rows:
            if row.message.type == COUNTS_ALONE:
                done.add(row.sequence)
            else:
                waiting.setdefault(row.message.subject, deque()).append(row)
        complete = True
        try:
            while waiting:
                wave = [queue.popleft() for queue in waiting.values()]
                arrived, failed = await self._send(wave)
                done |= arrived
                complete = complete and not failed
                waiting = {
                    subject: queue
                    for (subject, queue), row in zip(waiting.items(), wave, strict=True)
                    if queue and row.sequence in arrived
                }
        finally:
            if left := [row for row in rows if row.sequence not in done]:
                # First, so that all is counted in order; with what waits behind, however long that may be.
                from_start = any(row.is_counted for row in left)
                await self._count_waiting(connect, after=0 if from_start else self._counted_to - _COMMIT_LATE)
            if done:
                counted = any(row.is_counted for row in rows if row.sequence in done)
                await self._forget(connect, list(done), counted=counted)
        return len(done), complete

    async def _forget(self, connect: Connect, done: list[int], *, counted: bool) -> None:
        """Delete the rows, and add what they count to the cube."""
        if not counted:
            lock = self._database.write_lock
            async with nullcontext() if lock is None else lock.held(), connect() as connection:
                await self._run(connection, self._statements.forget, done=done)
            return
        async with self._transaction(connect) as run:
            gone = sorted(await run(self._statements.forget, done=done), key=lambda row: row.sequence)
            await self._roll_up(run, counts_of(gone))

    async def _count_waiting(self, connect: Connect, *, after: int) -> None:
        """Add to the cube what is counted by events that wait, however long they will."""
        last: int | None = after
        while last is not None:
            async with self._transaction(connect) as run:
                last = await self._counts.roll_up(run, after=last)
            self._counted_to = self._counts.last

    @asynccontextmanager
    async def _transaction(self, connect: Connect) -> AsyncIterator[Runs]:
        """Begin a transaction on the leader's connection, and commit it after the block."""
        lock = self._database.write_lock
        async with nullcontext() if lock is None else lock.held(), connect() as connection:
            driver = await Driver.of(connection)

            async def run(statement: Statement, /, **values: Any) -> list[Any]:
                return await self._run(connection, cast("Prepared", statement), **values)

            await driver.run("BEGIN" if lock is None else "BEGIN IMMEDIATE")
            try:
                yield run
                await driver.run("COMMIT")
            except BaseException:
                await asyncio.shield(asyncio.create_task(_roll_back(driver, connection)))
                raise

    async def _send(self, wave: Sequence[OutboxRow]) -> tuple[set[int], bool]:
        """Send one wave; return the rows that are done with, and whether the bus failed for some."""
        published = await self._publisher.publish_all([self._outgoing(row) for row in wave])
        done = set(published.confirmed)
        for row in wave:
            if row.sequence in published.confirmed:
                metrics.outbox_published_total.labels(self._service, row.message.type).inc()
                self._resting.arrived(row.message.type)
            elif row.sequence in published.unrouted:
                self._note_unrouted(row, done)
        return done, len(published.confirmed) + len(published.unrouted) < len(wave)

    def _note_unrouted(self, row: OutboxRow, done: set[int]) -> None:
        type_ = row.message.type
        if type_ not in self._must_arrive:
            done.add(row.sequence)
            return
        metrics.outbox_unrouted_total.labels(self._service, type_).inc()
        if self._resting.rest(type_):
            _log.warning("no queue is there for an event that must arrive; it waits", type=type_, id=str(row.event_id))

    def _outgoing(self, row: OutboxRow) -> OutgoingEvent:
        event = cloud_event(row, source=self._source, schema_base=self._schema_base)
        type_ = row.message.type
        return OutgoingEvent(row.sequence, str(row.event_id), type_, encode(event), type_ in self._must_arrive)

    async def _measure(self, connect: Connect) -> None:
        if time.monotonic() - self._measured < _MEASURE_EVERY:
            return
        self._measured = time.monotonic()
        async with connect() as connection:
            (counted,) = await self._run(connection, self._statements.depth, most=self._most_counted)
            oldest = await self._run(connection, self._statements.oldest)
        metrics.outbox_depth.labels(self._service).set(counted.depth)
        ages = [max(0.0, (SystemClock().now() - row.occurred_at).total_seconds()) for row in oldest]
        metrics.outbox_oldest_age_seconds.labels(self._service).set(max(ages, default=0.0))

    def _clear_metrics(self) -> None:
        """Remove the metrics of the outbox, which the next leader reports; they would stay at their last values."""
        self._measured = 0.0
        for gauge in (metrics.outbox_depth, metrics.outbox_oldest_age_seconds):
            gauge.remove(self._service)


class _Statements:
    """The constant statements of each round."""

    def __init__(self, outbox: Table) -> None:
        columns, most = outbox.c, bindparam("most", type_=Integer())
        oldest_first = select(outbox).order_by(columns.sequence).limit(most)
        self.waiting = for_both(lambda dialect: oldest_first.where(not_(one_of(columns.type, "resting", dialect))))
        some = select(columns.sequence).limit(most).subquery()
        self.depth = Prepared(select(func.count().label("depth")).select_from(some))
        # Imported events happened long ago, but wait only since now.
        self.oldest = Prepared(select(columns.occurred_at).where(~columns.imported).order_by(columns.sequence).limit(1))

        def forget(dialect: str) -> Any:
            done = one_of(columns.sequence, "done", dialect)
            if dialect == "postgresql":  # in the order in which counts that wait are locked, too
                locked = select(columns.sequence).where(done).order_by(columns.sequence).with_for_update().cte("locked")
                done = columns.sequence == func.any(func.array(select(locked.c.sequence).scalar_subquery()))
            return delete(outbox).where(done).returning(columns.sequence, columns.counts)

        self.forget = for_both(forget)


class _RestingTypes:
    """The event types without a queue: each is tried again after a pause that doubles."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._pauses: dict[str, float] = {}

    def now(self) -> list[str]:
        moment = time.monotonic()
        return [type_ for type_, until in self._until.items() if until > moment]

    def rest(self, type_: str) -> bool:
        """Let the type rest; return False when it already does."""
        if self._until.get(type_, 0) > time.monotonic():
            return False
        pause = self._pauses.get(type_, _FIRST_PAUSE)
        self._until[type_] = time.monotonic() + pause
        self._pauses[type_] = min(pause * 2, _LONGEST_PAUSE)
        return True

    def arrived(self, type_: str) -> None:
        self._until.pop(type_, None)
        self._pauses.pop(type_, None)


def _row(row: Any) -> OutboxRow:
    message = Message(type=row.type, subject=row.subject, occurred_at=row.occurred_at, data=row.data)
    counted = row.counts is not None
    return OutboxRow(row.sequence, row.event_id, message, row.correlation_id, row.traceparent, row.imported, counted)


async def _roll_back(driver: Driver, connection: AsyncConnection) -> None:
    if not driver.unsound:
        try:
            await driver.run("ROLLBACK")
        except Exception:  # noqa: BLE001 - whatever it is, the connection is no good any more
            driver.unsound = True
    if driver.unsound:
        await connection.invalidate()
