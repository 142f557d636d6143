"""Records of which each row says in its column `counted` what it was counted for, when it was written."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared.kernel.cube import Atom, Count, Span
from shared.persistence.cube.tables import CellKey, CubeTables
from shared.persistence.statements import Runs

_AT_ONCE = 1_000
_IN_EVERY_ZONE = timedelta(days=1)


class CountedRows:
    """The rows of a table that are only ever added, each `at` a moment of the day on which it was counted."""

    def __init__(self, atoms: Iterable[Atom], rows: Table, *, key: str) -> None:
        self.atoms = frozenset(atom.name for atom in atoms)
        self._key, self._at, self._counted = rows.c[key], rows.c.at, rows.c.counted

    async def first_day(self, connection: AsyncConnection) -> date | None:
        """Return a day before the first row that was counted."""
        first = (await connection.execute(select(func.min(self._at)).where(self._counted.is_not(None)))).scalar()
        return None if first is None else (first - _IN_EVERY_ZONE).date()

    async def read(self, connection: AsyncConnection, first: date, last: date) -> AsyncIterator[Count]:
        """Yield what was counted from one day to another."""
        begins = datetime.combine(first, time.min, UTC) - _IN_EVERY_ZONE
        ends = datetime.combine(last, time.max, UTC) + _IN_EVERY_ZONE
        of_time = self._at.between(begins, ends), self._counted.is_not(None)
        query = select(self._key.label("key"), self._counted).where(*of_time).order_by(self._key).limit(_AT_ONCE)
        some = query
        while rows := (await connection.execute(some)).all():
            for row in rows:
                for count in map(Count.of_json, row.counted):
                    if first <= count.day <= last:
                        yield count
            some = query.where(self._key > rows[-1].key)


async def forget(run: Runs, tables: CubeTables, counts: Iterable[Count]) -> None:
    """Keep as much of records that are deleted in this transaction: what they were counted for."""
    gone = Counter[CellKey]()
    for count in filter(tables.knows, counts):
        gone[tables.key_of(count, Span.DAY)] += count.number
    if gone:
        await run(tables.add_to_forgotten, **tables.columns_of(gone))
