"""Fines and their ledger in the database."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from loans_service.adapters.sql_tables import fine_entries, fines
from loans_service.application.fines.fine_views import FineFilter, FineView, PostingView
from loans_service.domain.fines.fine import Fine
from shared.persistence.database import Database

_BY_ID = fines.c.fine_id == bindparam("fine_id")
_OF_LOAN = fines.c.loan_id == bindparam("loan_id")
_LEDGER = select(
    fine_entries.c.posting,
    fine_entries.c.amount,
    fine_entries.c.currency,
    fine_entries.c.at,
    fine_entries.c.by,
    fine_entries.c.why,
).order_by(fine_entries.c.entry_id)


@cache
def _query(condition: ColumnElement[bool]) -> Select[Fine]:
    return select(Fine).where(condition).order_by(fines.c.fine_id).with_for_update()


class SqlFines:
    """Implements `records.Fines` and remembers which it saw, so that their postings can be collected."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.seen: dict[UUID, Fine] = {}

    def add(self, fine: Fine) -> None:
        self._session.add(fine)
        self.seen[fine.id] = fine

    async def get(self, fine_id: UUID) -> Fine | None:
        return next(iter(await self._found(_BY_ID, fine_id=fine_id)), None)

    async def of_loan(self, loan_id: UUID) -> list[Fine]:
        return await self._found(_OF_LOAN, loan_id=loan_id)

    async def _found(self, condition: ColumnElement[bool], **asked: UUID) -> list[Fine]:
        found = list(await self._session.scalars(_query(condition), asked))
        self.seen.update({fine.id: fine for fine in found})
        return found


class SqlFineViews:
    """Implements `fine_views.FineViews`: one statement a question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fine(self, fine_id: UUID) -> FineView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(fines).where(fines.c.fine_id == fine_id))).first()
        return None if row is None else _view(row)

    async def fines(self, wanted: FineFilter, *, limit: int, before: tuple[datetime, UUID] | None) -> list[FineView]:
        query = select(fines).where(*_conditions(wanted, before))
        query = query.order_by(fines.c.charged_at.desc(), fines.c.fine_id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_view(row) for row in await connection.execute(query)]

    async def postings(self, fine_id: UUID) -> list[PostingView]:
        async with self._database.reading() as connection:
            found = await connection.execute(_LEDGER.where(fine_entries.c.fine_id == fine_id))
            return [PostingView(*row) for row in found]


def _conditions(wanted: FineFilter, before: tuple[datetime, UUID] | None) -> list[ColumnElement[bool]]:
    equal = {"member_id": wanted.member_id, "loan_id": wanted.loan_id, "status": wanted.status}
    conditions: list[ColumnElement[bool]] = [
        fines.c[name] == value for name, value in equal.items() if value is not None
    ]
    if before is not None:
        conditions.append(tuple_(fines.c.charged_at, fines.c.fine_id) < before)
    return conditions


def _view(row: Row[Any]) -> FineView:
    return FineView(
        fine_id=row.fine_id,
        loan_id=row.loan_id,
        member_id=row.member_id,
        reason=row.reason,
        amount=row.amount,
        paid=row.paid,
        waived=row.waived,
        refunded=row.refunded,
        owed=row.owed,
        currency=row.currency,
        status=row.status,
        charged_at=row.charged_at,
        version=row.version,
    )
