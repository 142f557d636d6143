"""Policies and calendars in the database. What was read once is kept: a version never changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Executable, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from loans_service.adapters.sql_circumstances import AWAY, CIRCUMSTANCES, HOLD, LOAN, VERSIONS
from loans_service.adapters.sql_tables import calendars, policies
from loans_service.application.ports import Circumstances, HouseRules
from loans_service.application.views import CalendarView, PolicyTableView
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.calendar import Calendar
from loans_service.domain.calendar_document import HolidaysOf, read_calendar
from loans_service.domain.hold_queue import Claim
from loans_service.domain.money import Money
from loans_service.domain.policy import Policy, PolicyNotFound
from loans_service.domain.policy_document import read_policy
from shared.kernel.errors import OutOfDate
from shared.persistence.database import Database

_RULES_LOCK = bindparam("rules_lock", 0x72756C6573, type_=BigInteger)
RULES_STAY = func.pg_advisory_xact_lock_shared(_RULES_LOCK)
"""The lock that all who act under the rules share, and that whoever changes them has alone."""

_MOST_KEPT = 1_000

Kept = TypeVar("Kept")

# Read with the statement that reads what the rules are applied to, after the locks: never an older version than that.
_IN_FORCE = select(VERSIONS.c.policy, VERSIONS.c.calendar)
_POLICY = select(policies.c.version, policies.c.document, policies.c.made_at)
_CALENDAR = select(calendars.c.branch, calendars.c.version, calendars.c.document).where(
    calendars.c.branch == bindparam("branch")
)


@dataclass(frozen=True, slots=True)
class RulesKept:
    """What this process has read of policies and calendars. Make it once.

    `currency` is the library's, `zone` that of a branch without a calendar.
    """

    currency: str
    zone: ZoneInfo
    holidays_of: HolidaysOf
    _kept: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)

    def read_policy(self, version: int, document: Any) -> Policy:
        """Return the policy that `document` describes, from memory if it was read before."""
        return self._once(version, lambda: read_policy(document, version=version, currency=self.currency))

    def read_calendar(self, branch: str, version: int, document: Any) -> Calendar:
        """Return the calendar that `document` describes, from memory if it was read before."""
        return self._once((branch, version), lambda: read_calendar(document, holidays_of=self.holidays_of))

    def find(self, key: Hashable) -> Any:
        """Return what is kept under a policy's version, or a branch and its calendar's version; None if nothing is."""
        return self._kept.get(key)

    def _once(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        if key not in self._kept:
            self._kept[key] = make()
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        kept: Kept = self._kept[key]
        return kept


class SqlRulebook:
    """Implements `ports.Rulebook` within one transaction."""

    def __init__(self, session: AsyncSession | AsyncConnection, kept: RulesKept, *, on_sqlite: bool) -> None:
        self._session = session
        self._kept = kept
        self._on_sqlite = on_sqlite

    async def in_force(self, *, branch: str) -> HouseRules:
        row = (await self._session.execute(_IN_FORCE, {"branch": branch.upper()})).one()
        return await self._resolved(branch, row.policy, row.calendar)

    async def circumstances(
        self, *, branch: str, copy_id: UUID, book_id: UUID, member_id: UUID, now: datetime
    ) -> Circumstances:
        asked = {"branch": branch.upper(), "copy_id": copy_id, "book_id": book_id, "member_id": member_id, "now": now}
        rows = (await self._session.execute(CIRCUMSTANCES, asked)).all()
        held = sorted((row for row in rows if row.kind == HOLD), key=lambda row: (row.place, row.hold_id))
        return Circumstances(
            rules=await self._resolved(branch, rows[0].policy, rows[0].calendar),
            open_loans=tuple(
                OpenLoan(row.copy_id, row.member_id, row.due_at, row.word) for row in rows if row.kind == LOAN
            ),
            held=tuple(Claim(row.hold_id, row.member_id, row.word, row.copy_id) for row in held),
            away=any(row.kind == AWAY for row in rows),
            owed=Money(int(rows[0].owed), self._kept.currency) if rows[0].owed else None,
        )

    async def policy(self, version: int) -> Policy:
        kept: Policy | None = self._kept.find(version)
        if kept is not None:
            return kept
        view = await policy_table(self._session, version)
        return self._kept.read_policy(version, view.document)

    async def lock_to_change(self) -> None:
        if not self._on_sqlite:
            await self._session.execute(select(func.pg_advisory_xact_lock(_RULES_LOCK)))

    async def newest_policy(self) -> PolicyTableView:
        return await policy_table(self._session)

    async def calendar(self, branch: str) -> CalendarView | None:
        return await calendar_of(self._session, branch)

    async def add_policy(self, table: PolicyTableView) -> None:
        await self._write(
            insert(policies).values(version=table.version, document=dict(table.document), made_at=table.made_at)
        )

    async def keep_calendar(self, calendar: CalendarView) -> None:
        values = {"version": calendar.version, "document": dict(calendar.document), "changed_at": calendar.changed_at}
        if calendar.version == 1:
            await self._write(insert(calendars).values(branch=calendar.branch, **values))
        else:
            await self._write(update(calendars).where(calendars.c.branch == calendar.branch).values(**values))

    async def _write(self, statement: Executable) -> None:
        try:
            await self._session.execute(statement)
        except IntegrityError as error:
            raise OutOfDate("Somebody else changed this meanwhile. Read it again and repeat the change.") from error

    async def _resolved(self, branch: str, policy_version: int, calendar_version: int | None) -> HouseRules:
        policy = await self.policy(policy_version)
        if calendar_version is None:
            return HouseRules(policy, Calendar(self._kept.zone))
        calendar: Calendar | None = self._kept.find((branch.upper(), calendar_version))
        if calendar is None:
            row = (await self._session.execute(_CALENDAR, {"branch": branch.upper()})).one()
            calendar = self._kept.read_calendar(row.branch, row.version, row.document)
        return HouseRules(policy, calendar)


async def policy_table(connection: AsyncSession | AsyncConnection, version: int | None = None) -> PolicyTableView:
    """Return this version of the table, or the newest. Raises PolicyNotFound."""
    newest = _POLICY.order_by(policies.c.version.desc()).limit(1)
    wanted = newest if version is None else _POLICY.where(policies.c.version == version)
    row = (await connection.execute(wanted)).one_or_none()
    if row is None:
        raise PolicyNotFound
    return PolicyTableView(row.version, row.document, row.made_at)


async def calendar_of(connection: AsyncSession | AsyncConnection, branch: str) -> CalendarView | None:
    """Return the calendar of this branch, if it has one."""
    wanted = _CALENDAR.add_columns(calendars.c.changed_at)
    row = (await connection.execute(wanted, {"branch": branch.upper()})).one_or_none()
    return None if row is None else CalendarView(row.branch, row.version, row.document, row.changed_at)


class SqlRuleViews:
    """Implements `views.RuleViews`."""

    def __init__(self, database: Database, kept: RulesKept) -> None:
        self._database = database
        self._kept = kept

    async def policy(self, version: int | None) -> PolicyTableView:
        async with self._database.reading() as connection:
            return await policy_table(connection, version)

    async def calendar(self, branch: str) -> CalendarView | None:
        async with self._database.reading() as connection:
            return await calendar_of(connection, branch)

    async def policy_at(self, version: int) -> Policy:
        async with self._database.reading() as connection:
            return await SqlRulebook(connection, self._kept, on_sqlite=True).policy(version)

    async def calendar_at(self, branch: str) -> Calendar:
        async with self._database.reading() as connection:
            return (await SqlRulebook(connection, self._kept, on_sqlite=True).in_force(branch=branch)).calendar
