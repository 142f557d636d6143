"""Policies and calendars in the database. What was read once is kept: a version never changes."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Executable, Row, Select, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from loans_service.adapters.sql_circumstances import AWAY, HOLD, LOAN, RULES, circumstances
from loans_service.adapters.sql_tables import calendars, policies
from loans_service.application.house_rules import Circumstances, HouseRules
from loans_service.application.views import CalendarView, PolicyTableView
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.calendar import Calendar
from loans_service.domain.calendar_document import HolidaysOf, read_calendar
from loans_service.domain.hold import Hold
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

_IN_FORCE = select(RULES)
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
    _policies: OrderedDict[int, Policy] = field(default_factory=OrderedDict)
    _calendars: OrderedDict[str, tuple[int, Calendar]] = field(default_factory=OrderedDict)

    def policy(self, version: int) -> Policy | None:
        """Return this version of the policy if it was read before."""
        return self._policies.get(version)

    def newest_policy(self) -> Policy | None:
        """Return the newest of the versions that were read."""
        return self._policies[max(self._policies)] if self._policies else None

    def calendar(self, branch: str) -> tuple[int, Calendar | None]:
        """Return the version of a branch's calendar that was read last, and the calendar; 0 and None without one."""
        return self._calendars.get(branch, (0, None))

    def read_policy(self, version: int, document: Any) -> Policy:
        """Return the policy that `document` describes, and keep it."""
        policy = read_policy(document, version=version, currency=self.currency)
        _keep(self._policies, version, policy)
        return policy

    def read_calendar(self, branch: str, version: int, document: Any) -> Calendar:
        """Return the calendar that `document` describes, and keep it."""
        calendar = read_calendar(document, holidays_of=self.holidays_of)
        _keep(self._calendars, branch, (version, calendar))
        return calendar


def _keep(kept: OrderedDict[Any, Any], key: Any, thing: Any) -> None:
    kept[key] = thing
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


class SqlRulebook:
    """Implements `house_rules.Rulebook` within one transaction."""

    def __init__(self, session: AsyncSession | AsyncConnection, kept: RulesKept, *, on_sqlite: bool) -> None:
        self._session = session
        self._kept = kept
        self._on_sqlite = on_sqlite
        self._own_holds: list[Hold | None] = []  # alive until the end: `Holds.get` then finds them without asking

    async def in_force(self, *, branch: str) -> HouseRules:
        _, rules = await self._ask(_IN_FORCE, branch=branch)
        return rules

    async def circumstances(
        self, *, branch: str, copy_id: UUID, book_id: UUID, member_id: UUID, now: datetime
    ) -> Circumstances:
        asked = {"copy_id": copy_id, "book_id": book_id, "member_id": member_id, "now": now}
        rows, rules = await self._ask(circumstances(), branch=branch, **asked)
        self._own_holds = [row.Hold for row in rows]
        held = sorted((row for row in rows if row.kind == HOLD), key=lambda row: (row.place, row.hold_id))
        return Circumstances(
            rules=rules,
            open_loans=tuple(
                OpenLoan(row.copy_id, row.member_id, row.due_at, row.word) for row in rows if row.kind == LOAN
            ),
            held=tuple(Claim(row.hold_id, row.member_id, row.word, row.copy_id) for row in held),
            away=any(row.kind == AWAY for row in rows),
            owed=Money(int(rows[0].owed), self._kept.currency) if rows[0].owed else None,
        )

    async def _ask(self, question: Select[Any], *, branch: str, **asked: Any) -> tuple[Sequence[Row[Any]], HouseRules]:
        """Ask together with RULES, so that nothing is judged by older rules than there were when it was read."""
        branch = branch.upper()
        policy, (calendar_version, calendar) = self._kept.newest_policy(), self._kept.calendar(branch)
        known = {"known_policy": policy.version if policy else 0, "known_calendar": calendar_version}
        rows = (await self._session.execute(question, {"branch": branch, **known, **asked})).all()
        if not rows:
            raise PolicyNotFound
        found = rows[0]
        if policy is None or policy.version != found.policy:
            policy = self._kept.read_policy(found.policy, found.policy_text)
        if found.calendar is None:
            return rows, HouseRules(policy, Calendar(self._kept.zone))
        if calendar is None or calendar_version != found.calendar:
            calendar = self._kept.read_calendar(branch, found.calendar, found.calendar_text)
        return rows, HouseRules(policy, calendar)

    async def policy(self, version: int) -> Policy:
        kept = self._kept.policy(version)
        return kept or self._kept.read_policy(version, (await policy_table(self._session, version)).document)

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
