import asyncio
from datetime import timedelta
from unittest.mock import ANY

from prometheus_client import REGISTRY
from sqlalchemy import delete, insert, text
from structlog.testing import capture_logs

from shared.kernel.receipts import Receipt
from shared.messaging.housekeeping import INBOX_RETENTION, housekeeping
from shared.messaging.worker import BackgroundWorker
from shared.persistence.database import Database
from shared.persistence.receipts import KEPT_FOR, SqlReceipts, receipt_row
from tests.clocks import SteppingClock
from tests.servers import PostgresServer
from tests.shared.stores import NOON, KeptStore, Store
from tests.statements import told_to_driver

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def nothing() -> None:
    return


async def test_jobs_run_side_by_side_until_stopped_and_then_what_they_used_is_closed() -> None:
    log: list[str] = []
    both_run = asyncio.Event()

    async def one(stop: asyncio.Event) -> None:
        await both_run.wait()
        await stop.wait()
        log.append("one ended")

    async def two(stop: asyncio.Event) -> None:
        both_run.set()
        await stop.wait()
        log.append("two ended")

    async def close() -> None:
        log.append("closed")

    stop = asyncio.Event()
    running = asyncio.create_task(BackgroundWorker(service="things", jobs={"1": one, "2": two}, close=close).run(stop))
    await both_run.wait()
    stop.set()
    await running

    assert sorted(log[:2]) == ["one ended", "two ended"]
    assert log[2:] == ["closed"]


async def test_a_job_that_fails_is_started_again_and_counted() -> None:
    runs, again = 0, asyncio.Event()

    async def fail_first(stop: asyncio.Event) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ValueError("no")
        again.set()
        await stop.wait()

    stop = asyncio.Event()
    worker = BackgroundWorker(service="things", jobs={"flaky": fail_first}, close=nothing)
    running = asyncio.create_task(worker.run(stop))
    await asyncio.wait_for(again.wait(), 30)
    stop.set()
    await running

    counted = {"service": "things", "task": "flaky"}
    assert REGISTRY.get_sample_value("background_task_restarts_total", counted) == 1


async def test_a_database_that_is_restarted_is_no_restart_of_the_jobs_that_need_it() -> None:
    postgres, stop, met = PostgresServer(), asyncio.Event(), asyncio.Event()
    postgres.start()
    database = Database(postgres.url("postgres"))
    asked = 0

    async def ask(_: asyncio.Event) -> None:
        nonlocal asked
        while not stop.is_set():
            async with database.begin() as transaction:
                await transaction.run(text("SELECT 1"))
            asked += 1
            met.set()
            await asyncio.sleep(0.01)

    worker = BackgroundWorker(service="things", jobs={"asks": ask}, close=database.dispose)
    with capture_logs() as lines:
        running = asyncio.create_task(worker.run(stop))
        await asyncio.wait_for(met.wait(), 30)
        await asyncio.to_thread(postgres.stop)
        async with asyncio.timeout(60):
            while not [line for line in lines if line["event"] == "background task has to wait"]:
                await asyncio.sleep(0.05)
        await asyncio.to_thread(postgres.start)
        met.clear()
        await asyncio.wait_for(met.wait(), 60)
        stop.set()
        await running
    postgres.close()

    assert REGISTRY.get_sample_value("background_task_restarts_total", {"service": "things", "task": "asks"}) == 0
    assert not [line for line in lines if line["log_level"] == "error"]


async def test_a_cancelled_worker_closes_what_it_used() -> None:
    closed = asyncio.Event()

    async def close() -> None:
        closed.set()

    async def work(stop: asyncio.Event) -> None:
        await stop.wait()

    running = asyncio.create_task(
        BackgroundWorker(service="things", jobs={"work": work}, close=close).run(asyncio.Event())
    )
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert closed.is_set()


async def test_what_does_not_end_has_the_time_of_who_waits_for_it_and_is_then_closed() -> None:
    closed, cancelled, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def close() -> None:
        closed.set()

    async def go_on(_: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    running = asyncio.create_task(BackgroundWorker(service="things", jobs={"goes on": go_on}, close=close).run(stop))
    await asyncio.sleep(0.01)
    stop.set()
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), 20)

    assert cancelled.is_set()
    assert closed.is_set()


async def test_tidying_throws_away_what_is_old_and_keeps_the_rest(store: Store) -> None:
    receipts = [Receipt.of(caller="me", key=key, request=b"") for key in ("old", "new")]
    hour = timedelta(hours=1)
    async with store.database.begin() as transaction:
        for message_id, seen_at in (("old", NOON - INBOX_RETENTION - hour), ("new", NOON - INBOX_RETENTION + hour)):
            row = {"listener": "things.notes", "message_id": message_id, "seen_at": seen_at}
            await transaction.run(insert(store.tables.inbox).values(row))
        for receipt, kept_at in zip(receipts, (NOON - KEPT_FOR - hour, NOON - KEPT_FOR + hour), strict=True):
            await transaction.run(insert(store.tables.receipts).values(receipt_row(receipt, "answer", kept_at)))
        await transaction.commit()

    await housekeeping(store.database, store.tables, SteppingClock(NOON))()

    found = [await SqlReceipts(store.database, store.tables.receipts).find(receipt, str) for receipt in receipts]
    assert found == [None, "answer"]
    assert await store.count(store.tables.inbox) == 1


async def test_tidying_removes_so_many_rows_at_once_until_none_is_left(store: Store) -> None:
    async with store.database.begin() as transaction:
        long_ago = NOON - 2 * INBOX_RETENTION
        rows = [{"listener": "things.notes", "message_id": str(number), "seen_at": long_ago} for number in range(25)]
        await transaction.run(insert(store.tables.inbox).values(rows))
        await transaction.commit()

    async with told_to_driver(store.database) as told:
        await housekeeping(store.database, store.tables, SteppingClock(NOON), most=10)()

    assert [statement for statement in told.inside if "DELETE FROM inbox" in statement] == 3 * [ANY]
    assert await store.count(store.tables.inbox) == 0


async def test_whoever_tidies_and_whoever_is_at_the_same_rows_do_not_wait_in_a_circle(kept_store: KeptStore) -> None:
    async with kept_store.store(pool_size=5) as store:
        inbox = store.tables.inbox
        async with store.database.engine.begin() as connection:
            rows = [
                {"listener": "things.notes", "message_id": one, "seen_at": NOON - 2 * INBOX_RETENTION} for one in "ab"
            ]
            await connection.execute(insert(inbox), rows)

        async with store.database.engine.begin() as other:
            await other.execute(delete(inbox).where(inbox.c.message_id == "b"))
            tidying = asyncio.ensure_future(housekeeping(store.database, store.tables, SteppingClock(NOON))())
            async with asyncio.timeout(60):
                while not tidying.done() and not (await store.database.first(WAITING))[0]:
                    await asyncio.sleep(0.01)
            await other.execute(delete(inbox).where(inbox.c.message_id == "a"))
        await tidying

        assert 0 == await store.count(inbox)
