"""Levels: how many of something there were at the end of a day, which a service writes down again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, func, select
from sqlalchemy.types import BigInteger

from shared.kernel.cube import Span
from shared.persistence.cube.rolling_up import photograph
from shared.persistence.cube.tables import CellKey, CubeTables
from shared.persistence.database import Database
from shared.persistence.statements import Prepared

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
