import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from books_service.adapters.exchange.sql_imports import SqlImportViews
from books_service.adapters.sql_import_tables import import_pieces
from books_service.application.exchange.forget_imports import ForgetImports
from books_service.application.exchange.ports import ImportJob, LeaseLost, ReadingOptions
from books_service.application.exchange.run_import import LEASE
from books_service.application.exchange.views import Counts, ImportView, RecordError
from shared.kernel.ids import new_id
from shared.kernel.imports import ImportNotFound
from tests.books.library import Library
from tests.books.makers import NOW

LATER = NOW + timedelta(minutes=1)
FILE = b"title\nEmma\n"
WRONG = RecordError(7, "812971060", "invalid-isbn", "The check digit is wrong.")


async def take(library: Library) -> tuple[ImportJob | None, UUID]:
    lease = new_id()
    async with library.unit_of_work() as uow:
        job = await uow.imports.take(lease=lease, now=library.clock.now(), until=library.clock.now() + LEASE)
        await uow.commit()
    return job, lease


async def pieces(library: Library) -> int:
    return int(await library.database.value(select(func.count()).select_from(import_pieces)))


async def test_a_job_is_taken_as_it_was_asked_for_together_with_its_file(library: Library) -> None:
    asked = await library.start_import(FILE, mapping={"title": "name"}, split_authors="/", dry_run=True)

    job, _ = await take(library)

    expected = ImportJob(asked.import_id, "csv", ReadingOptions({"title": "name"}, "/"), True, NOW, attempts=1)
    assert expected == job
    assert FILE == b"".join([piece async for piece in library.files.read(asked.import_id)])
    assert "running" == (await library.views.import_(asked.import_id)).state


async def test_the_oldest_job_is_taken_first(library: Library) -> None:
    first = await library.start_import(FILE)
    library.clock.pass_by(timedelta(seconds=1))
    second = await library.start_import(FILE)

    taken = [(await take(library))[0] for _ in range(3)]

    assert [first.import_id, second.import_id, None] == [job and job.import_id for job in taken]


async def test_of_many_workers_one_takes_a_job(library: Library) -> None:
    await library.start_import(FILE)

    taken = await asyncio.gather(*(take(library) for _ in range(5)))

    assert 1 == len([job for job, _ in taken if job is not None])


async def test_a_job_is_taken_over_when_its_lease_has_run_out_and_the_first_holder_can_do_no_more(
    library: Library,
) -> None:
    await library.start_import(FILE)
    job, first = await take(library)
    assert job is not None
    library.clock.pass_by(LEASE + timedelta(seconds=1))

    again, second = await take(library)

    assert again is not None
    assert (job.import_id, 2) == (again.import_id, again.attempts)
    async with library.unit_of_work() as uow:
        with pytest.raises(LeaseLost):
            await uow.imports.note(job, (), lease=first, until=LATER)
        with pytest.raises(LeaseLost):
            await uow.imports.finish(job.import_id, lease=first, now=NOW, failure=None)
        await uow.imports.finish(job.import_id, lease=second, now=NOW, failure=None)
        await uow.commit()


async def test_progress_is_noted_with_its_errors_and_read_page_by_page(library: Library) -> None:
    await library.start_import(FILE)
    job, lease = await take(library)
    assert job is not None
    for read in (2, 4):
        noted = ImportJob(job.import_id, "csv", job.options, False, NOW, Counts(read=read, created=read), errors=read)
        async with library.unit_of_work() as uow:
            await uow.imports.note(noted, [WRONG, WRONG], lease=lease, until=LATER)
            await uow.commit()

    first = await library.views.import_(job.import_id, most_errors=3)
    rest = await library.views.import_(job.import_id, after_error=3, most_errors=3)

    assert (Counts(read=4, created=4), "running") == (first.counts, first.state)
    assert ((WRONG,) * 3, True) == (first.errors, first.more_errors)
    assert ((WRONG,), False) == (rest.errors, rest.more_errors)


@pytest.mark.parametrize(("failure", "state"), [(None, "done"), (WRONG, "failed")])
async def test_a_finished_job_drops_its_file_and_is_not_taken_again(
    library: Library, failure: RecordError | None, state: str
) -> None:
    await library.start_import(FILE)
    job, lease = await take(library)
    assert job is not None

    async with library.unit_of_work() as uow:
        await uow.imports.finish(job.import_id, lease=lease, now=LATER, failure=failure)
        await uow.commit()
    library.clock.pass_by(LEASE * 2)

    view: ImportView = await SqlImportViews(library.database).import_(job.import_id)
    assert (state, LATER, (failure,) if failure else ()) == (view.state, view.finished_at, view.errors)
    assert (0, None) == (await pieces(library), (await take(library))[0])


async def test_imports_that_ended_long_ago_are_forgotten_with_their_errors(library: Library) -> None:
    old = await library.start_import(b"title,isbn\nEmma,1\n")
    await library.work()
    library.clock.pass_by(timedelta(days=30))
    ended, waiting = await library.start_import(FILE), await library.start_import(FILE)
    await library.work()

    await ForgetImports(library.unit_of_work, library.clock, timedelta(days=29))()

    states = [(await library.views.import_(one.import_id)).state for one in (ended, waiting)]
    assert ["done", "queued"] == states
    with pytest.raises(ImportNotFound):
        await library.views.import_(old.import_id)


async def test_two_imports_of_one_file_at_once_bring_each_book_once(library: Library) -> None:
    file = b"title\n" + b"".join(b"Volume %d\n" % number for number in range(300))
    for _ in range(2):
        await library.start_import(file)

    await asyncio.gather(library.work(), library.work())

    assert 300 == len(await library.records.behind(None, limit=1000))


async def test_each_change_of_a_job_is_a_new_version(library: Library) -> None:
    asked = await library.start_import(FILE)

    await library.work()

    done = await library.views.import_(asked.import_id)
    assert (1, "done", Counts(read=1, created=1)) == (asked.version, done.state, done.counts)
    assert done.version > asked.version
