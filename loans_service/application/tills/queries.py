"""Queries for tills, receipts and payouts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, or_, select, tuple_

from loans_service.application.tills.till_views import PayoutView, ReceiptFilter, ReceiptView, TillView
from loans_service.persistence.tills.payouts import payout_of
from loans_service.persistence.tills.till_tables import payouts, till_receipt_lines, till_receipts, tills
from loans_service.persistence.tills.tills import WITH_SESSION, receipt_of, till_of
from shared.persistence.database import Database


class TillQueries:
    """Looks up tills, receipts and payouts to show. Days are those of `zone`."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone

    async def tills(self, *, after: str | None, limit: int) -> list[TillView]:
        """Return tills in the order of their codes."""
        query = WITH_SESSION if after is None else WITH_SESSION.where(tills.c.code > after)
        rows = await self._database.rows(query.order_by(tills.c.code).limit(limit))
        return [TillView.of(till_of(row)) for row in rows]

    async def receipt(self, number: str) -> ReceiptView | None:
        row = await self._database.first(select(till_receipts).where(till_receipts.c.number == number))
        return None if row is None else (await self._with_lines([row]))[0]

    async def receipts(
        self, filters: ReceiptFilter, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[ReceiptView]:
        """Return receipts in the order in which they were given, behind `after`."""
        query = select(till_receipts).where(*self._conditions(filters))
        if after is not None:
            query = query.where(tuple_(till_receipts.c.at, till_receipts.c.number) > after)
        query = query.order_by(till_receipts.c.at, till_receipts.c.number).limit(limit)
        return await self._with_lines(await self._database.rows(query))

    async def payouts(
        self, *, member_id: UUID | None, due: bool, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[PayoutView]:
        """Return payouts, the oldest first; with `due`, those of which something is left."""
        query = select(payouts)
        if due:
            query = query.where(payouts.c.due > 0)
        if member_id is not None:
            query = query.where(payouts.c.member_id == member_id)
        if after is not None:
            query = query.where(tuple_(payouts.c.made_at, payouts.c.payout_id) > after)
        rows = await self._database.rows(query.order_by(payouts.c.made_at, payouts.c.payout_id).limit(limit))
        return [PayoutView.of(payout_of(row)) for row in rows]

    def _conditions(self, filters: ReceiptFilter) -> list[ColumnElement[bool]]:
        columns = till_receipts.c
        equal = {"branch": filters.branch, "till": filters.till}
        conditions: list[ColumnElement[bool]] = [
            columns[name] == value for name, value in equal.items() if value is not None
        ]
        if filters.member_id is not None:
            conditions.append(or_(columns.member_id == filters.member_id, columns.paid_by == filters.member_id))
        if filters.from_day is not None:
            conditions.append(columns.at >= self._beginning(filters.from_day))
        if filters.until_day is not None:
            conditions.append(columns.at < self._beginning(filters.until_day + timedelta(days=1)))
        return conditions

    def _beginning(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)

    async def _with_lines(self, rows: Sequence[Row[Any]]) -> list[ReceiptView]:
        lines: dict[str, list[Row[Any]]] = defaultdict(list)
        if rows:
            of_them = till_receipt_lines.c.number.in_([row.number for row in rows])
            ordered = (till_receipt_lines.c.number, till_receipt_lines.c.position)
            for line in await self._database.rows(select(till_receipt_lines).where(of_them).order_by(*ordered)):
                lines[line.number].append(line)
        return [ReceiptView.of(receipt_of(row, lines[row.number])) for row in rows]
