"""Queries for loans, one statement each."""

import operator
from dataclasses import fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    select,
    tuple_,
)

from loans_service.application.lending.views import (
    TITLE_IN_ORDER,
    HistoryEntry,
    LoanFilter,
    LoanOnList,
    LoanOrder,
    LoanView,
)
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.persistence.lending.loans import STANDS, loan_of
from loans_service.persistence.tables import loan_history, loans
from shared.kernel.clock import Clock
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database

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
    _ENTRY.acted_by,
    _ENTRY.branch,
    _ENTRY.confirmed,
)
_PLACES: dict[str, ColumnElement[Any]] = {
    "checked_out_at": loans.c.checked_out_at,
    "due_at": loans.c.due_at,
    "title": func.substr(loans.c.title, 1, TITLE_IN_ORDER),
}
"""The columns by which loans can be ordered."""
_TO_WORK_OFF = select(*(loans.c[each.name] for each in fields(LoanOnList) if each.name != "days_late"))


class LoanQueries:
    """Looks up loans to show."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def loan(self, loan_id: UUID) -> LoanView | None:
        row = await self._database.first(select(loans).where(loans.c.loan_id == loan_id))
        return None if row is None else _view(row, self._clock.now())

    async def loans(
        self,
        filters: LoanFilter,
        *,
        limit: int,
        before: tuple[datetime | str, UUID] | None,
        order: LoanOrder = "-checked_out_at",
    ) -> list[LoanView]:
        """Return up to `limit` loans in this order, behind the one with the given value and id."""
        place, last_first = (_PLACES[order.removeprefix("-")], loans.c.loan_id), order.startswith("-")
        query = select(loans).where(*_conditions(filters))
        if before is not None:
            query = query.where(tuple_(*place) < before if last_first else tuple_(*place) > before)
        query = query.order_by(*(each.desc() if last_first else each for each in place)).limit(limit)
        return [_view(row, filters.now) for row in await self._database.rows(query)]

    async def to_work_off(
        self,
        filters: LoanFilter,
        *,
        order: Literal["due_at", "checked_out_at"],
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[LoanOnList]:
        """Return up to `limit` loans behind a moment and id, the oldest first."""
        place = (_PLACES[order], loans.c.loan_id)
        query = _TO_WORK_OFF.where(*_conditions(filters)).order_by(*place).limit(limit)
        if after is not None:
            query = query.where(tuple_(*place) > after)
        return [
            from_attributes(row, LoanOnList, days_late=max(0, (filters.now - row.due_at).days))
            for row in await self._database.rows(query)
        ]

    async def count(self, filters: LoanFilter) -> int:
        """Return how many loans match."""
        query = select(func.count()).select_from(loans).where(*_conditions(filters))
        return int((await self._database.first(query))[0])

    async def history(self, loan_id: UUID) -> list[HistoryEntry]:
        """Return what happened to a loan, oldest first."""
        query = _HISTORY.where(loan_history.c.loan_id == loan_id).order_by(loan_history.c.entry_id)
        return [HistoryEntry(**row._asdict()) for row in await self._database.rows(query)]


def _conditions(filters: LoanFilter) -> list[ColumnElement[bool]]:
    equal = {
        "member_id": filters.member_id,
        "copy_id": filters.copy_id,
        "book_id": filters.book_id,
        "number": filters.number,
        "item_type": filters.item_type,
        "category": filters.category,
    }
    found: list[ColumnElement[bool]] = [loans.c[name] == value for name, value in equal.items() if value is not None]
    due = {
        operator.ge: filters.due_from,
        operator.le: filters.due_until,
        operator.ne: filters.not_due_at,
    }
    found += [compare(loans.c.due_at, at) for compare, at in due.items() if at is not None]
    if filters.branch is not None:
        found.append(func.upper(loans.c.branch) == filters.branch.upper())
    if filters.status is not None:
        found.append(STANDS[LoanStatus(filters.status)])
    if filters.offline is not None:
        found.append(loans.c.no_block if filters.offline else ~loans.c.no_block)
    if filters.overdue is not None:
        late = and_(STANDS[LoanStatus.OPEN], loans.c.due_at < filters.now)
        found.append(late if filters.overdue else ~late)
    return found


def _view(row: Row[Any], now: datetime) -> LoanView:
    return LoanView.of(loan_of({**row._mapping}), now=now)  # noqa: SLF001 - SQLAlchemy's API
