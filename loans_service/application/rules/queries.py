"""Queries for policies and calendars, and for past loans in batches."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, or_, select, tuple_

from loans_service.domain.money import Money
from loans_service.domain.rules.calendar_document import BranchCalendar
from loans_service.domain.rules.circulation_rules import CirculationRules
from loans_service.domain.rules.policy import Policy
from loans_service.domain.rules.policy_document import PolicyTable
from loans_service.domain.rules.trials.simulation import PastLoan
from loans_service.persistence.rules.rulebook import Rulebook, RulesCache, calendar_of, policy_table
from loans_service.persistence.tables import loans
from shared.persistence.database import Database

_BATCH = 200  # so that computing one does not block the process for long
_NEWEST_FIRST = (loans.c.checked_out_at.desc(), loans.c.loan_id.desc())
_CAME_BACK = and_(loans.c.settled_at.is_(None), or_(loans.c.claimed_at.is_(None), loans.c.lost_at.is_not(None)))
_PAST = select(
    loans.c.loan_id,
    loans.c.checked_out_at,
    case((_CAME_BACK, loans.c.returned_at)).label("returned_at"),
    loans.c.category,
    loans.c.item_type,
    loans.c.branch,
    loans.c.rule,
    loans.c.policy_version,
    loans.c.price_amount,
    loans.c.price_currency,
).order_by(*_NEWEST_FIRST)


class PastLoans:
    """Reads past loans in batches, with a statement for each, and without holding a connection in between."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def batches(self, *, since: datetime, until: datetime, most: int) -> AsyncIterator[list[PastLoan]]:
        """Yield up to `most` loans that were made between two moments, newest first, some hundred at a time."""
        query = _PAST.where(loans.c.checked_out_at >= since, loans.c.checked_out_at <= until)
        left = most
        while left > 0:
            batch = [_past(row) for row in await self._database.rows(query.limit(min(left, _BATCH)))]
            if not batch:
                return
            yield batch
            left -= len(batch)
            last = (batch[-1].checked_out_at, batch[-1].loan_id)
            query = _PAST.where(loans.c.checked_out_at >= since, tuple_(loans.c.checked_out_at, loans.c.loan_id) < last)


def _past(row: Any) -> PastLoan:
    facts = row._asdict()
    amount, currency = facts.pop("price_amount"), facts.pop("price_currency")
    return PastLoan(**facts, price=None if amount is None else Money(amount, currency))


class RuleQueries:
    """Looks up policies and calendars."""

    def __init__(self, database: Database, cache: RulesCache) -> None:
        self._rows = database.rows
        self._rulebook = Rulebook(database.rows, cache, on_sqlite=True)  # nothing is locked to be read

    async def policy(self, version: int) -> PolicyTable:
        """Return this version. Raises PolicyNotFound."""
        return await policy_table(self._rows, version)

    async def policy_in_force(self, *, on: date | None) -> PolicyTable:
        """Return the table that is in force now, or will be on that day if it is later."""
        return await self._rulebook.policy_in_force(on=on)

    async def next_planned(self) -> int | None:
        """Return the version of the policy that comes into force next, if one is planned."""
        return await self._rulebook.next_planned()

    async def calendar(self, branch: str) -> BranchCalendar | None:
        return await calendar_of(self._rows, branch)

    async def policy_at(self, version: int) -> Policy:
        """Return this version of the policy. Raises PolicyNotFound."""
        return await self._rulebook.policy(version)

    async def in_force(self, *, branch: str, timezone: str | None = None) -> CirculationRules:
        """Return the rules in force at a branch; see `Rulebook.in_force`."""
        return await self._rulebook.in_force(branch=branch, timezone=timezone)

    async def zone_of(self, branch: str) -> ZoneInfo:
        """Return the time zone of a branch, that of the library if the branch has none."""
        return (await self.in_force(branch=branch)).calendar.zone
