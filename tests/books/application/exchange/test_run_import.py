from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from books_service.application.exchange.import_books import BATCH, ImportBooks
from books_service.application.exchange.ports import FileRecord, ImportJob, LeaseLost, ReadingOptions, RecordReader
from books_service.application.exchange.run_import import LEASE, MOST_ATTEMPTS, RunImport
from books_service.application.exchange.start_import import (
    FormatNotSupported,
    InvalidMapping,
    StartImport,
    UnknownRecords,
    UploadedFile,
    reading_options,
)
from books_service.application.exchange.views import Counts, ImportView
from shared.kernel.file_records import FileUnusable
from tests.books.library import Library
from tests.books.makers import a_line, reader_of

MANY = [a_line(number, title=f"Volume {number}", isbn="1") for number in range(1, 2 * BATCH + 51)]


class Desk:
    """Imports, and a worker that can be made to crash."""

    def __init__(self, library: Library, *records: FileRecord, reader: RecordReader | None = None) -> None:
        self.library = library
        self.clock = library.clock
        self.before_note: Callable[[ImportJob], None] = lambda job: None
        readers = {"csv": reader or reader_of(*records)}
        self._start = StartImport(self._opens, readers, self.clock)
        import_books = ImportBooks(self._opens, self.clock, "EUR")
        self._run = RunImport(self._opens, library.files, readers, import_books, self.clock)

    def _opens(self, receipt: Any = None) -> Any:
        return _Watched(self.library.unit_of_work(receipt), self.before_note)

    async def start(self, *, dry_run: bool = False, pieces: int = 1) -> UUID:
        async def file() -> AsyncIterator[bytes]:
            for _ in range(pieces):
                yield b"the file "

        return (await self._start(UploadedFile("csv", {}, dry_run=dry_run), content=file())).import_id

    async def work(self) -> bool:
        return await self._run()

    async def seen(self, import_id: UUID) -> ImportView:
        return await self.library.views.import_(import_id, most_errors=1_000)

    async def books(self) -> int:
        return len(await self.library.records.behind(None, limit=1_000))


class _Watched:
    """A unit of work that tells of each note before it is written."""

    def __init__(self, uow: Any, before_note: Callable[[ImportJob], None]) -> None:
        self._uow = uow
        self._before_note = before_note

    def __getattr__(self, name: str) -> Any:
        return getattr(self._uow, name)

    async def __aenter__(self) -> Any:
        await self._uow.__aenter__()
        note = self._uow.imports.note

        async def watched(job: ImportJob, *rest: Any, **more: Any) -> None:
            self._before_note(job)
            await note(job, *rest, **more)

        self._uow.imports.note = watched
        return self._uow

    async def __aexit__(self, *error: object) -> None:
        await self._uow.__aexit__(*error)


class Crash(Exception):
    pass


async def test_without_imports_there_is_nothing_to_do(library: Library) -> None:
    assert not await Desk(library).work()


async def test_an_import_is_queued_with_its_file_and_worked_on_later(library: Library) -> None:
    desk = Desk(library, a_line())
    job = await desk.start()

    assert b"the file " == b"".join([piece async for piece in library.files.read(job)])
    assert await desk.work()
    seen = await desk.seen(job)
    assert ("done", Counts(read=1, created=1)) == (seen.state, seen.counts)
    assert not await desk.work()


async def test_a_dry_run_is_one_in_the_background_too(library: Library) -> None:
    desk = Desk(library, a_line())
    job = await desk.start(dry_run=True)

    await desk.work()

    assert (0, 1) == (await desk.books(), (await desk.seen(job)).counts.created)


