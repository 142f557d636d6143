"""Files of members that were handed in over HTTP: kept first, worked on in the background."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from members_service.application.membership.moving_in.import_members import ImportFile, ImportMembers
from members_service.application.membership.moving_in.member_file import Counts, FileRecord, RecordError
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidValue, LibraryError, NotFound, Refused
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
ERRORS_PER_PAGE = 100

ImportState = Literal["queued", "running", "done", "failed"]
Formats = Literal["json", "csv"]


class ImportNotFound(NotFound):
    """There is no such import."""

    code = "import-not-found"
    detail = "There is no import with this id."


class FormatNotSupported(InvalidValue):
    """Members are not read from that kind of file."""

    code = "format-not-supported"
    detail = "Members are read from json (an array, or an object a line) and csv."
    field = "format"


class ImportGaveUp(Refused):
    """The import broke off again and again."""

    code = "import-gave-up"
    detail = "The import broke off again and again; the server's log says why. What was imported before stays."


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import and how far it has come."""

    import_id: UUID
    format: str
    mapping: Mapping[str, str]
    dry_run: bool
    created_at: datetime
    by: str | None = None
    counts: Counts = field(default_factory=Counts)
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import: how many records were read, what became of them, and up to 100 errors a page.

    `read` is the sum of `created`, `updated`, `skipped` (nothing new) and `failed`.
    """

    import_id: UUID
    state: ImportState
    format: str
    dry_run: bool
    read: int
    created: int
    updated: int
    skipped: int
    failed: int
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

    async def note(self, job: ImportJob, counts: Counts, errors: Sequence[RecordError], *, until: datetime) -> None:
        """Note how far the import has come."""
        ...

    async def finish(self, import_id: UUID, *, now: datetime, failure: RecordError | None) -> None:
        """End the import, and let its file go."""
        ...

    async def forget(self, *, ended_before: datetime) -> None:
        """Forget imports that ended long ago."""
        ...


class Readers(Protocol):
    """Reads files of members by their format."""

    def check(self, format: str, mapping: Mapping[str, str]) -> None:
        """Raise FormatNotSupported, or InvalidMapping."""
        ...

    def read(
        self, format: str, pieces: AsyncIterator[bytes], mapping: Mapping[str, str]
    ) -> AsyncIterator[FileRecord]: ...


@dataclass(frozen=True, slots=True)
class Start:
    """How to read the file: `mapping` gives for a field of ours the name that the file has for it."""

    format: str
    mapping: Mapping[str, str]
    dry_run: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True)
class StartImport:
    """Queue a file of members for import; its address tells how far it has come.

    - Records match by `external_id`, else by card number: the same file again changes nothing.
    - A bad record never stops the others, and is reported with what is wrong.
    - Nobody is written to; who joined long ago is told to nobody.
    - The file is kept until the import is done, so that a crash only delays it.
    """

    jobs: ImportJobs
    readers: Readers
    clock: Clock

    def check(self, command: Start) -> None:
        """Raise FormatNotSupported or InvalidMapping, before the file is read."""
        self.readers.check(command.format, command.mapping)

    async def __call__(
        self, command: Start, receipt: Receipt | None = None, *, content: AsyncIterator[bytes]
    ) -> ImportView:
        """Return the import as it waits."""
        job = ImportJob(new_id(), command.format, command.mapping, command.dry_run, self.clock.now(), command.by)
        return await self.jobs.add(job, content, receipt=receipt)


@dataclass(frozen=True, slots=True)
class ShowImport:
    """Show how far an import has come. While it is queued or running, `Retry-After` says when to look again."""

    jobs: ImportJobs

    async def __call__(self, import_id: UUID, *, after_error: int) -> tuple[ImportView, bool]:
        """Return the import with a page of errors, and whether there are more. Raises ImportNotFound."""
        return await self.jobs.view(import_id, after_error=after_error)


@dataclass(frozen=True, slots=True)
class RunImport:
    """Take the oldest import that nobody works on, and bring it to its end.

    Each batch is noted when it is kept. Whoever crashes between the two has imported what is then read again, and
    finds nothing new in it. One that breaks off again and again is given up.
    """

    jobs: ImportJobs
    readers: Readers
    import_members: ImportMembers
    clock: Clock

    async def __call__(self) -> bool:
        """Return whether there was one."""
        now = self.clock.now()
        job = await self.jobs.take(now=now, until=now + LEASE)
        if job is None:
            return False
        failure: LibraryError | None = None
        try:
            await self._go_through(job)
        except LibraryError as error:
            failure = error
        told = None if failure is None else RecordError(0, None, failure.code, failure.detail)
        await self.jobs.finish(job.import_id, now=self.clock.now(), failure=told)
        return True

    async def _go_through(self, job: ImportJob) -> None:
        if job.attempts > MOST_ATTEMPTS:
            raise ImportGaveUp
        counts = job.counts
        command = ImportFile(dry_run=job.dry_run, already=counts.read, by=job.by)
        batches = self.import_members(
            command, lambda: self.readers.read(job.format, self.jobs.pieces(job.import_id), job.mapping)
        )
        async for batch in batches:
            counts += batch.counts
            await self.jobs.note(job, counts, batch.errors, until=self.clock.now() + LEASE)
