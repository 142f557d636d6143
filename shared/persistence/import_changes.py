"""What imports changed, batch by batch, so that they can be undone: as long as the imports themselves are kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Uuid,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from shared.kernel.import_undo import ImportedBatch, ImportedChange
from shared.kernel.imports import ImportJob
from shared.persistence.transaction import Transaction


def changes_table(metadata: MetaData) -> Table:
    """Declare the table on a service's metadata."""
    return Table(
        "import_changes",
        metadata,
        Column("import_id", Uuid, ForeignKey("imports.import_id"), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("content", LargeBinary, nullable=False),
        Column("met_by", Uuid),
        comment="What each batch of an import made and changed, and the values before, so that it can be undone.",
    )


class Cipher(Protocol):
    """Encrypts what is kept of files."""

    def seal(self, piece: bytes, *, owner: UUID) -> bytes: ...

    def open(self, piece: bytes, *, owner: UUID) -> bytes: ...


class SqlImportedChanges:
    """What imports changed, in the caller's transaction. `noted` is the import whose batch this transaction keeps."""

    def __init__(self, transaction: Transaction, table: Table, jobs: Table, cipher: Cipher | None) -> None:
        self._run = transaction.run
        self._changes = table
        self._jobs = jobs
        self._cipher = cipher
        self.noted: ImportJob | None = None

    async def keep(self, changes: Sequence[ImportedChange], more: Mapping[str, Any], *, behind: bool = False) -> None:
        """Store what the batch that was noted changed; nothing outside of an import, or for an undo.

        `behind` all batches of records lie changes that were made once the whole file was read.
        """
        job = self.noted
        if job is None or job.dry_run or job.undoes is not None or not (changes or any(more.values())):
            return
        batch = ImportedBatch(await self._next(job) if behind else job.counts.read, changes, more)
        content = self._content(job.import_id, batch)
        await self._run(insert(self._changes).values(import_id=job.import_id, number=batch.number, content=content))

    async def _next(self, job: ImportJob) -> int:
        kept = select(func.max(self._changes.c.number).label("last")).where(self._changes.c.import_id == job.import_id)
        (row,) = await self._run(kept)
        return max(row.last or 0, job.counts.read) + 1

    async def last(self, job: ImportJob, *, below: int | None) -> ImportedBatch | None:
        table = self._changes
        unmet = or_(table.c.met_by.is_(None), table.c.met_by != job.import_id)
        query = select(table.c.number, table.c.content).where(table.c.import_id == job.undoes, unmet)
        if below is not None:
            query = query.where(table.c.number < below)
        rows = await self._run(query.order_by(table.c.number.desc()).limit(1).with_for_update())
        if not rows:
            return None
        return self._batch(rows[0], _undone(job))

    async def leave(self, job: ImportJob, batch: ImportedBatch, *, is_met: bool = True) -> None:
        mine = (self._changes.c.import_id == job.undoes, self._changes.c.number == batch.number)
        if not batch.changes and not any(batch.more.values()):
            await self._run(delete(self._changes).where(*mine))
            return
        content = self._content(_undone(job), batch)
        met_by = job.import_id if is_met else None
        await self._run(update(self._changes).where(*mine).values(content=content, met_by=met_by))

    async def drop(self, job: ImportJob) -> None:
        """Keep nothing more of the import that `job` undoes."""
        await self._run(delete(self._changes).where(self._changes.c.import_id == _undone(job)))

    async def drop_naming(self, thing_id: UUID) -> None:
        """Drop what was changed behind the records of any file, where it names this thing."""
        changes, jobs = self._changes, self._jobs
        behind = and_(changes.c.import_id == jobs.c.import_id, changes.c.number > jobs.c.read)
        name = str(thing_id)
        for row in await self._run(select(changes).where(behind)):
            if name.encode() not in self._opened(row, row.import_id):
                continue
            batch = self._batch(row, row.import_id)
            left = [each for each in batch.changes if name not in json.dumps(_row(each))]
            mine = (changes.c.import_id == row.import_id, changes.c.number == row.number)
            content = self._content(row.import_id, replace(batch, changes=left))
            await self._run(update(changes).where(*mine).values(content=content))

    def _opened(self, row: Any, import_id: UUID) -> bytes:
        sealed = bytes(row.content)
        return sealed if self._cipher is None else self._cipher.open(sealed, owner=import_id)

    def _batch(self, row: Any, import_id: UUID) -> ImportedBatch:
        raw = json.loads(self._opened(row, import_id))
        return ImportedBatch(row.number, [_change(one) for one in raw["changes"]], raw["more"])

    def _content(self, import_id: UUID, batch: ImportedBatch) -> bytes:
        raw = {"changes": [_row(change) for change in batch.changes], "more": batch.more}
        plain = json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
        return plain if self._cipher is None else self._cipher.seal(plain, owner=import_id)


def _undone(job: ImportJob) -> UUID:
    if job.undoes is None:
        raise ValueError("this import undoes none")
    return job.undoes


def _row(change: ImportedChange) -> Sequence[Any]:
    return [change.kind, change.thing_id, change.version, change.made, change.fields]


def _change(row: Sequence[Any]) -> ImportedChange:
    kind, thing_id, version, made, fields = row
    return ImportedChange(kind, thing_id, version, made, {name: (old, new) for name, (old, new) in fields.items()})
