"""The queue of authorities whose headings are still to be brought into the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.persistence.authority_tables import heading_corrections as rows


@dataclass(frozen=True, slots=True)
class Correction:
    """An authority whose books are to be looked through, those behind `after`.

    `former` are the keys of headings that books may still bear. `checks`: how often all were looked through. `due_at`
    is when another worker may take it.
    """

    authority_id: UUID
    former: tuple[str, ...]
    by: str | None
    generation: int
    after: UUID | None
    checks: int
    due_at: datetime


class Corrections:
    """The queue, in a transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self, authority_id: UUID, *, former: Sequence[str], by: str | None, now: datetime, imported: bool
    ) -> None:
        """Queue an authority, from its first book on; what was queued of it before stays. The caller has its lock."""
        queued = await self._queued(authority_id)
        values: dict[str, Any] = {"by": by, "after": None, "checks": 0, "due_at": now}
        if queued is None:
            row = {"authority_id": authority_id, "former": list(former), "imported": imported, "generation": 1}
            await self._session.execute(insert(rows), [row | values])
            return
        both = list(dict.fromkeys((*queued.former, *former)))
        values |= {"former": both, "imported": imported and queued.imported, "generation": queued.generation + 1}
        await self._session.execute(update(rows).where(rows.c.authority_id == authority_id).values(values))

    async def is_queued(self, authority_id: UUID) -> bool:
        """Whether books are still to be corrected."""
        query = select(rows.c.authority_id).where(rows.c.authority_id == authority_id, rows.c.checks == 0)
        return await self._session.scalar(query) is not None

    async def hand_on(self, authority_id: UUID, into: UUID) -> None:
        """Leave what is queued of one authority to another, which is queued next."""
        queued = await self._queued(authority_id)
        if queued is not None:
            await self.add(into, former=queued.former, by=queued.by, now=queued.due_at, imported=queued.imported)
            await self._session.execute(delete(rows).where(rows.c.authority_id == authority_id))

    async def take(self, *, now: datetime, until: datetime) -> Correction | None:
        """Take the first that is due; None: there is none. What people did comes before what files brought."""
        first = (
            select(rows.c.authority_id)
            .where(rows.c.due_at <= now)
            .order_by(rows.c.imported, rows.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        taken = update(rows).where(rows.c.authority_id == first.scalar_subquery()).values(due_at=until)
        row = (await self._session.execute(taken.returning(rows))).first()
        return None if row is None else _correction(row)

    async def advance(self, correction: Correction, **values: Any) -> Correction | None:
        """Note progress; None: somebody else has taken it over meanwhile, or the authority has changed again."""
        row = (
            await self._session.execute(update(rows).where(*_still(correction)).values(values).returning(rows))
        ).first()
        return None if row is None else _correction(row)

    async def finish(self, correction: Correction) -> None:
        """Take it out of the queue, unless the authority has changed again."""
        await self._session.execute(delete(rows).where(*_still(correction)))

    async def _queued(self, authority_id: UUID) -> Any:
        query = select(rows).where(rows.c.authority_id == authority_id).with_for_update()
        return (await self._session.execute(query)).first()


def _still(correction: Correction) -> tuple[Any, ...]:
    mine = rows.c.generation == correction.generation, rows.c.due_at == correction.due_at
    return rows.c.authority_id == correction.authority_id, *mine


def _correction(row: Any) -> Correction:
    former = tuple(row.former)
    return Correction(row.authority_id, former, row.by, row.generation, row.after, row.checks, row.due_at)
