"""Queries for fines, one statement each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, func, select, tuple_

from loans_service.application.fines.fine_views import (
    CollectableView,
    CollectionFilter,
    FinedLoanView,
    FineFilter,
    ListedFineView,
    PaymentView,
    PostingView,
    SuspensionView,
    in_money,
)
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.money import Money
from loans_service.persistence.fines.fine_tables import fine_entries, fines, lateness_suspensions, payments
from loans_service.persistence.fines.fines import payment_of
from loans_service.persistence.tables import loans
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database

_LEDGER = select(
    fine_entries.c.posting,
    fine_entries.c.amount,
    fine_entries.c.currency,
    fine_entries.c.at,
    fine_entries.c.by,
    fine_entries.c.why,
).order_by(fine_entries.c.entry_id)
_SUSPENSIONS = select(*(lateness_suspensions.c[name] for name in SuspensionView.__dataclass_fields__)).order_by(
    lateness_suspensions.c.made_at.desc(), lateness_suspensions.c.suspension_id
)
_LENT = tuple(FinedLoanView.__dataclass_fields__)
_WITH_LOAN = select(fines, *(loans.c[name].label(f"lent_{name}") for name in (*_LENT, "settled_at"))).outerjoin_from(
    fines, loans, loans.c.loan_id == fines.c.loan_id
)

_IS_OWED, _UNSENT = fines.c.status == FineStatus.OWED, fines.c.sent_to_collection_at.is_(None)
_OLDEST = func.min(case((_UNSENT, fines.c.charged_at)))
_COLLECTABLE = (
    select(
        fines.c.member_id,
        func.sum(case((_UNSENT, fines.c.owed))).label("owed"),
        func.count(case((_UNSENT, fines.c.fine_id))).label("fines"),
        _OLDEST.label("oldest_charged_at"),
        func.max(fines.c.sent_to_collection_at).label("sent_before"),
    )
    .where(_IS_OWED)
    .group_by(fines.c.member_id)
    .order_by(fines.c.member_id)
)


class FineQueries:
    """Looks up fines to show."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fine(self, fine_id: UUID) -> ListedFineView | None:
        row = await self._database.first(_WITH_LOAN.where(fines.c.fine_id == fine_id))
        return None if row is None else _view(row)

    async def fines(
        self, filters: FineFilter, *, limit: int, before: tuple[datetime, UUID] | None
    ) -> list[ListedFineView]:
        """Return fines older than `before`, newest first."""
        query = _WITH_LOAN.where(*_conditions(filters, before))
        query = query.order_by(fines.c.charged_at.desc(), fines.c.fine_id.desc()).limit(limit)
        return [_view(row) for row in await self._database.rows(query)]

    async def payments(self, member_id: UUID) -> list[PaymentView]:
        """Return the payments of a member that came with a reference, newest first."""
        query = select(payments).where(payments.c.member_id == member_id)
        rows = await self._database.rows(query.order_by(payments.c.paid_at.desc(), payments.c.reference))
        return [from_attributes(payment_of(row), PaymentView, receipt=None) for row in rows]

    async def suspensions(self, member_id: UUID) -> list[SuspensionView]:
        """Return the suspensions of a member for lateness, the newest first."""
        query = _SUSPENSIONS.where(lateness_suspensions.c.member_id == member_id)
        return [SuspensionView(**row._asdict()) for row in await self._database.rows(query)]

    async def collectable(
        self,
        filters: CollectionFilter,
        *,
        charged_until: datetime,
        fee: Money | None,
        currency: str,
        limit: int,
        after: UUID | None,
    ) -> list[CollectableView]:
        """Return members behind `after` with such debts that were not sent to a collection agency yet."""
        counts = and_(_UNSENT, fines.c.charged_at <= charged_until)
        query = _COLLECTABLE.where(fines.c.currency == currency).having(
            func.sum(case((counts, fines.c.owed))) >= filters.at_least
        )
        if filters.branch is not None:
            lent_there = select(fines.c.member_id).join(loans, loans.c.loan_id == fines.c.loan_id)
            there = lent_there.where(_IS_OWED, _UNSENT, func.upper(loans.c.branch) == filters.branch)
            query = query.where(fines.c.member_id.in_(there))
        if after is not None:
            query = query.where(fines.c.member_id > after)
        return [
            CollectableView(
                row.member_id,
                Money(int(row.owed), currency),
                row.fines,
                row.oldest_charged_at,
                fee if row.sent_before is None else None,
            )
            for row in await self._database.rows(query.limit(limit))
        ]

    async def postings(self, fine_id: UUID) -> list[PostingView]:
        """Return the ledger of a fine, oldest first."""
        found = await self._database.rows(_LEDGER.where(fine_entries.c.fine_id == fine_id))
        return [PostingView(row.posting, Money(row.amount, row.currency), row.at, row.by, row.why) for row in found]


def _conditions(filters: FineFilter, before: tuple[datetime, UUID] | None) -> list[ColumnElement[bool]]:
    equal = {"member_id": filters.member_id, "loan_id": filters.loan_id, "status": filters.status}
    conditions: list[ColumnElement[bool]] = [
        fines.c[name] == value for name, value in equal.items() if value is not None
    ]
    if before is not None:
        conditions.append(tuple_(fines.c.charged_at, fines.c.fine_id) < before)
    return conditions


def _view(row: Row[Any]) -> ListedFineView:
    return from_attributes(row, ListedFineView, **in_money(row), loan=None if row.lent_copy_id is None else _loan(row))


def _loan(row: Row[Any]) -> FinedLoanView:
    values = {name: getattr(row, f"lent_{name}") for name in _LENT}
    settled = {} if row.lent_settled_at is None else {"returned_at": None}
    return FinedLoanView(**(values | settled))
