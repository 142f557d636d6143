"""Work on the imports that wait, from where a crash may have left them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from books_service.application.catalogue.views import RecordError
from books_service.application.exchange.import_books import Batch, FileUnusable, import_books
from books_service.application.ports import ImportFiles, ImportJob, LeaseLost, RecordReader, UnitOfWork
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
    - Who works on an import renews its lease. When a lease runs out its holder has crashed, and the import goes on
      behind the last record that was noted.
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
        await _Progress(job, lease, unit_of_work, clock).go_through(files, readers)
    except LeaseLost:
        return True
    except (FileUnusable, ImportGaveUp) as error:
        failure = error
    await _finish(job, lease, failure, unit_of_work, clock)
    return True


async def _finish(
    job: ImportJob, lease: UUID, failure: LibraryError | None, unit_of_work: Callable[[], UnitOfWork], clock: Clock
) -> None:
    error = None if failure is None else RecordError(0, None, failure.code, failure.detail)
    try:
        async with unit_of_work() as uow:
            await uow.imports.finish(job.import_id, lease=lease, now=clock.now(), failure=error)
            await uow.commit()
    except LeaseLost:
        return


class _Progress:
    """How far a job has come, and until when it is ours."""

    def __init__(self, job: ImportJob, lease: UUID, unit_of_work: Callable[[], UnitOfWork], clock: Clock) -> None:
        self._job = job
        self._lease = lease
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._renewed_at = clock.now()

    async def go_through(self, files: ImportFiles, readers: Mapping[str, RecordReader]) -> None:
        job = self._job
        if job.attempts > MOST_ATTEMPTS:
            raise ImportGaveUp(job.counts.read)
        batches = import_books(
            lambda: readers[job.format](self._pieces_of(files), job.options),
            unit_of_work=self._unit_of_work,
            clock=self._clock,
            dry_run=job.dry_run,
            already=job.counts.read,
            by=job.by,
            note=self._note,
        )
        async for batch in batches:
            self._job = self._after(batch)

    async def _pieces_of(self, files: ImportFiles) -> AsyncIterator[bytes]:
        """Read the file; where that takes long and brings nothing to note, the lease is renewed on the way."""
        async for piece in files.read(self._job.import_id):
            if self._clock.now() - self._renewed_at > LEASE / 3:
                async with self._unit_of_work() as uow:
                    await self._renew(uow, self._job, ())
                    await uow.commit()
            yield piece

    async def _note(self, uow: UnitOfWork, batch: Batch) -> None:
        await self._renew(uow, self._after(batch), batch.errors)

    async def _renew(self, uow: UnitOfWork, job: ImportJob, errors: Sequence[RecordError]) -> None:
        self._renewed_at = self._clock.now()
        await uow.imports.note(job, errors, lease=self._lease, until=self._renewed_at + LEASE)

    def _after(self, batch: Batch) -> ImportJob:
        return replace(
            self._job, counts=self._job.counts + batch.counts, errors=self._job.errors + len(batch.errors), attempts=0
        )
