"""Queries for what the sweep has to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from loans_service.application.lending.views import DueItem
from loans_service.persistence.holds.holds import IS_READY, IS_WAITING
from loans_service.persistence.lending.loans import IS_WITH_BORROWER, STARTED_ANEW
from loans_service.persistence.tables import holds, loan_history, loans
from shared.persistence.database import Database

_LOAN = select(loans.c.loan_id, loans.c.book_id, loans.c.due_at)
_ONE_DAY = timedelta(days=1)
_COUNTED_FROM = (
    select(func.max(loan_history.c.at))
    .where(loan_history.c.loan_id == loans.c.loan_id, STARTED_ANEW)
    .correlate(loans)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class LostSince:
    """Loans of a policy version, by these rules or by all, count as lost if they were due before this moment."""

    version: int
    since: datetime
    rules: tuple[str, ...] | None = None


class SweepQueries:
    """Finds what is due, in the order of ids, `limit` at a time behind the id `beyond`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def to_remind(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        """Return open loans for which a reminder is due."""
        return await self._page(_LOAN.where(IS_WITH_BORROWER, loans.c.remind_at <= now), loans.c.loan_id, beyond, limit)

    async def to_renew(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        """Return open loans that are due within a day, without a reminder that was sent or is due."""
        quiet = or_(loans.c.remind_at.is_(None), loans.c.remind_at > now)
        soon = and_(loans.c.due_at <= now + _ONE_DAY, quiet, loans.c.reminders == 0)
        return await self._page(_LOAN.where(IS_WITH_BORROWER, soon), loans.c.loan_id, beyond, limit)

    async def to_expire(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        """Return holds whose time is over."""
        over = or_(and_(IS_READY, holds.c.pickup_until < now), and_(IS_WAITING, holds.c.expires_at < now))
        query = select(holds.c.hold_id, holds.c.book_id, holds.c.placed_at).where(over)
        return await self._page(query, holds.c.hold_id, beyond, limit)

    async def policies_of_overdue(self, *, now: datetime) -> list[int]:
        """Return the versions of the policy under which overdue loans were made."""
        query = select(loans.c.policy_version).where(IS_WITH_BORROWER, loans.c.due_at < now).distinct()
        return [row.policy_version for row in await self._database.rows(query.order_by(loans.c.policy_version))]

    async def to_give_up(self, *, overdue_since: Sequence[LostSince], beyond: UUID | None, limit: int) -> list[DueItem]:
        """Return open loans that were due before the moment given for their version of the policy and their rule.

        Loans whose copy is already missed are left out, and those whose days are counted anew from a later moment.
        """
        if not overdue_since:
            return []
        latest = loans.c.due_at < max(each.since for each in overdue_since)
        conditions = [
            and_(
                loans.c.policy_version == each.version,
                loans.c.due_at < each.since,
                func.coalesce(_COUNTED_FROM, loans.c.due_at) < each.since,
                true() if each.rules is None else loans.c.rule.in_(each.rules),
            )
            for each in overdue_since
        ]
        return await self._page(_LOAN.where(IS_WITH_BORROWER, latest, or_(*conditions)), loans.c.loan_id, beyond, limit)

    async def to_bill(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        """Return loans of lost copies that are to be charged by now."""
        return await self._page(_LOAN.where(loans.c.bill_at <= now), loans.c.loan_id, beyond, limit)

    async def _page(
        self, query: Select[Any], key: ColumnElement[UUID], beyond: UUID | None, limit: int
    ) -> list[DueItem]:
        if beyond is not None:
            query = query.where(key > beyond)
        return [DueItem(*row) for row in await self._database.rows(query.order_by(key).limit(limit))]
