"""Loans in the database: a repository for the rules, and plain selects for the screen."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loans_service.adapters.sql_tables import loans
from loans_service.application.ports import CopyKey
from loans_service.application.views import LoanFilter, LoanView, PolicyView
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.loan import Loan
from shared.persistence.database import Database

_OPEN = loans.c.returned_at.is_(None)

# On the way of every check-out and return: made once, because making a statement costs as much as running it.
_OPEN_LOANS = select(loans.c.copy_id, loans.c.member_id, loans.c.due_at, loans.c.item_type).where(
    _OPEN, or_(loans.c.copy_id == bindparam("copy_id"), loans.c.member_id == bindparam("member_id"))
)


@cache
def _latest_by(column: str) -> Select[Loan]:
    # The open loan is the latest, whatever the clocks of two hosts say about it and the one before.
    latest_first = (_OPEN.desc(), loans.c.checked_out_at.desc(), loans.c.loan_id.desc())
    named = loans.c[column] == bindparam(column)
    return select(Loan).where(named).order_by(*latest_first).limit(1).with_for_update()


class SqlLoans:
    """Implements `ports.Loans` and remembers whom it saw, so that their events can be collected."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.seen: list[Loan] = []

    def add(self, loan: Loan) -> None:
        self._session.add(loan)
        self.seen.append(loan)

    async def open_loans(self, *, copy_id: UUID, member_id: UUID | None = None) -> tuple[OpenLoan, ...]:
        found = await self._session.execute(_OPEN_LOANS, {"copy_id": copy_id, "member_id": member_id})
        return tuple(OpenLoan(*row) for row in found)

    async def latest_of(self, key: CopyKey) -> Loan | None:
        column, value = ("copy_id", key.copy_id) if key.barcode is None else ("barcode_key", key.barcode.upper())
        found = await self._session.scalars(
            _latest_by(column), {column: value}, execution_options={"populate_existing": True}
        )
        loan = found.first()
        if loan is not None and loan not in self.seen:
            self.seen.append(loan)
        return loan


class SqlLoanViews:
    """Implements `views.LoanViews`: one statement a question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def loan(self, loan_id: UUID) -> LoanView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(loans).where(loans.c.loan_id == loan_id))).first()
        return None if row is None else _view(row)

    async def loans(self, wanted: LoanFilter, *, limit: int, before: tuple[datetime, UUID] | None) -> list[LoanView]:
        query = select(loans).where(*_conditions(wanted))
        if before is not None:
            moment, loan_id = before
            query = query.where(
                or_(
                    loans.c.checked_out_at < moment,
                    and_(loans.c.checked_out_at == moment, loans.c.loan_id < loan_id),
                )
            )
        query = query.order_by(loans.c.checked_out_at.desc(), loans.c.loan_id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_view(row) for row in await connection.execute(query)]


def _conditions(wanted: LoanFilter) -> list[ColumnElement[bool]]:
    equal = {
        "member_id": wanted.member_id,
        "copy_id": wanted.copy_id,
        "book_id": wanted.book_id,
        "branch": wanted.branch,
    }
    conditions: list[ColumnElement[bool]] = [
        loans.c[name] == value for name, value in equal.items() if value is not None
    ]
    if wanted.open is not None:
        conditions.append(_OPEN if wanted.open else loans.c.returned_at.is_not(None))
    if wanted.overdue is not None:
        late = and_(_OPEN, loans.c.due_at < wanted.now)
        conditions.append(late if wanted.overdue else ~late)
    return conditions


def _view(row: Row[Any]) -> LoanView:
    return LoanView(
        loan_id=row.loan_id,
        copy_id=row.copy_id,
        book_id=row.book_id,
        title=row.title,
        barcode=row.barcode,
        item_type=row.item_type,
        member_id=row.member_id,
        branch=row.branch,
        checked_out_at=row.checked_out_at,
        due_at=row.due_at,
        returned_at=row.returned_at,
        renewals=row.renewals,
        renewals_left=max(0, row.renewals_allowed - row.renewals),
        policy=PolicyView(row.rule, row.policy_version),
        version=row.version,
    )
