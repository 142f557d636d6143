"""Imports in hand: jobs, their sealed files in pieces, and their errors, on tables."""

import base64
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, insert, or_, select, update

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.membership.sql_tables import import_errors, import_pieces, imports
from members_service.adapters.sql_schema import plumbing
from members_service.application.membership.moving_in.import_jobs import (
    ERRORS_PER_PAGE,
    ImportJob,
    ImportNotFound,
    ImportView,
)
from members_service.application.membership.moving_in.member_file import Counts, RecordError
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.work import SqlWork

_COUNTS = ("read", "created", "updated", "skipped", "failed")
_PIECE = "piece"


class SqlImportJobs:
    """Implements `import_jobs.ImportJobs`."""

    def __init__(self, database: Database, keys: DataKeys, *, clock: Clock, on_commit: Callable[[], None]) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._on_commit = on_commit

    async def add(self, job: ImportJob, content: AsyncIterator[bytes], *, receipt: Receipt | None) -> ImportView:
        work = SqlWork(self._database, plumbing, receipt=receipt, on_commit=self._on_commit)
        session = await work.open()
        try:
            row = {
                "import_id": job.import_id, "state": "queued", "format": job.format, "mapping": dict(job.mapping),
                "dry_run": job.dry_run, **asdict(job.counts), "errors": 0, "created_at": job.created_at,
                "attempts": 0, "version": 1, "by": job.by,
            }  # fmt: skip
            await session.execute(insert(imports), [row])
            number = 0
            async for piece in content:
                number += 1
                sealed = self._keys.seal(base64.b64encode(piece).decode(), owner=job.import_id, field=_PIECE).encode()
                row = {"import_id": job.import_id, "number": number, "content": sealed}
                await session.execute(insert(import_pieces), [row])
            view = ImportView(
                job.import_id, "queued", job.format, job.dry_run, **asdict(job.counts), errors=(), next_cursor=None,
                created_at=job.created_at, finished_at=None, version=1,
            )  # fmt: skip
            await work.commit([], answer=view, now=self._clock.now())
        finally:
            await work.close()
        return view

    async def view(self, import_id: UUID, *, after_error: int) -> tuple[ImportView, bool]:
        of_page = and_(import_errors.c.import_id == import_id, import_errors.c.number > after_error)
        errors = select(import_errors).where(of_page).order_by(import_errors.c.number).limit(ERRORS_PER_PAGE + 1)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(imports).where(imports.c.import_id == import_id))).first()
            if row is None:
                raise ImportNotFound
            found = list(await connection.execute(errors))
        shown = tuple(RecordError(one.record, one.identifier, one.code, one.detail) for one in found[:ERRORS_PER_PAGE])
        view = ImportView(
            row.import_id, row.state, row.format, row.dry_run, **{name: getattr(row, name) for name in _COUNTS},
            errors=shown, next_cursor=None, created_at=row.created_at, finished_at=row.finished_at, version=row.version,
        )  # fmt: skip
        return view, len(found) > ERRORS_PER_PAGE

    async def take(self, *, now: datetime, until: datetime) -> ImportJob | None:
        waiting = or_(imports.c.state == "queued", and_(imports.c.state == "running", imports.c.leased_until < now))
        query = select(imports).where(waiting).order_by(imports.c.created_at, imports.c.import_id).limit(1)
        async with self._database.reading() as connection:
            if (await connection.execute(query)).first() is None:
                return None  # a look, without a lock that others would have to wait for
        async with self._database.session() as session, session.begin():
            row = (await session.execute(query.with_for_update(skip_locked=True))).first()
            if row is None:
                return None
            taken = {"state": "running", "leased_until": until, "attempts": row.attempts + 1}
            mine = update(imports).where(imports.c.import_id == row.import_id)
            await session.execute(mine.values(**taken, version=imports.c.version + 1))
        return _job(row)

    async def pieces(self, import_id: UUID) -> AsyncIterator[bytes]:
        number = 0
        while True:
            number += 1
            wanted = and_(import_pieces.c.import_id == import_id, import_pieces.c.number == number)
            async with self._database.reading() as connection:
                piece = (await connection.execute(select(import_pieces.c.content).where(wanted))).scalar_one_or_none()
            if piece is None:
                return
            yield base64.b64decode(self._keys.open(piece.decode(), owner=import_id, field=_PIECE))

    async def note(self, job: ImportJob, counts: Counts, errors: Sequence[RecordError], *, until: datetime) -> None:
        async with self._database.session() as session, session.begin():
            mine = update(imports).where(imports.c.import_id == job.import_id)
            noted = mine.values(
                **asdict(counts),
                errors=imports.c.errors + len(errors),
                leased_until=until,
                attempts=0,
                version=imports.c.version + 1,
            )
            behind: int = (await session.execute(noted.returning(imports.c.errors))).scalar_one() - len(errors)
            if errors:
                await session.execute(insert(import_errors), list(_rows(job.import_id, errors, behind)))

    async def finish(self, import_id: UUID, *, now: datetime, failure: RecordError | None) -> None:
        failures = () if failure is None else (failure,)
        async with self._database.session() as session, session.begin():
            ended = update(imports).where(imports.c.import_id == import_id)
            ended = ended.values(
                state="done" if failure is None else "failed",
                errors=imports.c.errors + len(failures),
                finished_at=now,
                leased_until=None,
                version=imports.c.version + 1,
            )
            total: int = (await session.execute(ended.returning(imports.c.errors))).scalar_one()
            if failures:
                await session.execute(insert(import_errors), list(_rows(import_id, failures, total - 1)))
            await session.execute(delete(import_pieces).where(import_pieces.c.import_id == import_id))
        await self._database.empty_log()

    async def forget(self, *, ended_before: datetime) -> None:
        over = select(imports.c.import_id).where(imports.c.finished_at < ended_before)
        async with self._database.session() as session, session.begin():
            await session.execute(delete(import_errors).where(import_errors.c.import_id.in_(over)))
            await session.execute(delete(imports).where(imports.c.finished_at < ended_before))


def _rows(import_id: UUID, errors: Sequence[RecordError], behind: int) -> list[dict[str, Any]]:
    return [
        {"import_id": import_id, "number": number, **asdict(error)}
        for number, error in enumerate(errors, start=behind + 1)
    ]


def _job(row: Row[Any]) -> ImportJob:
    counts = Counts(*(getattr(row, name) for name in _COUNTS))
    return ImportJob(
        row.import_id, row.format, row.mapping, row.dry_run, row.created_at, row.by, counts, row.attempts + 1
    )
