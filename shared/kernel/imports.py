"""Imports in the background, which resume after a crash."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, NeighbourUnavailable, NotFound, Refused, refuses
from shared.kernel.file_records import (
    Batch,
    Counts,
    FilePacked,
    FileUnusable,
    InvalidMapping,
    KindCounts,
    RecordError,
    in_all,
    unpacked,
)
from shared.kernel.ids import new_id
from shared.kernel.import_profiles import (
    NO_RULES,
    ImportRules,
    InvalidMatch,
    InvalidProtect,
)
from shared.kernel.receipts import Receipt

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
ERRORS_PER_PAGE = 100
_RENEWED_EVERY = LEASE / 6
_PAUSE = 5.0  # seconds, after a neighbour did not answer

ImportState = Literal["queued", "running", "done", "failed"]
Place = tuple[datetime, UUID]
"""Where an import stands in the list: when it was queued, and its id."""


class ImportNotFound(NotFound):
    """There is no such import."""

    code = "import-not-found"
    detail = "There is no import with this id."


class ImportGaveUp(Refused):
    """The import broke off again and again at the same place."""

    code = "import-gave-up"
    detail = "The import broke off again and again; the server's log says why. What was imported before stays."


class LeaseLost(Exception):
    """Another worker has taken over the import; the one that gets this must write nothing more of it."""


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import and its progress.

    The service defines `what` kinds of records there are, and the form of the `mapping` of their fields. A worker holds
    it under a `lease`. It may undo another import.
    """

    import_id: UUID
    what: str
    format: str
    mapping: Mapping[str, Any]
    dry_run: bool
    created_at: datetime
    by: str | None = None
    counts: Counts = field(default_factory=Counts)
    attempts: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    lease: UUID | None = None
    rules: ImportRules = NO_RULES
    undoes: UUID | None = None


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """An import: how many records were read, and what became of them.

    `read` is the sum of `created`, `updated`, `skipped` (nothing new) and `failed`; `kinds` says the same of what came
    inside of records. `left_out` says of fields of the file that nothing was made of how often they said something.
    One that `undoes` another counts the things that the other made or changed.
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
    kinds: Mapping[str, KindCounts]
    left_out: Mapping[str, int]
    match: tuple[str, ...]
    protect: tuple[str, ...]
    undoes: UUID | None
    created_at: datetime
    finished_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class ImportView(ImportSummary):
    """An import with up to 100 errors a page.

    A record that was taken without a value that cannot be right counts as taken, and has an error all the same.
    """

    errors: tuple[RecordError, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class KeptImport:
    """An import and its state; whether it did anything, and whether something of that can be undone still."""

    job: ImportJob
    state: ImportState
    did_nothing: bool
    is_kept: bool


class ImportNotes(Protocol):
    """Stores the progress of an import in the service's own transaction, together with the records it imports."""

    async def note(self, job: ImportJob, errors: Sequence[RecordError], *, until: datetime) -> None:
        """Store the progress of the job and its new errors, and extend the lease. Raises LeaseLost."""
        ...


class ImportJobs(ImportNotes, Protocol):
    """The queue of imports; each call is a transaction of its own."""

    async def add(self, job: ImportJob, content: AsyncIterator[bytes], *, receipt: Receipt | None) -> ImportView:
        """Store the job and its file."""
        ...

    @refuses(ImportNotFound)
    async def view(self, import_id: UUID, *, after_error: int) -> tuple[ImportView, bool]:
        """Return the import with a page of errors, and whether there are more. Raises ImportNotFound."""
        ...

    async def undo_of(self, import_id: UUID) -> ImportView | None:
        """Return the newest undo of this import, if there is one that was not dry."""
        ...

    @refuses(ImportNotFound)
    async def kept(self, import_id: UUID) -> KeptImport:
        """Raises ImportNotFound."""
        ...

    async def newest(self, state: ImportState | None, *, before: Place | None, limit: int) -> Sequence[ImportSummary]:
        """Return imports, newest first, from behind this place; with a state, those in it alone."""
        ...

    async def take(self, *, lease: UUID, now: datetime, until: datetime) -> ImportJob | None:
        """Lease the oldest import that no worker holds, and return it; None when there is none."""
        ...

    def pieces(self, import_id: UUID) -> AsyncIterator[bytes]:
        """Read the file piece by piece, with one piece in memory."""
        ...

    async def renew(self, job: ImportJob, *, until: datetime) -> None:
        """Extend the lease. Raises LeaseLost."""
        ...

    async def finish(self, job: ImportJob, errors: Sequence[RecordError], *, now: datetime, failed: bool) -> None:
        """End the import, and drop its file. Raises LeaseLost."""
        ...

    async def forget(self, *, ended_before: datetime) -> None:
        """Delete imports that ended long ago."""
        ...


Note = Callable[[ImportNotes, Batch], Awaitable[None]]
"""Stores the outcome of a batch in the transaction that stores its records. Raises LeaseLost."""


