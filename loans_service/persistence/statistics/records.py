"""What the records of lending say was counted."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, and_, exists, func, select
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from loans_service.domain.fines.fine import Posting
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.domain.statistics.atoms import (
    AGE_BAND,
    BRANCH,
    CATEGORY,
    CHANNEL,
    CHARGED,
    DAYS_WAITED,
    HOLDS_ENDED,
    HOLDS_FILLED,
    HOLDS_PLACED,
    ITEM_TYPE,
    LOCATION,
    PAID,
    REASON,
    WAIVED,
    channel_of,
)
from loans_service.domain.statistics.counting import OF_FINES, OF_LOANS
from loans_service.persistence.fines.fine_tables import fine_entries, fines
from loans_service.persistence.tables import holds, loan_history, loans
from shared.kernel.cube import UNKNOWN, Count

_CHUNK = 20_000  # entries that one statement looks at
_HOLDS = 1_000

_entry, _loan = loan_history.c, loans.c
_COUNTS = _entry.type.in_([*OF_LOANS])
_WHERE = func.coalesce(_entry.branch, _loan.branch)
_OF_COPY = (_loan.item_type, _loan.location)
_ALONG = (
    *(_entry.type, _entry.day, _entry.channel, _WHERE.label("branch")),
    *(*_OF_COPY, _entry.category, _entry.age_band),
)
_COUNTED = (
    select(*_ALONG, func.count().label("number"))
    .join_from(loan_history, loans, _loan.loan_id == _entry.loan_id)
    .where(_COUNTS, _entry.day.is_not(None))
    .group_by(*(_entry.type, _entry.day, _entry.channel, _WHERE, *_OF_COPY, _entry.category, _entry.age_band))
)
_other = loan_history.alias("other")
_TAKEN_OVER = exists().where(_other.c.loan_id == _entry.loan_id, _other.c.type == LoanEventType.TAKEN_OVER)
_UNCOUNTED = (
    select(
        *(
            _entry.type,
            _entry.at,
            _entry.by,
            _entry.channel,
            _WHERE.label("branch"),
            *_OF_COPY,
            _loan.category,
            _loan.age_band,
        ),
        *(_loan.timezone, _loan.returned_at),
    )
    .join_from(loan_history, loans, _loan.loan_id == _entry.loan_id)
    .where(_COUNTS, _entry.day.is_(None), ~and_(_entry.type == LoanEventType.CHECKED_OUT, _TAKEN_OVER))
)


class HistoryRecords:
    """The history of loans. An entry that an older release has written counts by what else it says."""

    atoms = frozenset(atom.name for atom in OF_LOANS.values())

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    async def first_day(self, connection: AsyncConnection) -> date | None:
        """Return a day before the first entry."""
        first = (await connection.execute(select(func.min(_loan.checked_out_at)))).scalar()
        return None if first is None else (first - timedelta(days=1)).date()

    async def read(self, connection: AsyncConnection, first: date, last: date) -> AsyncIterator[Count]:
        """Yield what was counted from one day to another."""
        begins = datetime.combine(first, time.min, UTC) - timedelta(days=1)
        async for some in _chunks(connection, loan_history):
            for row in await connection.execute(_COUNTED.where(some, _entry.day >= first, _entry.day <= last)):
                yield _of_history(row, row.day, row.channel, row.number)
            for row in await connection.execute(_UNCOUNTED.where(some, _entry.at >= begins)):
                at = row.returned_at if row.type is LoanEventType.RETURNED and row.returned_at else row.at
                day = at.astimezone(self._zone_of(row.timezone)).date()
                if first <= day <= last:
                    yield _of_history(row, day, row.channel or channel_of(row.by), 1)

    def _zone_of(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # this machine does not know the zone
            return self._zone


def _of_history(row: Any, day: date, channel: str, number: int) -> Count:
    along = {
        BRANCH: row.branch,
        ITEM_TYPE: row.item_type,
        LOCATION: row.location or UNKNOWN,
        CATEGORY: row.category,
        AGE_BAND: row.age_band or UNKNOWN,
        CHANNEL: channel,
    }
    return Count(OF_LOANS[LoanEventType(row.type)].name, day, along, number)


class LedgerRecords:
    """The ledger of fines, as far as it says on which day a posting was counted."""

    atoms = frozenset({CHARGED.name, PAID.name, WAIVED.name})

    async def first_day(self, connection: AsyncConnection) -> date | None:
        """Return the first day on which one was counted."""
        first: date | None = (await connection.execute(select(func.min(fine_entries.c.day)))).scalar()
        return first

    async def read(self, connection: AsyncConnection, first: date, last: date) -> AsyncIterator[Count]:
        """Yield what was counted from one day to another."""
        along = (fine_entries.c.posting, fine_entries.c.day, fine_entries.c.channel, fines.c.branch, fines.c.reason)
        query = (
            select(*along, func.sum(fine_entries.c.amount).label("amount"))
            .join_from(fine_entries, fines, fines.c.fine_id == fine_entries.c.fine_id)
            .where(fine_entries.c.day >= first, fine_entries.c.day <= last)
            .group_by(*along)
        )
        async for some in _chunks(connection, fine_entries):
            for row in await connection.execute(query.where(some)):
                amount = -row.amount if row.posting is Posting.REFUNDED else row.amount
                where = {BRANCH: row.branch or UNKNOWN, REASON: row.reason, CHANNEL: row.channel}
                yield Count(OF_FINES[Posting(row.posting)].name, row.day, where, int(amount))


class HoldRecords:
    """The holds, which say themselves what they were counted for, since much of them changes while they wait."""

    atoms = frozenset({HOLDS_PLACED.name, HOLDS_FILLED.name, HOLDS_ENDED.name, DAYS_WAITED.name})

    async def first_day(self, connection: AsyncConnection) -> date | None:
        """Return a day before the first hold was placed."""
        first = (await connection.execute(select(func.min(holds.c.placed_at)))).scalar()
        return None if first is None else (first - timedelta(days=1)).date()

    async def read(self, connection: AsyncConnection, first: date, last: date) -> AsyncIterator[Count]:
        """Yield what was counted from one day to another."""
        query = select(holds.c.hold_id, holds.c.counted).order_by(holds.c.hold_id).limit(_HOLDS)
        after = None
        while True:
            some = query if after is None else query.where(holds.c.hold_id > after)
            rows = (await connection.execute(some)).all()
            for row in rows:
                for count in map(Count.of_json, row.counted or ()):
                    if first <= count.day <= last:
                        yield count
            if len(rows) < _HOLDS:
                return
            after = rows[-1].hold_id


async def _chunks(connection: AsyncConnection, entries: Table) -> AsyncIterator[ColumnElement[bool]]:
    """Yield conditions that find all entries, so many by each that no statement takes long."""
    ends = select(func.min(entries.c.entry_id), func.max(entries.c.entry_id))
    start, last = (await connection.execute(ends)).one()
    while start is not None and start <= last:
        yield and_(entries.c.entry_id >= start, entries.c.entry_id < start + _CHUNK)
        start += _CHUNK
