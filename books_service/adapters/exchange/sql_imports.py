"""Imports in hand: jobs, their files in pieces, and their errors, on tables."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Update, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.adapters.sql_import_tables import import_errors, import_pieces, imports
from books_service.application.exchange.ports import ImportJob, LeaseLost, ReadingOptions
from books_service.application.exchange.views import Counts, ImportView, RecordError
from shared.kernel.imports import ImportNotFound
from shared.kernel.made_from import made_from
from shared.persistence.database import Database
from shared.persistence.imports import pieces_of

_TURN = 0x696D706F


class SqlImportJobs:
    """Implements `ports.ImportJobs`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, job: ImportJob, content: AsyncIterator[bytes]) -> None:
        row = {
            "import_id": job.import_id,
            "state": "queued",
            "format": job.format,
            "by": job.by,
            "options": asdict(job.options),
            "dry_run": job.dry_run,
            **asdict(job.counts),
            "errors": 0,
            "created_at": job.created_at,
            "left_out": {},
            "attempts": 0,
            "version": 1,
        }
        await self._session.execute(insert(imports), row)
        number = 0
        async for piece in content:
            number += 1
            row = {"import_id": job.import_id, "number": number, "content": piece}
            await self._session.execute(insert(import_pieces), row)

    async def take(self, *, lease: UUID, now: datetime, until: datetime) -> ImportJob | None:
        waiting = or_(imports.c.state == "queued", and_(imports.c.state == "running", imports.c.leased_until < now))
        oldest_first = (imports.c.created_at, imports.c.import_id)
        query = select(imports).where(waiting).order_by(*oldest_first).limit(1).with_for_update(skip_locked=True)
        row = (await self._session.execute(query)).first()
        if row is None:
            return None
        taken = {"state": "running", "lease": lease, "leased_until": until, "attempts": row.attempts + 1}
        await self._session.execute(
            update(imports).where(imports.c.import_id == row.import_id).values(**taken, version=imports.c.version + 1)
        )
        return replace(_job(row), attempts=row.attempts + 1)

    async def wait_for_turn(self) -> None:
        if self._session.get_bind().dialect.name == "postgresql":  # SQLite lets one transaction write at a time anyway
            await self._session.execute(select(func.pg_advisory_xact_lock(_TURN)))

    async def note(self, job: ImportJob, errors: Sequence[RecordError], *, lease: UUID, until: datetime) -> None:
        await self._change(
            _held(job.import_id, lease).values(
                **asdict(job.counts),
                errors=job.errors,
                left_out=dict(job.left_out),
                attempts=job.attempts,
                leased_until=until,
            )
        )
        await self._report(job.import_id, errors, behind=job.errors - len(errors))

    async def finish(self, import_id: UUID, *, lease: UUID, now: datetime, failure: RecordError | None) -> None:
        noted = await self._change(
            _held(import_id, lease).values(
                state="done" if failure is None else "failed",
                errors=imports.c.errors + (0 if failure is None else 1),
                finished_at=now,
                lease=None,
                leased_until=None,
            )
        )
        if failure is not None:
            await self._report(import_id, [failure], behind=noted - 1)
        await self._session.execute(delete(import_pieces).where(import_pieces.c.import_id == import_id))

    async def forget_one(self, *, ended_before: datetime) -> bool:
        over = select(imports.c.import_id).where(imports.c.finished_at < ended_before).limit(1)
        import_id = await self._session.scalar(over.with_for_update(skip_locked=True))
        for table in (import_errors, imports):
            await self._session.execute(delete(table).where(table.c.import_id == import_id))
        return import_id is not None

    async def _change(self, statement: Update) -> int:
        """Change the job, and return how many errors it has now."""
        counted = statement.values(version=imports.c.version + 1).returning(imports.c.errors)
        noted: int | None = (await self._session.execute(counted)).scalar_one_or_none()
        if noted is None:
            raise LeaseLost
        return noted

    async def _report(self, import_id: UUID, errors: Sequence[RecordError], *, behind: int) -> None:
        rows = [
            {"import_id": import_id, "number": number, **asdict(error)}
            for number, error in enumerate(errors, start=behind + 1)
        ]
        if rows:
            await self._session.execute(insert(import_errors), rows)


def _held(import_id: UUID, lease: UUID) -> Update:
    mine = and_(imports.c.import_id == import_id, imports.c.lease == lease, imports.c.state == "running")
    return update(imports).where(mine)


def _job(row: Row[Any]) -> ImportJob:
    return made_from(row, ImportJob, options=ReadingOptions(**row.options), counts=made_from(row, Counts))


class SqlImportViews:
    """Implements `ports.ImportViews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def import_(self, import_id: UUID, *, after_error: int = 0, most_errors: int = 100) -> ImportView:
        behind = and_(import_errors.c.import_id == import_id, import_errors.c.number > after_error)
        query = select(import_errors).where(behind).order_by(import_errors.c.number).limit(most_errors + 1)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(imports).where(imports.c.import_id == import_id))).first()
            if row is None:
                raise ImportNotFound
            rows = await connection.execute(query)
            errors = [RecordError(each.record, each.identifier, each.code, each.detail) for each in rows]
        return made_from(
            row,
            ImportView,
            counts=made_from(row, Counts),
            errors=tuple(errors[:most_errors]),
            more_errors=len(errors) > most_errors,
            what=row.options.get("what", "books"),
        )


class SqlImportFiles:
    """Implements `ports.ImportFiles`: one piece in memory at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, import_id: UUID) -> AsyncIterator[bytes]:
        return pieces_of(import_id, self._database, import_pieces)
