"""Workers that are killed in the middle of an import: whoever takes it up brings it to the same end."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import update

from books_service.domain.catalogue.record import BookRecord
from books_service.persistence.import_tables import imports
from shared.kernel.import_undo import Undo
from shared.kernel.imports import LEASE, ImportView
from tests.books.library import Library
from tests.books.makers import ISBN, counts_of
from tests.end_to_end.processes import Process

RECORDS = 1_500


def file() -> bytes:
    """A file of which one record in ten is wrong in some way, and some say the same as others, or nearly."""
    lines = [b"title,authors,isbns,published_year"]
    for number in range(RECORDS):
        isbn = ISBN if number % 100 == 50 else "1" if number % 10 == 5 else ""
        lines.append(f"Volume {number % 1_400},Somebody,{isbn},{number % 7 or 'soon'}".encode())
    return b"\n".join(lines)


async def outcome(library: Library, done: ImportView) -> tuple[object, list[BookRecord]]:
    report = await library.seen(done)
    errors = list(report.errors)
    while page := (await library.seen(done, after_error=len(errors))).errors:
        errors += page
    books = [book.record for _, book in await library.records.behind(None, limit=10_000)]
    return (report.state, counts_of(report), errors), books


async def test_an_import_killed_again_and_again_ends_as_if_nothing_had_happened(library: Library) -> None:
    whole = await library.start_import(file())
    await library.work()
    expected = await outcome(library, whole)
    await library.clear()
    library.clock.time = datetime.now(UTC)
    job = await library.start_import(file())

    for kill in range(1, 4):
        await work_and_be_killed(library, job, behind=kill * RECORDS // 5)
        async with library.database.engine.begin() as connection:  # as if the time of its lease had passed
            await connection.execute(update(imports.jobs).values(leased_until=library.clock.now() - LEASE))
    assert await library.work()

    assert expected == await outcome(library, job)


async def work_and_be_killed(library: Library, job: ImportView, *, behind: int) -> None:
    url = library.database.engine.url.render_as_string(hide_password=False)
    settings = {"BOOKS_DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    with Process("tests.books.killed_worker", environment=settings) as worker:
        async with asyncio.timeout(60):
            while (await library.seen(job)).read < behind:
                await asyncio.sleep(0.01)
        worker.kill()
    seen = await library.seen(job)
    assert ("running", True) == (seen.state, seen.read < RECORDS), "it was killed in the middle"


async def test_an_undo_killed_again_and_again_takes_everything_back_once(library: Library) -> None:
    library.clock.time = datetime.now(UTC)
    done = await library.start_import(file())
    await library.work()
    made = (await library.seen(done)).created
    job = await library.exchange.undo_import(Undo(done.import_id))

    for kill in range(1, 3):
        await work_and_be_killed(library, job, behind=kill * made // 4)
        async with library.database.engine.begin() as connection:  # as if the time of its lease had passed
            await connection.execute(update(imports.jobs).values(leased_until=library.clock.now() - LEASE))
    assert await library.work()

    undone = await library.seen(job)
    assert ("done", made, made, 0) == (undone.state, undone.read, undone.updated, undone.failed)
    assert not await library.records.behind(None, limit=1)
