from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from books_service.application.catalogue.views import Counts
from books_service.application.exchange.import_books import BATCH, FileUnusable
from books_service.application.exchange.run_import import LEASE, MOST_ATTEMPTS, run_import
from books_service.application.exchange.start_import import (
    FormatNotSupported,
    InvalidMapping,
    StartImport,
    reading_options,
    start_import,
)
from books_service.application.ports import FileRecord, ImportJob, ReadingOptions, RecordReader
from shared.kernel.ids import new_id
from tests.books.fakes import FakeUnitOfWork, SteppingClock, reader_of
from tests.books.makers import NOW, a_line

MANY = [a_line(number, title=f"Volume {number}", isbn="1") for number in range(1, 2 * BATCH + 51)]


class Desk:
    """Imports, and a worker that can be made to crash."""

    def __init__(self, *records: FileRecord, reader: RecordReader | None = None) -> None:
        self.uow = FakeUnitOfWork()
        self.imports = self.uow.imports
        self.clock = SteppingClock()
        self.readers = {"csv": reader or reader_of(*records)}

    async def start(self, *, dry_run: bool = False) -> ImportJob:
        command = StartImport("csv", {}, dry_run=dry_run)
        view = await start_import(command, _file(), uow=self.uow, readers=self.readers, clock=self.clock)
        return self.imports.jobs[view.import_id]

    async def work(self) -> bool:
        return await run_import(
            unit_of_work=lambda: self.uow, files=self.imports, readers=self.readers, clock=self.clock
        )


async def _file() -> AsyncIterator[bytes]:
    yield b"the "
    yield b"file"


class Crash(Exception):
    pass


async def test_without_imports_there_is_nothing_to_do() -> None:
    assert not await Desk().work()


async def test_an_import_is_queued_with_its_file_and_worked_on_later() -> None:
    desk = Desk(a_line())
    job = await desk.start()

    assert b"the file" == desk.imports.files[job.import_id]
    assert await desk.work()
    assert {job.import_id: None} == desk.imports.finished
    assert Counts(read=1, created=1) == desk.imports.jobs[job.import_id].counts
    assert not await desk.work()


async def test_a_dry_run_is_one_in_the_background_too() -> None:
    desk = Desk(a_line())
    job = await desk.start(dry_run=True)

    await desk.work()

    assert {} == desk.uow.books.kept
    assert 1 == desk.imports.jobs[job.import_id].counts.created


async def test_an_import_that_a_crash_broke_off_goes_on_where_it_was_noted() -> None:
    desk = Desk(*MANY)
    job = await desk.start()

    def crash_in_the_second_batch(noted: ImportJob) -> None:
        if noted.counts.read > BATCH:
            raise Crash

    desk.imports.before_note = crash_in_the_second_batch
    with pytest.raises(Crash):
        await desk.work()
    desk.imports.before_note = lambda noted: None
    assert not await desk.work(), "its lease has not run out yet"
    desk.clock.pass_by(LEASE + timedelta(seconds=1))

    assert await desk.work()

    assert Counts(read=len(MANY), created=len(MANY)) == desk.imports.jobs[job.import_id].counts
    assert list(range(1, len(MANY) + 1)) == [error.record for error in desk.imports.errors]
    assert len(MANY) == len(desk.uow.books.kept)


async def test_a_file_that_takes_long_to_read_is_not_taken_over() -> None:
    async def slow_reader(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[FileRecord]:
        async for _ in pieces:
            desk.clock.pass_by(LEASE / 2)
            assert not await desk.work()
        yield a_line()

    desk = Desk(reader=slow_reader)
    desk.imports.pieces = 10
    job = await desk.start()

    assert await desk.work()

    assert {job.import_id: None} == desk.imports.finished
    assert 1 == desk.imports.jobs[job.import_id].counts.created


async def test_who_has_lost_the_lease_stops_and_leaves_the_import_to_the_other() -> None:
    desk = Desk(*MANY)
    job = await desk.start()

    def somebody_takes_over(noted: ImportJob) -> None:
        desk.imports.leases[job.import_id] = (new_id(), NOW + LEASE)

    desk.imports.before_note = somebody_takes_over

    assert await desk.work()

    assert {} == desk.imports.finished
    assert 0 == desk.imports.jobs[job.import_id].counts.read


async def test_a_file_that_cannot_be_read_fails_the_import_and_says_why() -> None:
    async def unusable(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[FileRecord]:
        yield a_line()
        raise FileUnusable("The rest is gibberish.")

    desk = Desk(reader=unusable)
    job = await desk.start()

    await desk.work()

    failure = desk.imports.finished[job.import_id]
    assert failure is not None
    assert (0, None, "file-unusable", "The rest is gibberish.") == (
        failure.record,
        failure.identifier,
        failure.code,
        failure.detail,
    )


async def test_an_import_that_breaks_off_again_and_again_is_given_up() -> None:
    desk = Desk(a_line())
    job = await desk.start()

    def crash(noted: ImportJob) -> None:
        raise Crash

    desk.imports.before_note = crash
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Crash):
            await desk.work()
        desk.clock.pass_by(LEASE + timedelta(seconds=1))

    assert await desk.work()

    failure = desk.imports.finished[job.import_id]
    assert failure is not None
    assert "import-gave-up" == failure.code


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FormatNotSupported, match="csv"):
        reading_options("marc", {}, ";", readers={"csv": reader_of()})


def test_a_mapping_names_only_fields_that_a_book_has() -> None:
    with pytest.raises(InvalidMapping, match="colour"):
        reading_options("csv", {"colour": "color"}, ";", readers={"csv": reader_of()})
