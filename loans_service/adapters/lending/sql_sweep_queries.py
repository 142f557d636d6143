"""What the timed work finds and forgets in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from loans_service.adapters.holds.sql_holds import IS_READY, IS_WAITING
from loans_service.adapters.lending.sql_loans import IS_WITH_BORROWER
from loans_service.adapters.sql_tables import borrowers, fine_entries, fines, holds, loan_history, loans
from loans_service.application.lending.views import DueItem
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.lending.loan import LATE, SOON
from shared.persistence.database import Database

_LOAN = select(loans.c.loan_id, loans.c.book_id, loans.c.due_at)
_OWES = exists().where(fines.c.loan_id == loans.c.loan_id, fines.c.status == FineStatus.OWED)
_KEEPS = exists().where(borrowers.c.member_id == loans.c.member_id, borrowers.c.keeps_history)


class SqlSweepQueries:
    """Implements `sweep.SweepQueries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def to_remind(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        stages = [now + SOON, *(now - late for late in LATE)]
        untold = or_(*(and_(loans.c.due_at <= moment, loans.c.reminders <= told) for told, moment in enumerate(stages)))
        return await self._page(_LOAN.where(IS_WITH_BORROWER, untold), loans.c.loan_id, beyond, limit)

    async def to_expire(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        over = or_(and_(IS_READY, holds.c.pickup_until < now), and_(IS_WAITING, holds.c.expires_at < now))
        query = select(holds.c.hold_id, holds.c.book_id, holds.c.placed_at).where(over)
        return await self._page(query, holds.c.hold_id, beyond, limit)

    async def to_give_up(self, *, overdue_since: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        query = _LOAN.where(IS_WITH_BORROWER, loans.c.due_at < overdue_since)
        return await self._page(query, loans.c.loan_id, beyond, limit)

    async def _page(
        self, query: Select[Any], key: ColumnElement[UUID], beyond: UUID | None, limit: int
    ) -> list[DueItem]:
        if beyond is not None:
            query = query.where(key > beyond)
        async with self._database.reading() as connection:
            return [DueItem(*row) for row in await connection.execute(query.order_by(key).limit(limit))]

    async def forget(self, *, returned_before: datetime, now: datetime, limit: int) -> int:
        closed = and_(loans.c.returned_at < returned_before, loans.c.anonymised_at.is_(None))
        query = select(loans.c.loan_id).where(closed, ~_OWES, ~_KEEPS).order_by(loans.c.returned_at).limit(limit)
        async with self._database.engine.begin() as connection:
            ids = list(await connection.scalars(query.with_for_update(skip_locked=True)))
            await forget_borrowers(connection, ids, now=now)
        return len(ids)


async def forget_borrowers(connection: AsyncConnection, loan_ids: Sequence[UUID], *, now: datetime) -> None:
    """Forget who borrowed in these loans: each gets a member of its own whom nobody is.

    So nobody sees that one person borrowed all of it. What was said about these loans and their fines goes, too.
    """
    if not loan_ids:
        return
    of_loans = loan_history.c.loan_id.in_(loan_ids)
    await connection.execute(update(loan_history).where(of_loans).values(by="", why=""))
    forget = update(loans).where(loans.c.loan_id == bindparam("loan"))
    nobody = [{"loan": loan_id, "nobody": uuid4()} for loan_id in loan_ids]
    changed = forget.values(member_id=bindparam("nobody"), override_comment=None, anonymised_at=now)
    await connection.execute(changed, nobody)
    theirs = select(fines.c.fine_id).where(fines.c.loan_id.in_(loan_ids))
    await connection.execute(update(fine_entries).where(fine_entries.c.fine_id.in_(theirs)).values(by="", why=""))
    await connection.execute(
        update(fines).where(fines.c.loan_id == bindparam("loan")).values(member_id=bindparam("nobody")),
        nobody,
    )
