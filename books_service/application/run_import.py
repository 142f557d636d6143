"""Work on the imports that wait, from where a crash may have left them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from books_service.application.import_books import Batch, FileUnusable, import_books
from books_service.application.ports import ImportFiles, ImportJob, LeaseLost, RecordReader, UnitOfWork
from books_service.application.views import RecordError
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, Refused
from shared.kernel.ids import new_id

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 5


class ImportGaveUp(Refused):
    """The import broke off again and again at the same place."""

    code = "import-gave-up"

    def __init__(self, read: int) -> None:
        super().__init__(
            f"The import broke off {MOST_ATTEMPTS} times behind record {read}; the server's log says why. What was "
            "imported before stays."
        )


async def run_import(
    *,
    unit_of_work: Callable[[], UnitOfWork],
    files: ImportFiles,
    readers: Mapping[str, RecordReader],
    clock: Clock,
) -> bool:
    """Take the oldest import that nobody works on, and bring it to its end; False when there is none.

    - Each batch of records is kept together with the note of how far the import has come.
    - Who works on an import renews its lease with each batch. When a lease runs out its holder has crashed, and the
      import goes on behind the last record that was noted.
    - An import that breaks off again and again without getting any further is given up.
    """
    lease = new_id()
    async with unit_of_work() as uow:
        job = await uow.imports.take(lease=lease, now=clock.now(), until=clock.now() + LEASE)
        await uow.commit()
    if job is None:
        return False
    failure: LibraryError | None = None
    try:
        await _Progress(job, lease, clock).go_through(files, readers, unit_of_work)
    except LeaseLost:
        return True
    except (FileUnusable, ImportGaveUp) as error:
        failure = error
    await _finish(job, lease, failure, unit_of_work, clock)
    return True


async def _finish(
    job: ImportJob, lease: UUID, failure: LibraryError | None, unit_of_work: Callable[[], UnitOfWork], clock: Clock
) -> None:
    said = None if failure is None else RecordError(0, None, failure.code, failure.detail)
    try:
        async with unit_of_work() as uow:
            await uow.imports.finish(job.import_id, lease=lease, now=clock.now(), failure=said)
            await uow.commit()
    except LeaseLost:
        return


class _Progress:
    """How far a job has come."""

    def __init__(self, job: ImportJob, lease: UUID, clock: Clock) -> None:
        self._job = job
        self._lease = lease
        self._clock = clock

    async def go_through(
        self, files: ImportFiles, readers: Mapping[str, RecordReader], unit_of_work: Callable[[], UnitOfWork]
    ) -> None:
        job = self._job
        if job.attempts > MOST_ATTEMPTS:
            raise ImportGaveUp(job.counts.read)
        records = readers[job.format](files.read(job.import_id), job.options)
        batches = import_books(
            records,
            unit_of_work=unit_of_work,
            clock=self._clock,
            dry_run=job.dry_run,
            already=job.counts.read,
            note=self._note,
        )
        async for batch in batches:
            self._job = self._after(batch)

    async def _note(self, uow: UnitOfWork, batch: Batch) -> None:
        until = self._clock.now() + LEASE
        await uow.imports.note(self._after(batch), batch.errors, lease=self._lease, until=until)

    def _after(self, batch: Batch) -> ImportJob:
        return replace(
            self._job, counts=self._job.counts + batch.counts, errors=self._job.errors + len(batch.errors), attempts=0
        )
