"""Queries for the loans and pickup deadlines that end at a branch within some days."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, func, select

from loans_service.application.lending.views import DueItem
from loans_service.persistence.holds.holds import IS_READY
from loans_service.persistence.lending.loans import IS_WITH_BORROWER
from loans_service.persistence.tables import holds, loans
from shared.persistence.database import Database


class DueItemQueries:
    """Finds what ends at a branch within some days, in the order of ids, `limit` at a time behind the id `beyond`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_loans(
        self, *, branch: str, after: datetime, until: datetime, beyond: UUID | None, limit: int
    ) -> list[DueItem]:
        """Return open loans made at this branch, without those whose copy is lost or claimed returned."""
        here = (IS_WITH_BORROWER, func.upper(loans.c.branch) == branch.upper())
        between = (loans.c.due_at > after, loans.c.due_at <= until)
        terms = (loans.c.rule, loans.c.policy_version, loans.c.renewals)
        columns = (loans.c.loan_id, loans.c.book_id, loans.c.due_at, *terms)
        return await self._ending(columns, (*here, *between), beyond=beyond, limit=limit)

    async def of_holds(
        self, *, branch: str, after: datetime, until: datetime, beyond: UUID | None, limit: int
    ) -> list[DueItem]:
        """Return holds whose copy waits on this branch's shelf."""
        here = (IS_READY, func.upper(holds.c.pickup_branch) == branch.upper())
        between = (holds.c.pickup_until > after, holds.c.pickup_until <= until)
        columns = (holds.c.hold_id, holds.c.book_id, holds.c.pickup_until)
        return await self._ending(columns, (*here, *between), beyond=beyond, limit=limit)

    async def _ending(
        self,
        columns: tuple[Column[Any], ...],
        conditions: tuple[ColumnElement[bool], ...],
        *,
        beyond: UUID | None,
        limit: int,
    ) -> list[DueItem]:
        key = columns[0]
        query = select(*columns).where(*conditions).order_by(key).limit(limit)
        if beyond is not None:
            query = query.where(key > beyond)
        return [DueItem(*row) for row in await self._database.rows(query)]
