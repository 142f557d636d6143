"""The queue of imports in tables: jobs, their files in pieces, and their errors."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)

from shared.kernel.clock import Clock
from shared.kernel.file_records import Counts, KindCounts, RecordError
from shared.kernel.from_attributes import from_attributes
from shared.kernel.import_profiles import ImportRules
from shared.kernel.imports import (
    ERRORS_PER_PAGE,
    ImportJob,
    ImportNotFound,
    ImportState,
    ImportSummary,
    ImportView,
    KeptImport,
    LeaseLost,
    Place,
)
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.import_changes import Cipher, SqlImportedChanges, changes_table
from shared.persistence.statements import InsertMany, Prepared
from shared.persistence.transaction import Transaction
from shared.persistence.types import UtcDateTime
from shared.persistence.work import PlumbingTables, SqlWork

_OF_KIND = ("created", "updated", "skipped", "failed")
_COUNTS = ("read", *_OF_KIND)


@dataclass(frozen=True)
class ImportTables:
    """The tables of queued imports. They are not part of the library's data, and not exported."""

    jobs: Table
    pieces: Table
    errors: Table
    changes: Table
    kinds: Sequence[str] = ()

    @classmethod
    def declare(
        cls, metadata: MetaData, *, comment: str | None = None, kinds: Sequence[str] = (), what_in_mapping: bool = False
    ) -> "ImportTables":
        """Declare the tables on a service's metadata, with a comment on the encryption of the files.

        `kinds` are counted apart. With `what_in_mapping` the column `options` also holds what the records are, as in an
        earlier release.
        """
        jobs = _jobs_table(metadata, kinds, what_in_mapping=what_in_mapping)
        return cls(
            jobs,
            _pieces_table(metadata, comment),
            _errors_table(metadata),
            changes_table(metadata),
            kinds,
        )

    @cached_property
    def of_jobs(self) -> Select[Any]:
        """All jobs, each with what its records are."""
        what = () if "what" in self.jobs.c else (self.jobs.c.mapping["what"].as_string().label("what"),)
        return select(self.jobs, *what)

    @cached_property
    def to_be_taken(self) -> Select[Any]:
        """The first job, of `of_jobs`, that waits for a worker, or whose worker has fallen silent at the time `now`."""
        jobs = self.jobs.c
        silent = and_(jobs.state == "running", jobs.leased_until < bindparam("now", type_=UtcDateTime))
        waiting = self.of_jobs.where(or_(jobs.state == "queued", silent))
        return waiting.order_by(jobs.created_at, jobs.import_id).limit(1)

    @cached_property
    def is_one_to_be_taken(self) -> Prepared:
        """Whether there is one: each worker asks twice a second."""
        return Prepared(select(self.to_be_taken.exists().label("found")))

    @cached_property
    def new_errors(self) -> InsertMany:
        """The INSERT of errors in a transaction's writes."""
        return InsertMany(self.errors)

    def columns_of(self, counts: Counts) -> dict[str, int]:
        """Return counts as columns of a job."""
        of_kinds = {
            f"{kind}_{name}": getattr(counts.kinds.get(kind, KindCounts()), name)
            for kind in self.kinds
            for name in _OF_KIND
        }
        return {name: getattr(counts, name) for name in _COUNTS} | of_kinds

    def counts_of(self, row: Row[Any]) -> Counts:
        """Return the counts in the columns of a job."""
        kinds = {kind: KindCounts(*(getattr(row, f"{kind}_{name}") for name in _OF_KIND)) for kind in self.kinds}
        return from_attributes(row, Counts, kinds=kinds)


