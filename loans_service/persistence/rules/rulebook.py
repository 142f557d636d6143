"""Policies and calendars in the database. Versions are cached, because they never change."""

import math
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as wall_time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Integer, bindparam, case, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.calendar_document import BranchCalendar, HolidaysOf, read_calendar
from loans_service.domain.rules.circulation_rules import CirculationRules
from loans_service.domain.rules.policy import Policy, PolicyNotFound
from loans_service.domain.rules.policy_document import PolicyTable, read_policy
from loans_service.persistence.tables import branch_zones, calendars, policies
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate
from shared.persistence.lists import for_both, insert_for, one_of
from shared.persistence.statements import Prepared, Runs
from shared.persistence.types import UtcDateTime

_HAS_STARTED = or_(policies.c.starts_at.is_(None), policies.c.starts_at <= bindparam("rules_at", type_=UtcDateTime))
_LATEST_FIRST = (policies.c.starts_at.desc().nulls_last(), policies.c.version.desc())


def in_force(*columns: Any) -> Any:
    """Select columns of the policy that is in force at the moment `rules_at`."""
    return select(*columns).where(_HAS_STARTED).order_by(*_LATEST_FIRST).limit(1)


_newest = in_force(policies.c.version, policies.c.document).subquery("newest")


def _unless_cached(table: Any, cached_version: str) -> Any:
    return case((table.c.version != bindparam(cached_version, type_=Integer), table.c.document))


RULES = (
    select(
        _newest.c.version.label("policy"),
        _unless_cached(_newest, "cached_policy").label("policy_text"),
        calendars.c.version.label("calendar"),
        _unless_cached(calendars, "cached_calendar").label("calendar_text"),
        branch_zones.c.timezone.label("branch_zone"),
    )
    .outerjoin_from(_newest, calendars, calendars.c.branch == bindparam("branch"))
    .outerjoin(branch_zones, branch_zones.c.branch == bindparam("branch"))
    .subquery("rules")
)
"""Policy and calendar of `branch`, and its time zone if that is known.

Their texts are selected only if the version differs from the cached one.
"""

_RULES_LOCK = bindparam("rules_lock", 0x72756C6573, type_=BigInteger)
RULES_STAY = func.pg_advisory_xact_lock_shared(_RULES_LOCK)
"""The lock of the rules: shared by all acts, exclusive for changes."""

_MOST_CACHED = 1_000
_ZONE_STAYS = 60.0  # seconds

_IN_FORCE = Prepared(select(RULES))
_ZONES = for_both(lambda dialect: select(branch_zones).where(one_of(branch_zones.c.branch, "branches", dialect)))


def _keep_zone(dialect: str) -> Any:
    keep = insert_for(dialect)(branch_zones)
    keep = keep.values(branch=bindparam("branch"), timezone=bindparam("timezone"))
    return keep.on_conflict_do_update(index_elements=["branch"], set_={"timezone": keep.excluded.timezone})


_KEEP_ZONE = for_both(_keep_zone)
_LOCK_TO_CHANGE = Prepared(select(func.pg_advisory_xact_lock(_RULES_LOCK).label("locked")))
_POLICY_IN_FORCE = Prepared(in_force(*policies.c))
_LAST_VERSION = Prepared(select(func.max(policies.c.version).label("version")))
_NEXT_PLANNED = Prepared(
    select(policies.c.version)
    .where(policies.c.starts_at > bindparam("rules_at", type_=UtcDateTime))
    .order_by(policies.c.starts_at, policies.c.version.desc())
    .limit(1)
)
_POLICY = Prepared(select(policies).where(policies.c.version == bindparam("of_version")))
_CALENDAR = Prepared(select(calendars).where(calendars.c.branch == bindparam("of_branch")))
_NEW_POLICY = Prepared(insert(policies).values({column.name: bindparam(column.name) for column in policies.c}))
_CALENDAR_OF: dict[str, Any] = {name: bindparam(name) for name in ("version", "document", "changed_at")}
_NEW_CALENDAR = Prepared(insert(calendars).values(branch=bindparam("of_branch"), **_CALENDAR_OF))
_OTHER_CALENDAR = Prepared(update(calendars).where(calendars.c.branch == bindparam("of_branch")).values(_CALENDAR_OF))