async def test_an_import_that_a_crash_broke_off_goes_on_where_it_was_noted(library: Library) -> None:
    desk = Desk(library, *[replace(record, left_out=("colour",)) for record in MANY])
    job = await desk.start()

    def crash_in_the_second_batch(noted: ImportJob) -> None:
        if noted.counts.read > BATCH:
            raise Crash

    desk.before_note = crash_in_the_second_batch
    with pytest.raises(Crash):
        await desk.work()
    desk.before_note = lambda noted: None
    assert not await desk.work(), "its lease has not run out yet"
    desk.clock.pass_by(LEASE + timedelta(seconds=1))

    assert await desk.work()

    seen = await desk.seen(job)
    assert Counts(read=len(MANY), created=len(MANY)) == seen.counts
    assert list(range(1, len(MANY) + 1)) == [error.record for error in seen.errors]
    assert (len(MANY), {"colour": len(MANY)}) == (await desk.books(), seen.left_out)


async def test_a_file_that_takes_long_to_read_is_not_taken_over(library: Library) -> None:
    async def slow_reader(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[FileRecord]:
        async for _ in pieces:
            desk.clock.pass_by(LEASE / 2)
            assert not await desk.work()
        yield a_line()

    desk = Desk(library, reader=slow_reader)
    job = await desk.start(pieces=10)

    assert await desk.work()

    seen = await desk.seen(job)
    assert ("done", 1) == (seen.state, seen.counts.created)


async def test_who_has_lost_the_lease_stops_and_leaves_the_import_to_the_other(library: Library) -> None:
    desk = Desk(library, *MANY)
    job = await desk.start()

    def somebody_takes_over(noted: ImportJob) -> None:
        raise LeaseLost

    desk.before_note = somebody_takes_over

    assert await desk.work()

    seen = await desk.seen(job)
    assert ("running", 0, 0) == (seen.state, seen.counts.read, await desk.books())


async def test_a_file_that_cannot_be_read_fails_the_import_and_says_why(library: Library) -> None:
    async def unusable(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[FileRecord]:
        yield a_line()
        raise FileUnusable("The rest is gibberish.")

    desk = Desk(library, reader=unusable)
    job = await desk.start()

    await desk.work()

    seen = await desk.seen(job)
    assert "failed" == seen.state
    assert [(0, None, "file-unusable", "The rest is gibberish.")] == [
        (error.record, error.identifier, error.code, error.detail) for error in seen.errors
    ]


async def test_an_import_that_breaks_off_again_and_again_is_given_up(library: Library) -> None:
    desk = Desk(library, a_line())
    job = await desk.start()

    def crash(noted: ImportJob) -> None:
        raise Crash

    desk.before_note = crash
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Crash):
            await desk.work()
        desk.clock.pass_by(LEASE + timedelta(seconds=1))

    assert await desk.work()

    assert ["import-gave-up"] == [error.code for error in (await desk.seen(job)).errors]


def options(format: str, mapping: Any, what: str = "books") -> ReadingOptions:
    return reading_options(UploadedFile(format, mapping, what=what), readers={"csv": reader_of(), "marc": reader_of()})


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FormatNotSupported, match="csv"):
        options("xls", {})


def test_a_mapping_names_only_fields_that_there_are() -> None:
    with pytest.raises(InvalidMapping, match="colour"):
        options("csv", {"colour": "color"})
    with pytest.raises(InvalidMapping):
        options("csv", {"title": 5})
    assert {"copy_barcode": "Barcode"} == options("csv", {"copy_barcode": "Barcode"}).columns
    assert {"book": "biblionumber"} == options("csv", {"book": "biblionumber"}, "copies").columns


def test_for_marc_a_mapping_says_where_copies_stand() -> None:
    assert {"945": {"barcode": "i", "branch": "=MAIN"}} == options(
        "marc", {"945": {"barcode": "i", "branch": "=MAIN"}}
    ).items
    wrongs: list[Any] = [
        {"title": "a"},
        {"945": {"branch": "a"}},
        {"945": {"barcode": "i", "colour": "c"}},
        {"001": {}},
    ]
    for wrong in wrongs:
        with pytest.raises(InvalidMapping):
            options("marc", wrong)


def test_copies_alone_do_not_come_as_marc() -> None:
    with pytest.raises(UnknownRecords):
        options("marc", {}, "copies")
    with pytest.raises(UnknownRecords):
        options("csv", {}, "members")
