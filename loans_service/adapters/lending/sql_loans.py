"""Loans in the database: a repository for the rules, and plain selects for the screen."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from loans_service.adapters.sql_tables import loan_history, loans
from loans_service.application.lending.views import HistoryEntry, LoanFilter, LoanView, PolicyView
from loans_service.domain.lending.loan import Loan, LoanStatus, status_of
from shared.persistence.database import Database

_OPEN = loans.c.returned_at.is_(None)

_LOST, _CLAIMED = loans.c.lost_at.is_not(None), loans.c.claimed_at.is_not(None)
IS_WITH_BORROWER = and_(_OPEN, ~or_(_LOST, _CLAIMED))
_STANDS = {
    LoanStatus.OPEN: IS_WITH_BORROWER,
    LoanStatus.LOST: and_(_OPEN, or_(_LOST, _CLAIMED), _LOST),  # in the words of the index of missed copies
    LoanStatus.CLAIMED_RETURNED: and_(_OPEN, or_(_LOST, _CLAIMED), ~_LOST),
    LoanStatus.RETURNED: and_(~_OPEN, loans.c.settled_at.is_(None)),
    LoanStatus.LOST_AND_PAID: and_(loans.c.settled_at.is_not(None), _LOST),
    LoanStatus.MISSING: and_(loans.c.settled_at.is_not(None), ~_LOST),
}
_ENTRY = loan_history.c
_HISTORY: Select[Any] = select(
    _ENTRY.at,
    _ENTRY.type.label("what"),
    _ENTRY.by,
    _ENTRY.why,
    _ENTRY.rule,
    _ENTRY.policy_version,
    _ENTRY.due_at,
    _ENTRY.overridden,
)
DUE_UNLESS_LOST = case((loans.c.lost_at.is_(None), loans.c.due_at)).label("due_at")
"""When a loan is due; nothing for a lost one, which is never late."""
_OPEN_COPIES = select(loans.c.book_id, loans.c.copy_id).where(_OPEN, loans.c.member_id == bindparam("member_id"))
_OF_COPY = and_(_OPEN, loans.c.copy_id == bindparam("copy_id"))
_BY_ID = loans.c.loan_id == bindparam("loan_id")


@cache
def _query(condition: ColumnElement[bool]) -> Select[Loan]:
    return select(Loan).where(condition).with_for_update()


@cache
def _latest() -> Select[Loan]:
    of_copy = select(Loan).where(loans.c.copy_id == bindparam("copy_id"))
    return of_copy.order_by(loans.c.checked_out_at.desc(), loans.c.loan_id.desc()).limit(1).with_for_update()


class SqlLoans:
    """Implements `ports.Loans` and remembers whom it saw, so that their events can be collected."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.seen: list[Loan] = []

    def add(self, loan: Loan) -> None:
        self._session.add(loan)
        self.seen.append(loan)

    async def open_copies_of(self, member_id: UUID) -> tuple[tuple[UUID, UUID], ...]:
        found = await self._session.execute(_OPEN_COPIES, {"member_id": member_id})
        return tuple((row.book_id, row.copy_id) for row in found)

    async def get(self, loan_id: UUID) -> Loan | None:
        return await self._one(_query(_BY_ID), loan_id=loan_id)

    async def open_of(self, copy_id: UUID) -> Loan | None:
        return await self._one(_query(_OF_COPY), copy_id=copy_id)

    async def ended_by_scan(self, copy_id: UUID) -> Loan | None:
        loan = await self._one(_latest(), copy_id=copy_id)
        return loan if loan is not None and (loan.is_open or loan.settled_at is not None) else None

    async def _one(self, query: Select[Loan], **asked: UUID) -> Loan | None:
        loan = (await self._session.scalars(query, asked)).first()
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
            query = query.where(tuple_(loans.c.checked_out_at, loans.c.loan_id) < before)
        query = query.order_by(loans.c.checked_out_at.desc(), loans.c.loan_id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_view(row) for row in await connection.execute(query)]

    async def history(self, loan_id: UUID) -> list[HistoryEntry]:
        query = _HISTORY.where(loan_history.c.loan_id == loan_id).order_by(loan_history.c.entry_id)
        async with self._database.reading() as connection:
            return [HistoryEntry(**row._asdict()) for row in await connection.execute(query)]


def _conditions(wanted: LoanFilter) -> list[ColumnElement[bool]]:
    equal = {
        "member_id": wanted.member_id,
        "copy_id": wanted.copy_id,
        "book_id": wanted.book_id,
    }
    conditions: list[ColumnElement[bool]] = [
        loans.c[name] == value for name, value in equal.items() if value is not None
    ]
    if wanted.branch is not None:
        conditions.append(func.upper(loans.c.branch) == wanted.branch.upper())
    if wanted.status is not None:
        conditions.append(_STANDS[LoanStatus(wanted.status)])
    if wanted.overdue is not None:
        late = and_(_STANDS[LoanStatus.OPEN], loans.c.due_at < wanted.now)
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
        returned_at=row.returned_at if row.settled_at is None else None,
        next=row.next_stop,
        status=status_of(
            returned_at=row.returned_at, lost_at=row.lost_at, claimed_at=row.claimed_at, settled_at=row.settled_at
        ),
        renewals=row.renewals,
        renewals_left=max(0, row.renewals_allowed - row.renewals),
        policy=PolicyView(row.rule, row.policy_version),
        overridden=list(row.override_codes),
        version=row.version,
    )