@dataclass(frozen=True, slots=True)
class RulesCache:
    """The policies and calendars that this process has read; one per process.

    `currency` is the library's, `zone` the default for branches without a calendar. The `clock` decides which policy is
    in force.
    """

    currency: str
    zone: ZoneInfo
    holidays_of: HolidaysOf
    clock: Clock
    _in_force: list[Policy] = field(default_factory=list)
    _policies: OrderedDict[int, Policy] = field(default_factory=OrderedDict)
    _calendars: OrderedDict[str, tuple[int, Calendar]] = field(default_factory=OrderedDict)
    _zones: OrderedDict[str, tuple[float, ZoneInfo]] = field(default_factory=OrderedDict)

    def policy(self, version: int) -> Policy | None:
        """Return this version of the policy if it is cached."""
        return self._policies.get(version)

    def last_in_force(self) -> Policy | None:
        """Return the policy that was in force when this process last looked."""
        return self._in_force[0] if self._in_force else None

    def note_in_force(self, policy: Policy) -> None:
        """Remember which policy is in force."""
        self._in_force[:] = [policy]

    def day_begins(self, day: date) -> datetime:
        """Return when a day begins in the library's zone."""
        return datetime.combine(day, wall_time.min, self.zone).astimezone(UTC)

    def cached_calendar_version(self, branch: str) -> int:
        """Return the cached version of a branch's calendar; 0 without one."""
        return self._calendars[branch][0] if branch in self._calendars else 0

    def calendar_of(self, branch: str, version: int | None, document: Any, timezone: str | None = None) -> Calendar:
        """Return this version of a branch's calendar, read from `document` unless cached; None: always open."""
        if version is None:
            return Calendar(self._zone(timezone))
        cached, calendar = self._calendars.get(branch, (0, None))
        if calendar is None or cached != version:
            calendar = read_calendar(document, holidays_of=self.holidays_of)
            _cache(self._calendars, branch, (version, calendar))
        return calendar

    def zone_of(self, branch: str) -> ZoneInfo | None:
        """Return the zone of a branch if it was read a short while ago."""
        read_at, zone = self._zones.get(branch, (-math.inf, self.zone))
        return zone if time.monotonic() - read_at < _ZONE_STAYS else None

    def note_zone(self, branch: str, zone: ZoneInfo) -> None:
        """Remember the zone of a branch."""
        _cache(self._zones, branch, (time.monotonic(), zone))

    def _zone(self, name: str | None) -> ZoneInfo:
        try:
            return self.zone if name is None else ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # this machine does not know the zone
            return self.zone

    def read_policy(self, version: int, document: Any) -> Policy:
        """Return the policy that `document` describes, and cache it."""
        policy = read_policy(document, version=version, currency=self.currency)
        _cache(self._policies, version, policy)
        return policy


def _cache(cache: OrderedDict[Any, Any], key: Any, thing: Any) -> None:
    cache[key] = thing
    if len(cache) > _MOST_CACHED:
        cache.popitem(last=False)


