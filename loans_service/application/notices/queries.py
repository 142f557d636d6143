"""Queries of how things stand: one select each."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, union

from loans_service.persistence.fines.fine_tables import fines
from loans_service.persistence.tables import borrowers, holds, loans
from shared.persistence.database import Database


class CirculationFactQueries:
    """Fetches how holds and charges stand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def owed_for(self, loan_ids: Collection[UUID]) -> dict[UUID, int]:
        """Return what is owed for each of these loans, if anything is."""
        owed = func.sum(fines.c.owed).label("owed")
        query = select(fines.c.loan_id, owed).where(fines.c.loan_id.in_(loan_ids), fines.c.owed > 0)
        return {row.loan_id: int(row.owed) for row in await self._database.rows(query.group_by(fines.c.loan_id))}

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
        """Return those of these members who have, or had, a loan, a hold or a charge.

        A loan that was forgotten names nobody any more: that its borrower was served once is all that tells of it.
        """
        if not ids:
            return []
        of_each = [select(each.c.member_id).where(each.c.member_id.in_(ids)) for each in (loans, holds, fines)]
        served = select(borrowers.c.member_id).where(borrowers.c.member_id.in_(ids), borrowers.c.served > 0)
        return sorted(row.member_id for row in await self._database.rows(union(*of_each, served)))