def _jobs_table(metadata: MetaData, kinds: Sequence[str], *, what_in_mapping: bool) -> Table:
    how = (
        (Column("options", JSON, key="mapping", nullable=False),)
        if what_in_mapping
        else (Column("what", String(20), nullable=False), Column("mapping", JSON, nullable=False))
    )
    of_kinds = (f"{kind}_{name}" for kind in kinds for name in _OF_KIND)
    return Table(
        "imports",
        metadata,
        Column("import_id", Uuid, primary_key=True),
        Column("state", String(10), nullable=False),
        *how,
        Column("format", String(20), nullable=False),
        Column("dry_run", Boolean, nullable=False),
        *(Column(name, Integer, nullable=False) for name in (*_COUNTS, "errors")),
        *(Column(name, Integer, nullable=False, server_default=text("0")) for name in of_kinds),
        Column("created_at", UtcDateTime, nullable=False),
        Column("finished_at", UtcDateTime),
        Column("lease", Uuid),
        Column("leased_until", UtcDateTime),
        Column("attempts", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        Column("by", String(100)),
        Column("left_out", JSON, nullable=False, server_default=text("'{}'")),
        Column("rules", JSON),
        Column("undoes", Uuid),
    )


def _pieces_table(metadata: MetaData, comment: str | None) -> Table:
    return Table(
        "import_pieces",
        metadata,
        Column("import_id", Uuid, ForeignKey("imports.import_id"), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("content", LargeBinary, nullable=False, comment=comment),
        comment="The files of unfinished imports, in pieces, so that any worker can read them.",
    )


def _errors_table(metadata: MetaData) -> Table:
    return Table(
        "import_errors",
        metadata,
        Column("import_id", Uuid, ForeignKey("imports.import_id"), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("record", Integer, nullable=False),
        Column("identifier", String(100)),
        Column("code", String(60), nullable=False),
        Column("detail", Text, nullable=False),
    )


class SqlImportNotes(SqlImportedChanges):
    """Implements `shared.kernel.import_undo.ImportedChanges` in the caller's transaction."""

    def __init__(self, transaction: Transaction, tables: ImportTables, cipher: Cipher | None = None) -> None:
        super().__init__(transaction, tables.changes, tables.jobs, cipher)
        self._transaction = transaction
        self._tables = tables

    async def note(self, job: ImportJob, errors: Sequence[RecordError], *, until: datetime) -> None:
        self.noted = job
        counts = self._tables.columns_of(job.counts)
        await self.change(job, errors, **counts, left_out=dict(job.left_out), leased_until=until, attempts=0)

    async def change(self, job: ImportJob, errors: Sequence[RecordError], **values: Any) -> None:
        """Update the job if its lease is still held. Raises LeaseLost."""
        jobs = self._tables.jobs
        held = and_(jobs.c.import_id == job.import_id, jobs.c.lease == job.lease, jobs.c.state == "running")
        changed = update(jobs).where(held).values(**values, errors=jobs.c.errors + len(errors))
        changed = changed.values(version=jobs.c.version + 1).returning(jobs.c.errors)
        held_jobs = await self._transaction.run(changed)
        if not held_jobs:
            raise LeaseLost
        behind = held_jobs[0].errors - len(errors)
        rows = [
            {"import_id": job.import_id, "number": number, **asdict(error)}
            for number, error in enumerate(errors, start=behind + 1)
        ]
        await self._transaction.write([(self._tables.new_errors, rows)])


class SqlImportJobs:
    """Implements `shared.kernel.imports.ImportJobs`.

    `cipher` protects the files from readers of the database.
    """

    def __init__(
        self,
        database: Database,
        tables: ImportTables,
        plumbing: PlumbingTables,
        *,
        clock: Clock,
        on_commit: Callable[[], None],
        cipher: Cipher | None = None,
    ) -> None:
        self._database = database
        self._tables = tables
        self._jobs, self._pieces, self._errors = tables.jobs, tables.pieces, tables.errors
        self._plumbing = plumbing
        self._cipher = cipher
        self._clock = clock
        self._on_commit = on_commit

    async def add(self, job: ImportJob, content: AsyncIterator[bytes], *, receipt: Receipt | None) -> ImportView:
        work = SqlWork(self._database, self._plumbing, receipt=receipt, on_commit=self._on_commit)
        run = (await work.begin()).run
        try:
            await run(insert(self._jobs).values(self._row(job)))
            number = 0
            async for piece in content:
                number += 1
                kept = piece if self._cipher is None else self._cipher.seal(piece, owner=job.import_id)
                of_file = {"import_id": job.import_id, "number": number, "content": kept}
                await run(insert(self._pieces).values(of_file))
            (queued,) = await run(self._tables.of_jobs.where(self._jobs.c.import_id == job.import_id))
            view = self._view(queued, ())
            await work.commit([], answer=view, now=self._clock.now())
        finally:
            await work.close()
        return view

    def _row(self, job: ImportJob) -> dict[str, Any]:
        return {
            "import_id": job.import_id,
            "state": "queued",
            **({"what": job.what} if "what" in self._jobs.c else {}),
            "format": job.format,
            "mapping": dict(job.mapping),
            "dry_run": job.dry_run,
            **self._tables.columns_of(job.counts),
            "errors": 0,
            "created_at": job.created_at,
            "attempts": 0,
            "version": 1,
            "by": job.by,
            "rules": asdict(job.rules),
            "undoes": job.undoes,
        }

    async def view(self, import_id: UUID, *, after_error: int) -> tuple[ImportView, bool]:
        of_page = and_(self._errors.c.import_id == import_id, self._errors.c.number > after_error)
        errors = select(self._errors).where(of_page).order_by(self._errors.c.number).limit(ERRORS_PER_PAGE + 1)
        async with self._database.reading() as connection:
            row = (await connection.execute(self._tables.of_jobs.where(self._jobs.c.import_id == import_id))).first()
            if row is None:
                raise ImportNotFound
            rows = list(await connection.execute(errors))
        page = tuple(RecordError(one.record, one.identifier, one.code, one.detail) for one in rows[:ERRORS_PER_PAGE])
        return self._view(row, page), len(rows) > ERRORS_PER_PAGE

    async def newest(self, state: ImportState | None, *, before: Place | None, limit: int) -> Sequence[ImportSummary]:
        at, import_id = self._jobs.c.created_at, self._jobs.c.import_id
        query = self._tables.of_jobs.order_by(at.desc(), import_id.desc()).limit(limit)
        if state is not None:
            query = query.where(self._jobs.c.state == state)
        if before is not None:
            query = query.where(tuple_(at, import_id) < before)
        return [
            from_attributes(row, ImportSummary, **self._columns_of(row)) for row in await self._database.rows(query)
        ]

    def _view(self, row: Row[Any], errors: tuple[RecordError, ...]) -> ImportView:
        return from_attributes(row, ImportView, errors=errors, next_cursor=None, **self._columns_of(row))

    def _columns_of(self, row: Row[Any]) -> dict[str, Any]:
        return {"kinds": self._tables.counts_of(row).kinds, **asdict(_rules_of(row))}

    async def take(self, *, lease: UUID, now: datetime, until: datetime) -> ImportJob | None:
        if not (await self._database.first(self._tables.is_one_to_be_taken, now=now)).found:
            return None  # a read without a lock, which others would wait for
        async with self._database.begin() as transaction:
            rows = await transaction.run(self._tables.to_be_taken.with_for_update(skip_locked=True), now=now)
            if not rows:
                return None
            (row,) = rows
            taken = {"state": "running", "lease": lease, "leased_until": until, "attempts": row.attempts + 1}
            mine = update(self._jobs).where(self._jobs.c.import_id == row.import_id)
            await transaction.run(mine.values(**taken, version=self._jobs.c.version + 1))
            await transaction.commit()
        return replace(self._job(row), attempts=row.attempts + 1, lease=lease)

    def _job(self, row: Row[Any]) -> ImportJob:
        return from_attributes(row, ImportJob, counts=self._tables.counts_of(row), rules=_rules_of(row))

    async def kept(self, import_id: UUID) -> KeptImport:
        row = await self._database.first(self._tables.of_jobs.where(self._jobs.c.import_id == import_id))
        if row is None:
            raise ImportNotFound
        changes = self._tables.changes
        kept = await self._database.first(select(changes.c.number).where(changes.c.import_id == import_id).limit(1))
        job = self._job(row)
        of_all: tuple[Counts | KindCounts, ...] = (job.counts, *job.counts.kinds.values())
        did_nothing = not (job.dry_run or job.undoes or any(one.created or one.updated for one in of_all))
        job = replace(job, counts=Counts(), attempts=0, left_out={}, lease=None)
        return KeptImport(job, row.state, did_nothing, kept is not None)

    async def undo_of(self, import_id: UUID) -> ImportView | None:
        undoing = and_(self._jobs.c.undoes == import_id, self._jobs.c.dry_run.is_(False))
        newest = self._tables.of_jobs.where(undoing).order_by(self._jobs.c.created_at.desc()).limit(1)
        row = await self._database.first(newest)
        return None if row is None else self._view(row, ())

    async def pieces(self, import_id: UUID) -> AsyncIterator[bytes]:
        for number in count(1):
            wanted = and_(self._pieces.c.import_id == import_id, self._pieces.c.number == number)
            row = await self._database.first(select(self._pieces.c.content).where(wanted))
            if row is None:
                return
            yield row.content if self._cipher is None else self._cipher.open(row.content, owner=import_id)

    async def note(self, job: ImportJob, errors: Sequence[RecordError], *, until: datetime) -> None:
        async with self._database.begin() as transaction:
            await SqlImportNotes(transaction, self._tables).note(job, errors, until=until)
            await transaction.commit()

    async def renew(self, job: ImportJob, *, until: datetime) -> None:
        async with self._database.begin() as transaction:
            await SqlImportNotes(transaction, self._tables).change(job, (), leased_until=until)
            await transaction.commit()

    async def finish(self, job: ImportJob, errors: Sequence[RecordError], *, now: datetime, failed: bool) -> None:
        ended = {"state": "failed" if failed else "done", "finished_at": now, "lease": None, "leased_until": None}
        async with self._database.begin() as transaction:
            await SqlImportNotes(transaction, self._tables).change(job, errors, **ended)
            await transaction.run(delete(self._pieces).where(self._pieces.c.import_id == job.import_id))
            await transaction.commit()
        await self._database.empty_log()

    async def forget(self, *, ended_before: datetime) -> None:
        over = select(self._jobs.c.import_id).where(self._jobs.c.finished_at < ended_before)
        async with self._database.begin() as transaction:
            # Rows that another process is removing are skipped, so that two processes never deadlock.
            ids = [row.import_id for row in await transaction.run(over.with_for_update(skip_locked=True))]
            for table in (self._errors, self._tables.changes, self._jobs) if ids else ():
                await transaction.run(delete(table).where(table.c.import_id.in_(ids)))
            await transaction.commit()


def _rules_of(row: Row[Any]) -> ImportRules:
    return ImportRules(**{name: tuple(names) for name, names in (row.rules or {}).items()})