class Rulebook:
    """The policies and calendars on record, for one transaction."""

    def __init__(self, run: Runs, cache: RulesCache, *, on_sqlite: bool) -> None:
        self._run = run
        self._cache = cache
        self._on_sqlite = on_sqlite

    async def in_force(self, *, branch: str, timezone: str | None = None) -> CirculationRules:
        """Return the rules in force at this branch.

        A branch without a calendar is always open, in its own zone; if that is not known, in `timezone`, or else in the
        library's.
        """
        _, rules = await self.ask(_IN_FORCE, branch=branch, timezone=timezone, zone_is_current=False)
        return rules

    async def zone_of(self, branch: str | None, *, otherwise: str | None = None) -> ZoneInfo:
        """Return the zone of a branch, which is read once a minute at most; the library's for none.

        `otherwise` is the zone of a branch of which nothing is known any more.
        """
        if branch is None:
            return self._cache.zone
        known = self._cache.zone_of(branch.upper())
        return known or (await self.in_force(branch=branch, timezone=otherwise)).calendar.zone

    async def ask(
        self, question: Prepared, *, branch: str, timezone: str | None, zone_is_current: bool = True, **params: Any
    ) -> tuple[Sequence[Any], CirculationRules]:
        """Run a query together with RULES, so that the rules are as recent as the rows.

        `timezone` is that of the branch, as books gave it now (`zone_is_current`) or earlier. One that the worker has
        learnt since takes precedence over an earlier one.
        """
        branch = branch.upper()
        policy = self._cache.last_in_force()
        cached = {
            "cached_policy": policy.version if policy else 0,
            "cached_calendar": self._cache.cached_calendar_version(branch),
        }
        rows = await self._run(question, branch=branch, rules_at=self._cache.clock.now(), **cached, **params)
        if not rows:
            raise PolicyNotFound
        found = rows[0]
        if policy is None or policy.version != found.policy:
            policy = self._cache.policy(found.policy) or self._cache.read_policy(found.policy, found.policy_text)
            self._cache.note_in_force(policy)
        zone = timezone if zone_is_current and timezone is not None else found.branch_zone or timezone
        calendar = self._cache.calendar_of(branch, found.calendar, found.calendar_text, zone)
        self._cache.note_zone(branch, calendar.zone)
        return rows, CirculationRules(policy, calendar)

    async def keep_zones(self, zones: Mapping[str, str]) -> bool:
        """Store the zone of each branch, by its code in capitals; return whether anything changed."""
        known = {row.branch: row.timezone for row in await self._run(_ZONES, branches=list(zones))}
        new = [branch for branch, zone in zones.items() if known.get(branch) != zone]
        for branch in sorted(new):
            await self._run(_KEEP_ZONE, branch=branch, timezone=zones[branch])
        return bool(new)

    async def knows_branch(self, code: str) -> bool:
        """Return whether a zone is stored for this code, in capitals or small letters."""
        return bool(await self._run(_ZONES, branches=[code.upper()]))

    async def policy(self, version: int) -> Policy:
        """Return this version of the policy. Raises PolicyNotFound."""
        cached = self._cache.policy(version)
        return cached or self._cache.read_policy(version, (await policy_table(self._run, version)).document)

    async def lock_to_change(self) -> None:
        """Lock the rules exclusively, until this transaction ends."""
        if not self._on_sqlite:
            await self._run(_LOCK_TO_CHANGE)

    async def policy_in_force(self, *, on: date | None = None) -> PolicyTable:
        """Return the table that is in force now, or will be when the day `on` begins, if that is later."""
        return await table_in_force(self._run, self._moment(on))

    async def next_planned(self) -> int | None:
        """Return the version of the policy that comes into force next, if one is planned."""
        rows = await self._run(_NEXT_PLANNED, rules_at=self._cache.clock.now())
        return int(rows[0].version) if rows else None

    async def next_version(self) -> int:
        """Return the number of the next version of the policy."""
        (row,) = await self._run(_LAST_VERSION)
        return int(row.version or 0) + 1

    def starts_at(self, day: date | None, *, present: PolicyTable) -> datetime | None:
        """Return from when on a table counts that is to replace `present`, from a day on or at once."""
        at = None if day is None else self._cache.day_begins(day)
        return present.starts_at if at is None or at <= self._cache.clock.now() else at

    def _moment(self, day: date | None) -> datetime:
        now = self._cache.clock.now()
        return now if day is None else max(now, self._cache.day_begins(day))

    async def calendar(self, branch: str) -> BranchCalendar | None:
        return await calendar_of(self._run, branch)

    async def add_policy(self, table: PolicyTable) -> None:
        """Store a new version. Raises OutOfDate if the number is taken."""
        await self._write(
            _NEW_POLICY,
            version=table.version,
            document=dict(table.document),
            made_at=table.made_at,
            starts_at=table.starts_at,
        )

    async def keep_calendar(self, calendar: BranchCalendar) -> None:
        """Store a calendar in place of the last. Raises OutOfDate if there is one already, and this is version 1."""
        values = {"version": calendar.version, "document": dict(calendar.document), "changed_at": calendar.changed_at}
        keep = _NEW_CALENDAR if calendar.version == 1 else _OTHER_CALENDAR
        await self._write(keep, of_branch=calendar.branch, **values)

    async def _write(self, statement: Prepared, **values: Any) -> None:
        try:
            await self._run(statement, **values)
        except IntegrityError as error:
            raise OutOfDate("Somebody else changed this meanwhile. Read it again and repeat the change.") from error


async def policy_table(run: Runs, version: int) -> PolicyTable:
    """Return this version of the table. Raises PolicyNotFound."""
    return _only(await run(_POLICY, of_version=version))


async def table_in_force(run: Runs, at: datetime) -> PolicyTable:
    """Return the table that is in force at that moment. Raises PolicyNotFound."""
    return _only(await run(_POLICY_IN_FORCE, rules_at=at))


def _only(rows: Sequence[Any]) -> PolicyTable:
    if not rows:
        raise PolicyNotFound
    return PolicyTable(rows[0].version, rows[0].document, rows[0].made_at, rows[0].starts_at)


async def calendar_of(run: Runs, branch: str) -> BranchCalendar | None:
    """Return the calendar of this branch, if it has one."""
    rows = await run(_CALENDAR, of_branch=branch.upper())
    return BranchCalendar(rows[0].branch, rows[0].version, rows[0].document, rows[0].changed_at) if rows else None
