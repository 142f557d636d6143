"""Levels: how many of something there were at the end of a day, which a service writes down again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Protocol

from sqlalchemy import bindparam, func, select
from sqlalchemy.types import BigInteger

from shared.kernel.clock import Clock
from shared.kernel.cube import Span
from shared.persistence.cube.rolling_up import photograph
from shared.persistence.cube.tables import CellKey, CubeTables
from shared.persistence.database import Database
from shared.persistence.statements import Prepared

_MOST_MISSED = timedelta(days=31)
_LOCK = Prepared(select(func.pg_advisory_xact_lock(bindparam("lock", 0x6C6576656C, type_=BigInteger)).label("locked")))

Level = Mapping[tuple[str, ...], int]
"""How many, by the values of the dimensions that an atom has."""


@dataclass(frozen=True)
class Levels:
    """Writes levels of an atom, whose dimensions are in the order of its cells. Several processes may do so at once."""

    database: Database
    tables: CubeTables
    atom: str
    dimensions: tuple[str, ...]

    async def is_written(self, day: date) -> bool:
        """Return whether there is a level of this day."""
        cells = self.tables.cells.c
        of_day = (cells.atom == self.atom, cells.span == str(Span.DAY), cells.starts_on == day)
        return await self.database.first(select(cells.value).where(*of_day).limit(1)) is not None

    async def last_day(self) -> date | None:
        """Return the last day of which there is a level."""
        cells = self.tables.cells.c
        of_days = (cells.atom == self.atom, cells.span == str(Span.DAY))
        last: date | None = (await self.database.first(select(func.max(cells.starts_on)).where(*of_days)))[0]
        return last

    async def write(self, day: date, level: Level) -> None:
        """Write the level of a day in the place of what was written before."""
        keys = {CellKey(self.atom, Span.DAY, day, self._all(values)): number for values, number in level.items()}
        gone, added = photograph(self.tables)
        async with self.database.begin() as transaction:
            if transaction.dialect.name == "postgresql":  # SQLite lets nobody between
                await transaction.run(_LOCK)
            await transaction.run(gone, atom=self.atom, span=str(Span.DAY), starts_on=day)
            if keys:
                await transaction.run(added, **self.tables.columns_of(keys))
            await transaction.commit()

    def _all(self, values: tuple[str, ...]) -> tuple[str, ...]:
        own = dict(zip(self.dimensions, values, strict=True))
        return tuple(own.get(name, "") for name in self.tables.dimensions)


class CountsLevel(Protocol):
    """Counts what there is."""

    async def at(self, moment: datetime) -> Level:
        """Return how many there were at a moment, as far as that can still be known."""
        ...


@dataclass(frozen=True)
class WriteLevels:
    """Writes down what there is today, and what there was before when each day ended.

    The last day of which there is a level, and those on which nothing ran, are done once, before today is begun; today
    `again` and again, if that is cheap. A day that is missed for more than a month has no level, and a longer span then
    ends with the one before.
    """

    counts: CountsLevel
    levels: Levels
    clock: Clock
    zone: tzinfo
    again: bool

    async def __call__(self) -> None:
        now = self.clock.now()
        today = now.astimezone(self.zone).date()
        is_new = not await self.levels.is_written(today)
        if is_new:
            day = max(await self.levels.last_day() or today - timedelta(days=1), today - _MOST_MISSED)
            while day < today:
                after = day + timedelta(days=1)
                last_moment = datetime.combine(after, time.min, self.zone) - datetime.resolution
                await self.levels.write(day, await self.counts.at(last_moment))
                day = after
        if is_new or self.again:
            await self.levels.write(today, await self.counts.at(now))