async def _unnoted(_: ImportNotes, __: Batch) -> None:
    """Store no progress: an import from the command line is started again by hand when it breaks off."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """How to import: `dry_run` reports what would happen and changes nothing; the first `already` records are done.

    `what` its records are; `by` is who uploaded the file.
    """

    dry_run: bool = False
    already: int = 0
    by: str | None = None
    note: Note = _unnoted
    what: str = ""
    rules: ImportRules = NO_RULES


@dataclass(frozen=True, slots=True)
class Start:
    """How to read the file: `mapping` gives for a field of ours its name there."""

    what: str
    format: str
    mapping: Mapping[str, Any]
    dry_run: bool = False
    by: str | None = None
    rules: ImportRules = NO_RULES


Check = Callable[[Start], None]
"""Raises FormatNotSupported, InvalidMapping, InvalidMatch, InvalidProtect, or a refusal of `what`, before it reads."""


@refuses(InvalidMapping, InvalidMatch, InvalidProtect, FilePacked)
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
        """Return the queued import."""
        job = ImportJob(
            new_id(),
            command.what,
            command.format,
            command.mapping,
            command.dry_run,
            self.clock.now(),
            command.by,
            rules=command.rules,
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
"""Imports the records of a job's file, and yields each batch once it is stored."""

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class RunImport:
    """Take the oldest import that nobody works on, and bring it to its end.

    - Each batch is noted in the transaction that keeps it, so that the counts are right whenever the process is killed.
    - Whoever works on an import holds it under a lease, and renews that all the while. When it runs out, its holder has
      crashed, and another goes on behind what was noted; a holder who was only slow writes nothing more.
    - One that breaks off again and again without getting any further is given up.
    - While a neighbour does not answer, the import waits.
    """

    jobs: ImportJobs
    work: Work
    clock: Clock
    pause: float = _PAUSE
    sleep: Sleep = asyncio.sleep

    async def __call__(self) -> bool:
        """Return whether there was an import to run."""
        now = self.clock.now()
        job = await self.jobs.take(lease=new_id(), now=now, until=now + LEASE)
        if job is None:
            return False
        try:
            await _while_renewed(_Progress(job, self).to_the_end(), self._renew(job))
        except NeighbourUnavailable:
            await asyncio.sleep(self.pause)
            return False  # its lease expires, and a worker takes it again
        except LeaseLost:
            return True
        return True

    async def _renew(self, job: ImportJob) -> None:
        """Renew the lease until cancelled. Raises LeaseLost."""
        while True:
            await self.sleep(_RENEWED_EVERY.total_seconds())
            try:
                await self.jobs.renew(job, until=self.clock.now() + LEASE)
            except LeaseLost:
                raise
            except Exception:  # noqa: BLE001, S112 - the next time will do; if none does, the next note meets LeaseLost
                continue


async def _while_renewed(work: Coroutine[Any, Any, None], renewal: Coroutine[Any, Any, None]) -> None:
    """Run the work to its end, and cancel it when its lease cannot be renewed."""
    working, renewing = asyncio.create_task(work), asyncio.create_task(renewal)
    try:
        await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        renewing.cancel()
        await asyncio.gather(working, renewing, return_exceptions=True)
    (renewing if working.cancelled() else working).result()


class _Progress:
    """Runs a job and stores its progress."""

    def __init__(self, job: ImportJob, run: RunImport) -> None:
        self._job = job
        self._run = run
        self._noted: Batch | None = None
        self._errors: tuple[RecordError, ...] = ()

    async def to_the_end(self) -> None:
        """Import the rest of the file, and end the import. Raises LeaseLost."""
        failure: LibraryError | None = None
        try:
            await self._go_through()
        except (FileUnusable, ImportGaveUp) as error:
            failure = error
        errors = self._errors
        if failure is not None:
            errors += (RecordError(0, None, failure.code, failure.detail),)
        await self._run.jobs.finish(self._job, errors, now=self._run.clock.now(), failed=failure is not None)

    async def _go_through(self) -> None:
        job = self._job
        if job.attempts > MOST_ATTEMPTS:
            raise ImportGaveUp
        file = ImportFile(job.dry_run, job.counts.read, job.by, note=self._note, what=job.what, rules=job.rules)
        async for batch in self._run.work(job, file):
            if not batch.counts.read:  # an error of the whole file is stored with its end, and once
                self._errors += batch.errors
                continue
            if batch is not self._noted:
                await self._note(self._run.jobs, batch)
            self._job = self._after(batch)

    async def _note(self, notes: ImportNotes, batch: Batch) -> None:
        await notes.note(self._after(batch), batch.errors, until=self._run.clock.now() + LEASE)
        self._noted = batch

    def _after(self, batch: Batch) -> ImportJob:
        counts, left_out = self._job.counts + batch.counts, in_all(self._job.left_out, batch.left_out)
        return replace(self._job, counts=counts, left_out=left_out)
