"""Work on the imports that wait, from where a crash may have left them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from books_service.application.exchange.bring_books import Batch, BookFile
from books_service.application.exchange.import_books import ImportBooks
from books_service.application.exchange.ports import (
    ExchangeUnitOfWork,
    ImportFiles,
    ImportJob,
    LeaseLost,
    OpensExchange,
    RecordReader,
)
from books_service.application.exchange.views import RecordError
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, Refused
from shared.kernel.file_records import FileUnusable, in_all
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


@dataclass(frozen=True, slots=True)
class RunImport:
    """Take the oldest import that nobody works on, and bring it to its end; False when there is none.

    - Each batch of records is kept together with the note of how far the import has come.
    - Who works on an import renews its lease. When a lease runs out its holder has crashed, and the import goes on
      behind the last record that was noted.
    - An import that breaks off again and again without getting any further is given up.
    """

    unit_of_work: OpensExchange
    files: ImportFiles
    readers: Mapping[str, RecordReader]
    import_books: ImportBooks
    clock: Clock

    async def __call__(self) -> bool:
        lease = new_id()
        async with self.unit_of_work() as uow:
            job = await uow.imports.take(lease=lease, now=self.clock.now(), until=self.clock.now() + LEASE)
            await uow.commit()
        if job is None:
            return False
        failure: LibraryError | None = None
        try:
            await _Progress(job, lease, self).go_through()
        except LeaseLost:
            return True
        except (FileUnusable, ImportGaveUp) as error:
            failure = error
        await self._finish(job, lease, failure)
        return True

    async def _finish(self, job: ImportJob, lease: UUID, failure: LibraryError | None) -> None:
        error = None if failure is None else RecordError(0, None, failure.code, failure.detail)
        try:
            async with self.unit_of_work() as uow:
                await uow.imports.finish(job.import_id, lease=lease, now=self.clock.now(), failure=error)
                await uow.commit()
        except LeaseLost:
            return


class _Progress:
    """How far a job has come, and until when it is ours."""

    def __init__(self, job: ImportJob, lease: UUID, run: RunImport) -> None:
        self._job = job
        self._lease = lease
        self._run = run
        self._renewed_at = run.clock.now()

    async def go_through(self) -> None:
        job, run = self._job, self._run
        if job.attempts > MOST_ATTEMPTS:
            raise ImportGaveUp(job.counts.read)
        file = BookFile(
            lambda: run.readers[job.format](self._pieces(), job.options),
            dry_run=job.dry_run,
            already=job.counts.read,
            by=job.by,
        )
        async for batch in run.import_books(file, note=self._note):
            self._job = self._after(batch)

    async def _pieces(self) -> AsyncIterator[bytes]:
        """Read the file; where that takes long and brings nothing to note, the lease is renewed on the way."""
        async for piece in self._run.files.read(self._job.import_id):
            if self._run.clock.now() - self._renewed_at > LEASE / 3:
                async with self._run.unit_of_work() as uow:
                    await self._renew(uow, self._job, ())
                    await uow.commit()
            yield piece

    async def _note(self, uow: ExchangeUnitOfWork, batch: Batch) -> None:
        await self._renew(uow, self._after(batch), batch.errors)

    async def _renew(self, uow: ExchangeUnitOfWork, job: ImportJob, errors: Sequence[RecordError]) -> None:
        self._renewed_at = self._run.clock.now()
        await uow.imports.note(job, errors, lease=self._lease, until=self._renewed_at + LEASE)

    def _after(self, batch: Batch) -> ImportJob:
        return replace(
            self._job,
            counts=self._job.counts + batch.counts,
            errors=self._job.errors + len(batch.errors),
            attempts=0,
            left_out=in_all(self._job.left_out, batch.left_out),
        )
