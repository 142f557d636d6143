"""Compares the cube with the records from which it was counted, as long as there are any, and puts it right."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared.kernel.clock import Clock
from shared.kernel.cube import Atom, Count, Kind, Span
from shared.persistence.cube.alone import StillAlone, alone
from shared.persistence.cube.closing import LOCK
from shared.persistence.cube.rolling_up import count_waiting, counts_of
from shared.persistence.cube.tables import TOTALS, CellKey, CubeTables
from shared.persistence.database import Database

_MOST_SHOWN = 100
_AT_ONCE = 1_000  # cells that one statement repairs


class Records(Protocol):
    """Records of what was counted."""

    @property
    def atoms(self) -> frozenset[str]:
        """Of what they tell all that was ever counted, together with what is known of those that are gone."""
        ...

    async def first_day(self, connection: AsyncConnection) -> date | None:
        """Return a day before which nothing was counted; None: there are none."""
        ...

    def read(self, connection: AsyncConnection, first: date, last: date) -> AsyncIterator[Count]:
        """Yield what was counted from one day to another."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that differs: what the cube says, and what the records come to. People are compared as a whole."""

    atom: str
    span: str
    starts_on: date
    along: Mapping[str, str]
    in_cube: int
    in_records: int


@dataclass(frozen=True, slots=True)
class Recounted:
    """How many cells were compared, differ and were repaired; and the first of those that differ."""

    compared: int = 0
    differing: int = 0
    repaired: int = 0
    differences: tuple[Difference, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left that differs."""
        return self.differing == self.repaired


@dataclass(frozen=True)
class Recount:
    """Compares year after year, and with `repair` sets the cube to what the records come to; one repairs at a time.

    Both are read as of one moment, with what waits to be counted. Months, and all totals, are compared with the days.
    Of atoms without records nothing else is compared, and of people only how many they are, as long as it is known who
    was counted; that is not repaired.
    """

    database: Database
    outbox: Table
    tables: CubeTables
    atoms: Sequence[Atom]
    clock: Clock
    records: Sequence[Records] = ()

    async def __call__(self, *, repair: bool) -> Recounted:
        if not repair:
            return await self._compared(None)
        async with alone(self.database) as still_alone:
            return await self._compared(still_alone)

    async def _compared(self, repairs: StillAlone | None) -> Recounted:
        await count_waiting(self.database, self.outbox, self.tables)
        done = Recounted()
        for year in await self._years():
            async with self._snapshot() as connection:
                in_cube, in_records = await self._year(connection, year)
            differing = {key: in_records[key] - in_cube[key] for key in {*in_cube, *in_records}}
            differing = {key: missing for key, missing in differing.items() if missing}
            if repairs is not None and differing:
                await repairs()
                await self._repair(differing)
            shown = tuple(self._shown(key, in_cube, in_records) for key in sorted(differing)[:_MOST_SHOWN])
            done = Recounted(
                done.compared + len({*in_cube, *in_records}),
                done.differing + len(differing),
                done.repaired + len(differing) * (repairs is not None),
                (*done.differences, *shown)[:_MOST_SHOWN],
            )
        people = await self._people()
        differences = (*done.differences, *people)[:_MOST_SHOWN]
        return replace(done, differing=done.differing + len(people), differences=differences)

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[AsyncConnection]:
        if self.database.dialect == "postgresql":
            async with self.database.engine.connect() as connection:
                await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
                yield connection
                await connection.rollback()
        else:
            async with self.database.reading() as connection:
                await connection.execute(text("BEGIN"))  # which lets others write
                yield connection
                await connection.rollback()

    async def _years(self) -> range:
        """Return the years in which something was counted."""
        cells = self.tables.cells.c
        async with self._snapshot() as connection:
            ends = [*(await connection.execute(select(func.min(cells.starts_on), func.max(cells.starts_on)))).one()]
            ends += [await each.first_day(connection) for each in self.records]
        known = [day.year for day in ends if day is not None]
        return range(min(known), max(*known, self.clock.now().year) + 2) if known else range(0)

    async def _year(self, connection: AsyncConnection, year: int) -> tuple[Counter[CellKey], Counter[CellKey]]:
        """Return the cells of days and months as they are, and as they should be."""
        first, last = date(year, 1, 1), date(year, 12, 31)
        sums = {atom.name for atom in self.atoms if atom.kind is Kind.SUM}
        in_cube, in_records = await self._cells(connection, self.tables.cells, first, last), Counter[CellKey]()
        rows = await connection.execute(select(self.outbox.c.counts).where(self.outbox.c.counts.is_not(None)))
        for count in filter(self.tables.knows, counts_of(rows.all())):
            if count.person is None and first <= count.day <= last:
                for key in self.tables.keys_of(count):
                    in_cube[key] += count.number
        in_cube = Counter({key: value for key, value in in_cube.items() if key.atom in sums})
        known = frozenset[str]().union(*(each.atoms for each in self.records))
        for key, value in in_cube.items():
            if key.atom not in known and key.span == Span.DAY:
                in_records[key] += value
        for key, value in (await self._cells(connection, self.tables.forgotten, first, last)).items():
            in_records[key] += value
        for each in self.records:
            known_counts = (count async for count in each.read(connection, first, last) if self.tables.knows(count))
            async for count in known_counts:
                in_records[self.tables.key_of(count, Span.DAY)] += count.number
        return in_cube, self._with_months_and_totals(in_records)

    def _with_months_and_totals(self, days: Counter[CellKey]) -> Counter[CellKey]:
        cells = Counter[CellKey]()
        for day, value in days.items():
            for key in self.tables.cells_beside(day):
                cells[key] += value
        return cells

    async def _cells(self, connection: AsyncConnection, table: Table, first: date, last: date) -> Counter[CellKey]:
        spans = table.c.span.in_([*map(str, TOTALS), *TOTALS.values()])
        query = select(table).where(spans, table.c.starts_on >= first, table.c.starts_on <= last)
        found = Counter[CellKey]()
        async with connection.stream(query) as rows:
            async for row in rows:
                values = tuple(getattr(row, name) for name in self.tables.dimensions)
                found[CellKey(row.atom, row.span, row.starts_on, values)] += row.value
        return found

    async def _repair(self, missing: Mapping[CellKey, int]) -> None:
        """Repair a year at once, so that no month of it is published that is half repaired."""
        keys = sorted(missing)
        async with self.database.begin() as transaction:
            if transaction.dialect.name == "postgresql":
                await transaction.run(LOCK)
            for start in range(0, len(keys), _AT_ONCE):
                some = {key: missing[key] for key in keys[start : start + _AT_ONCE]}
                await transaction.run(self.tables.add_to_cells, **self.tables.columns_of(some))
            await transaction.commit()

    async def _people(self) -> list[Difference]:
        """Return the spans that are not over in which other people were counted than the cube says."""
        cells, digests, keys = self.tables.cells, self.tables.digests, self.tables.keys
        which = ("atom", "span", "starts_on")
        differing: list[Difference] = []
        async with self._snapshot() as connection:
            counted = select(*(digests.c[name] for name in which), func.count().label("people"))
            grouped = await connection.execute(counted.group_by(*(digests.c[name] for name in which)))
            people = {tuple(row)[:3]: row.people for row in grouped}
            for span, starts_on in await connection.execute(
                select(keys.c.span, keys.c.starts_on).where(keys.c.key.is_not(None))
            ):
                for atom in self.atoms:
                    if atom.kind is not Kind.PEOPLE:
                        continue
                    of_span = cells.c.atom == atom.name, cells.c.span == span, cells.c.starts_on == starts_on
                    in_cube = (await connection.execute(select(func.sum(cells.c.value)).where(*of_span))).scalar() or 0
                    in_records = people.get((atom.name, span, starts_on), 0)
                    if in_cube != in_records:
                        differing.append(Difference(atom.name, span, starts_on, {}, int(in_cube), in_records))
        return differing

    def _shown(self, key: CellKey, in_cube: Mapping[CellKey, int], in_records: Mapping[CellKey, int]) -> Difference:
        along = {name: value for name, value in zip(self.tables.dimensions, key.values, strict=True) if value}
        return Difference(key.atom, key.span, key.starts_on, along, in_cube[key], in_records[key])
