"""Two workers and one import: the second never goes on while the first lives, and who was only slow writes no more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from shared.kernel.file_records import Batch, Counts, FileUnusable, RecordError
from shared.kernel.ids import new_id
from shared.kernel.imports import (
    LEASE,
    MOST_ATTEMPTS,
    ImportFile,
    ImportJob,
    ImportNotFound,
    ImportView,
    LeaseLost,
    RunImport,
    Start,
    StartImport,
    Work,
)
from shared.persistence.imports import ImportTables, SqlImportJobs, SqlImportNotes
from shared.persistence.types import named_metadata
from tests.clocks import SteppingClock
from tests.shared.stores import NOON, Store

WRONG = RecordError(2, "a-2", "no-name", "It has no name.")
TWO = Batch(Counts(read=2, created=1, failed=1), (WRONG,), {"colour": 2})


class Crash(Exception):
    pass


def crashes() -> list[Batch]:
    raise Crash


class Desk:
    """Imports, and workers whose hearts beat when the test says so."""

    def __init__(self, store: Store, tables: ImportTables) -> None:
        self.store, self.tables = store, tables
        self.clock = SteppingClock(NOON)
        self.jobs = SqlImportJobs(store.database, tables, store.tables, clock=self.clock, on_commit=lambda: None)
        self.beat = asyncio.Event()

    @classmethod
    async def opened(cls, store: Store) -> "Desk":
        metadata = named_metadata()
        tables = ImportTables.declare(metadata)
        async with store.database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        return cls(store, tables)

    async def start(self) -> ImportView:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"the "
            yield b"file"

        start = StartImport(self.jobs, lambda _: None, self.clock)
        return await start(Start("things", "json", {"name": "title"}, by="ada"), content=pieces())

    async def work(self, work: Work) -> bool:
        async def until_the_next_beat(_: float) -> None:
            await self.beat.wait()
            self.beat.clear()

        return await RunImport(self.jobs, work, self.clock, sleep=until_the_next_beat)()

    async def let_the_heart_beat(self) -> None:
        """Let whoever works on the import renew its lease."""
        held = await self._leased_until()
        self.beat.set()
        async with asyncio.timeout(60):
            while await self._leased_until() == held:
                await asyncio.sleep(0.01)

    async def seen(self, view: ImportView) -> ImportView:
        return (await self.jobs.view(view.import_id, after_error=0))[0]

    async def taken(self) -> ImportJob:
        now = self.clock.now()
        job = await self.jobs.take(lease=new_id(), now=now, until=now + LEASE)
        assert job is not None
        return job

    async def _leased_until(self) -> object:
        (leased_until,) = await self.store.database.first(select(self.tables.jobs.c.leased_until))
        return leased_until


def brings(*batches: Batch) -> Work:
    async def work(job: ImportJob, file: ImportFile) -> AsyncIterator[Batch]:
        for batch in batches:
            yield batch

    return work


@pytest.fixture
async def desk(store: Store) -> Desk:
    return await Desk.opened(store)


async def test_an_import_is_taken_as_it_was_asked_for_with_its_file(desk: Desk) -> None:
    asked = await desk.start()

    job = await desk.taken()

    expected = ImportJob(asked.import_id, "things", "json", {"name": "title"}, False, NOON, "ada", attempts=1)
    assert (expected.import_id, expected.mapping, "ada", 1) == (job.import_id, job.mapping, job.by, job.attempts)
    assert b"the file" == b"".join([piece async for piece in desk.jobs.pieces(asked.import_id)])
    assert ("queued", "running") == (asked.state, (await desk.seen(asked)).state)


async def test_without_imports_there_is_nothing_to_do(desk: Desk) -> None:
    assert not await desk.work(brings())


async def test_a_batch_longer_than_the_lease_is_not_taken_over(desk: Desk) -> None:
    others: list[bool] = []

    async def long(job: ImportJob, file: ImportFile) -> AsyncIterator[Batch]:
        for _ in range(4):
            desk.clock.pass_by(LEASE / 2)
            await desk.let_the_heart_beat()
            others.append(await desk.work(brings(TWO)))
        yield TWO

    view = await desk.start()
    await desk.work(long)

    seen = await desk.seen(view)
    assert ([False] * 4, "done", 2, 1, 1) == (others, seen.state, seen.read, seen.created, seen.failed)
    assert ((WRONG,), {"colour": 2}) == (seen.errors, seen.left_out)


async def test_who_sleeps_through_the_lease_writes_nothing_more_and_the_other_ends_the_import(desk: Desk) -> None:
    async def sleepy(job: ImportJob, file: ImportFile) -> AsyncIterator[Batch]:
        desk.clock.pass_by(LEASE + timedelta(seconds=1))
        assert await desk.work(brings(TWO))
        yield TWO

    view = await desk.start()
    assert await desk.work(sleepy)

    seen = await desk.seen(view)
    assert ("done", 2, (WRONG,)) == (seen.state, seen.read, seen.errors)


async def test_who_notices_that_the_lease_is_lost_breaks_off_in_the_middle_of_a_batch(desk: Desk) -> None:
    async def overtaken(job: ImportJob, file: ImportFile) -> AsyncIterator[Batch]:
        desk.clock.pass_by(LEASE + timedelta(seconds=1))
        await desk.taken()
        desk.beat.set()
        async with asyncio.timeout(60):
            await asyncio.Event().wait()
        yield TWO

    view = await desk.start()

    assert await desk.work(overtaken)
    assert ("running", 0) == ((await desk.seen(view)).state, (await desk.seen(view)).read)


async def test_whoever_has_lost_the_lease_can_do_no_more(desk: Desk) -> None:
    await desk.start()
    first = await desk.taken()
    desk.clock.pass_by(LEASE + timedelta(seconds=1))
    second, until = await desk.taken(), desk.clock.now() + LEASE

    for refused in (
        desk.jobs.note(first, (WRONG,), until=until),
        desk.jobs.renew(first, until=until),
        desk.jobs.finish(first, (), now=NOON, failed=False),
    ):
        with pytest.raises(LeaseLost):
            await refused
    await desk.jobs.finish(second, (), now=NOON, failed=False)

    assert 2 == second.attempts


async def test_of_many_workers_one_takes_an_import(desk: Desk) -> None:
    await desk.start()
    now = desk.clock.now()

    taken = await asyncio.gather(*(desk.jobs.take(lease=new_id(), now=now, until=now + LEASE) for _ in range(5)))

    assert 1 == len([job for job in taken if job is not None])


@pytest.mark.parametrize("commits", [True, False])
async def test_a_batch_is_noted_in_the_transaction_that_keeps_it_or_not_at_all(desk: Desk, commits: bool) -> None:
    async def crashing(job: ImportJob, file: ImportFile) -> AsyncIterator[Batch]:
        transaction = await desk.store.database.begin()
        await file.note(SqlImportNotes(transaction, desk.tables), TWO)
        if commits:
            await transaction.commit()
        await transaction.close()
        for batch in crashes():
            yield batch

    view = await desk.start()
    with pytest.raises(Crash):
        await desk.work(crashing)
    already: list[int] = []

    async def rest(job: ImportJob, file: ImportFile) -> AsyncIterator[Batch]:
        already.append(file.already)
        for batch in [TWO] * (not file.already):
            yield batch

    desk.clock.pass_by(LEASE + timedelta(seconds=1))
    assert await desk.work(rest)

    seen = await desk.seen(view)
    assert ([2 * commits], "done", 2, 1, (WRONG,)) == (already, seen.state, seen.read, seen.created, seen.errors)


async def test_what_is_said_at_the_end_of_a_file_is_noted_once_though_its_end_is_reached_twice(desk: Desk) -> None:
    at_the_end = Batch(Counts(), (RecordError(1, "a-1", "no-guardian", "Nobody has this card."),))

    def reading(then: Callable[[], None]) -> Work:
        async def work(job: ImportJob, file: ImportFile) -> AsyncIterator[Batch]:
            for batch in [TWO] * (not file.already):
                yield batch
            yield at_the_end
            then()

        return work

    def crash() -> None:
        raise Crash

    view = await desk.start()
    with pytest.raises(Crash):
        await desk.work(reading(crash))
    desk.clock.pass_by(LEASE + timedelta(seconds=1))
    await desk.work(reading(lambda: None))

    assert (WRONG, *at_the_end.errors) == (await desk.seen(view)).errors


async def test_a_file_that_cannot_be_read_fails_the_import_and_says_why(desk: Desk) -> None:
    async def unusable(job: ImportJob, file: ImportFile) -> AsyncIterator[Batch]:
        yield TWO
        raise FileUnusable("The rest is gibberish.")

    view = await desk.start()
    await desk.work(unusable)

    seen = await desk.seen(view)
    assert ("failed", RecordError(0, None, "file-unusable", "The rest is gibberish.")) == (seen.state, seen.errors[-1])


async def test_an_import_that_breaks_off_again_and_again_is_given_up(desk: Desk) -> None:
    async def crashing(job: ImportJob, file: ImportFile) -> AsyncIterator[Batch]:
        for batch in crashes():
            yield batch

    view = await desk.start()
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Crash):
            await desk.work(crashing)
        assert not await desk.work(crashing), "its lease has not run out yet"
        desk.clock.pass_by(LEASE + timedelta(seconds=1))

    assert await desk.work(crashing)
    assert ["import-gave-up"] == [error.code for error in (await desk.seen(view)).errors]


async def test_imports_that_ended_are_forgotten_and_no_other(desk: Desk) -> None:
    ended, waiting = await desk.start(), await desk.start()
    await desk.work(brings(TWO))

    await desk.jobs.forget(ended_before=NOON + timedelta(seconds=1))

    assert "queued" == (await desk.seen(waiting)).state
    with pytest.raises(ImportNotFound):
        await desk.seen(ended)
