"""Imports that go on in the background, from where a crash may have left them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, NeighbourUnavailable, NotFound, Refused
from shared.kernel.file_records import Batch, Counts, ImportFile, RecordError, in_all, unpacked
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
ERRORS_PER_PAGE = 100
_PAUSE = 5.0  # seconds, after a neighbour did not answer

ImportState = Literal["queued", "running", "done", "failed"]


class ImportNotFound(NotFound):
    """There is no such import."""

    code = "import-not-found"
    detail = "There is no import with this id."


class ImportGaveUp(Refused):
    """The import broke off again and again."""

    code = "import-gave-up"
    detail = "The import broke off again and again; the server's log says why. What was imported before stays."


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import and how far it has come. `what` its records are is a word of the service."""

    import_id: UUID
    what: str
    format: str
    mapping: Mapping[str, str]
    dry_run: bool
    created_at: datetime
    by: str | None = None
    counts: Counts = field(default_factory=Counts)
    attempts: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import: how many records were read, what became of them, and up to 100 errors a page.

    `read` is the sum of `created`, `updated`, `skipped` (nothing new) and `failed`. `left_out` says of columns of the
    file that nothing was made of how often they said something.
    """

    import_id: UUID
    state: ImportState
    what: str
    format: str
    dry_run: bool
    read: int
    created: int
    updated: int
    skipped: int
    failed: int
    left_out: Mapping[str, int]
    errors: tuple[RecordError, ...]
    next_cursor: str | None
    created_at: datetime
    finished_at: datetime | None
    version: int


class ImportJobs(Protocol):
    """The imports in hand, each call in a transaction of its own."""

    async def add(self, job: ImportJob, content: AsyncIterator[bytes], *, receipt: Receipt | None) -> ImportView:
        """Keep the job and its file."""
        ...

    async def view(self, import_id: UUID, *, after_error: int) -> tuple[ImportView, bool]:
        """Return the import with a page of errors, and whether there are more. Raises ImportNotFound."""
        ...

    async def take(self, *, now: datetime, until: datetime) -> ImportJob | None:
        """Return the oldest import that nobody works on, held until then; None when there is none."""
        ...

    def pieces(self, import_id: UUID) -> AsyncIterator[bytes]:
        """Read the file, one piece of it in memory."""
        ...

    async def note(self, job: ImportJob, errors: Sequence[RecordError], *, until: datetime) -> None:
        """Note how far the import has come, and errors that were not noted before."""
        ...

    async def finish(self, import_id: UUID, *, now: datetime, failure: RecordError | None) -> None:
        """End the import, and let its file go."""
        ...

    async def forget(self, *, ended_before: datetime) -> None:
        """Forget imports that ended long ago."""
        ...


@dataclass(frozen=True, slots=True)
class Start:
    """How to read the file: `mapping` gives for a field of ours the name that the file has for it."""

    what: str
    format: str
    mapping: Mapping[str, str]
    dry_run: bool = False
    by: str | None = None


Check = Callable[[Start], None]
"""Raises FormatNotSupported, InvalidMapping, or what is wrong with `what`, before the file is read."""


@dataclass(frozen=True, slots=True)
class StartImport:
    """Queue a file for import; its address tells how far it has come.

    The file is kept until the import is done, so that a crash only delays it.
    """

    jobs: ImportJobs
    check: Check
    clock: Clock

    async def __call__(
        self, command: Start, receipt: Receipt | None = None, *, content: AsyncIterator[bytes]
    ) -> ImportView:
        """Return the import as it waits."""
        job = ImportJob(
            new_id(), command.what, command.format, command.mapping, command.dry_run, self.clock.now(), command.by
        )
        return await self.jobs.add(job, unpacked(content), receipt=receipt)


@dataclass(frozen=True, slots=True)
class ForgetImports:
    """Forget the imports that ended longer ago than `kept_for`, with their errors; what they brought stays."""

    jobs: ImportJobs
    clock: Clock
    kept_for: timedelta

    async def __call__(self) -> None:
        await self.jobs.forget(ended_before=self.clock.now() - self.kept_for)


Work = Callable[[ImportJob, ImportFile], AsyncIterator[Batch]]
"""Takes the records of a job's file in, batch by batch, each told once it is kept."""


@dataclass(frozen=True, slots=True)
class RunImport:
    """Take the oldest import that nobody works on, and bring it to its end.

    Each batch is noted when it is kept. Whoever crashes between the two has imported what is then read again, and
    finds nothing new in it. One that breaks off again and again is given up. While a neighbour does not answer, the
    import waits.
    """

    jobs: ImportJobs
    work: Work
    clock: Clock
    pause: float = _PAUSE

    async def __call__(self) -> bool:
        """Return whether there was one."""
        now = self.clock.now()
        job = await self.jobs.take(now=now, until=now + LEASE)
        if job is None:
            return False
        failure: LibraryError | None = None
        try:
            await self._go_through(job)
        except NeighbourUnavailable as error:
            if job.attempts <= MOST_ATTEMPTS:
                await asyncio.sleep(self.pause)
                return False  # its lease runs out, and it is taken up again
            failure = error
        except LibraryError as error:
            failure = error
        told = None if failure is None else RecordError(0, None, failure.code, failure.detail)
        await self.jobs.finish(job.import_id, now=self.clock.now(), failure=told)
        return True

    async def _go_through(self, job: ImportJob) -> None:
        if job.attempts > MOST_ATTEMPTS:
            raise ImportGaveUp
        async for batch in self.work(job, ImportFile(dry_run=job.dry_run, already=job.counts.read, by=job.by)):
            job = replace(job, counts=job.counts + batch.counts, left_out=in_all(job.left_out, batch.left_out))
            await self.jobs.note(job, batch.errors, until=self.clock.now() + LEASE)
