"""Puts totals right that a process of an earlier release has left behind: it counts, and does not know of them."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import structlog
from sqlalchemy import case, func, select

from shared.kernel.clock import Clock
from shared.kernel.cube import Atom, Kind, Span
from shared.persistence.cube.alone import alone
from shared.persistence.cube.tables import TOTALS, CellKey, CubeTables
from shared.persistence.database import Database

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class MendTotals:
    """Adds to the totals of this month and the last what their cells have and they have not.

    Cells and totals of a count come in together, so that a difference is never one that is still on its way. Nobody
    repairs at the same time: both would add it.
    """

    database: Database
    tables: CubeTables
    atoms: Collection[Atom]
    clock: Clock

    async def __call__(self) -> None:
        async with alone(self.database):
            missing = Counter[CellKey]()
            for atom, span, first in self._looked_at():
                missing.update(await self._missing(atom, span, first))
            if missing:
                async with self.database.begin() as transaction:
                    await transaction.run(self.tables.add_to_cells, **self.tables.columns_of(missing))
                    await transaction.commit()
                _log.info("totals were put right that another release had left behind", cells=len(missing))

    def _looked_at(self) -> Iterator[tuple[str, str, date]]:
        """Yield so little at a time that no statement takes long: an atom, a span, and the first day of a month."""
        this = Span.MONTH.first_day(self.clock.now().date() + timedelta(days=1))  # somewhere it is tomorrow
        for first in (Span.MONTH.first_day(this - timedelta(days=1)), this):
            for atom in self.atoms:
                if atom.kind is Kind.SUM:
                    yield from ((atom.name, span, first) for span in TOTALS)

    async def _missing(self, atom: str, span: str, first: date) -> dict[CellKey, int]:
        """Return what the totals of a month lack, cell by cell; less than nothing, if they have more than there is."""
        cells = self.tables.cells.c
        along = [cells[name] for name in self.tables.dimensions if name in self.tables.wide]
        lacks = func.sum(case((cells.span == span, cells.value), else_=-cells.value)).label("lacks")
        of_month = cells.starts_on.between(first, Span.MONTH.next(first) - timedelta(days=1))
        query = (
            select(cells.starts_on, *along, lacks)
            .where(cells.atom == atom, cells.span.in_([span, TOTALS[span]]), of_month)
            .group_by(cells.starts_on, *along)
            .having(lacks != 0)
        )
        found = dict[CellKey, int]()
        for row in await self.database.rows(query):
            values = tuple(getattr(row, name) if name in self.tables.wide else "" for name in self.tables.dimensions)
            found[CellKey(atom, TOTALS[span], row.starts_on, values)] = int(row.lacks)
        return found
