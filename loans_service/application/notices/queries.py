"""Queries of how things stand: one select each."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select, union

from loans_service.domain.lending.loan_status import status_of
from loans_service.persistence.fines.fine_tables import fines
from loans_service.persistence.tables import holds, loans
from shared.persistence.database import Database

_MOMENTS = ("returned_at", "lost_at", "claimed_at", "settled_at")


class CirculationFactQueries:
    """Fetches how loans, holds and charges stand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def loans(self, ids: Collection[UUID]) -> list[tuple[Any, ...]]:
        """Return id, status and due date of each loan on record."""
        query = select(loans.c.loan_id, loans.c.due_at, *(loans.c[name] for name in _MOMENTS))
        rows = await self._database.rows(query.where(loans.c.loan_id.in_(ids))) if ids else []
        return [
            (row.loan_id, status_of(**{name: getattr(row, name) for name in _MOMENTS}).value, row.due_at)
            for row in rows
        ]

    async def holds(self, ids: Collection[UUID]) -> list[tuple[Any, ...]]:
        """Return id, status, and until when and where it is kept, of each hold on record."""
        query = select(holds.c.hold_id, holds.c.status, holds.c.pickup_branch, holds.c.pickup_until)
        rows = await self._database.rows(query.where(holds.c.hold_id.in_(ids))) if ids else []
        return [(row.hold_id, str(row.status), row.pickup_branch, row.pickup_until) for row in rows]

    async def fines(self, ids: Collection[UUID]) -> list[tuple[Any, ...]]:
        """Return the id of each charge on record, and what is owed of it."""
        query = select(fines.c.fine_id, fines.c.owed)
        return [tuple(row) for row in await self._database.rows(query.where(fines.c.fine_id.in_(ids)))] if ids else []

    async def borrowers(self, ids: Collection[UUID]) -> list[UUID]:
        """Return those of these members of whom a loan, a hold or a charge is on record, ended ones included."""
        if not ids:
            return []
        of_each = [select(each.c.member_id).where(each.c.member_id.in_(ids)) for each in (loans, holds, fines)]
        return sorted(row.member_id for row in await self._database.rows(union(*of_each)))
