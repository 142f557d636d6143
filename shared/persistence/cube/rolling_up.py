"""Adds what acts have counted to the cube. The relay does so, in the transaction that lets go of the counts."""

import hmac
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Table, bindparam, delete, literal, null, select, update

from shared.kernel.cube import Count, Span
from shared.persistence.cube.tables import DIGEST, KEY, CellKey, CubeTables
from shared.persistence.database import Database
from shared.persistence.lists import for_both, insert_for, one_of, rows_of
from shared.persistence.statements import Prepared, Runs

_AT_ONCE = 500  # rows of the outbox
_FIRST: int | None = 0


class RollUp:
    """Adds counts to the cube, inside of a transaction that sees to it that each is added once."""

    def __init__(self, tables: CubeTables) -> None:
        self._tables = tables
        self._statements = _Statements(tables)

    async def __call__(self, run: Runs, counts: Iterable[Count]) -> None:
        """Add those that the cube knows.

        A person who was counted in a span before, or comes when it is long over, adds nothing to it.
        """
        cells, people = Counter[CellKey](), list[Count]()
        for count in filter(self._tables.knows, counts):
            if count.person is not None:
                people.append(count)
                continue
            for key in self._tables.keys_of(count):
                cells[key] += count.number
        for span in (Span.MONTH, Span.YEAR):
            cells.update(await self._new_people(run, people, span))
        cells = Counter({key: value for key, value in cells.items() if value})
        if cells:
            await run(self._tables.add_to_cells, **self._tables.columns_of(cells))

    async def _new_people(self, run: Runs, people: Sequence[Count], span: Span) -> Counter[CellKey]:
        """Note who is counted for the first time in a span, and return the cells to which that adds."""
        cells = Counter[CellKey]()
        for starts_on in sorted({span.first_day(count.day) for count in people}):
            key = await self._key(run, span, starts_on)
            if key is None:
                continue
            first = dict[tuple[str, str], CellKey]()
            for count in people:
                if count.person is not None and span.first_day(count.day) == starts_on:
                    first.setdefault((count.atom, digest_of(count.person, key)), self._tables.key_of(count, span))
            seen = sorted(first)
            columns = {
                "atom": [atom for atom, _ in seen],
                "span": [str(span)] * len(seen),
                "starts_on": [starts_on] * len(seen),
                "digest": [digest for _, digest in seen],
            }
            for row in await run(self._statements.note_people, **columns):
                cells[first[row.atom, row.digest]] += 1
        return cells

    async def _key(self, run: Runs, span: Span, starts_on: date) -> bytes | None:
        """Return the key of a span; a new one if it has none yet, None if it was thrown away."""
        await run(self._statements.make_key, span=str(span), starts_on=starts_on, key=secrets.token_bytes(KEY))
        (row,) = await run(self._statements.key, span=str(span), starts_on=starts_on)
        key: bytes | None = row.key
        return key


def digest_of(person: UUID, key: bytes) -> str:
    """Return what stands for a person in a span."""
    return hmac.digest(key, person.bytes, "sha256")[:DIGEST].hex()


class Waiting:
    """What acts have counted that waits in the outbox, with events that are still to be published."""

    last = 0
    """The highest sequence of what was added."""

    def __init__(self, outbox: Table, tables: CubeTables) -> None:
        columns = outbox.c
        self._roll_up = RollUp(tables)
        self._counted = Prepared(
            select(columns.sequence, columns.counts)
            .where(columns.counts.is_not(None), columns.sequence > bindparam("after", type_=columns.sequence.type))
            .order_by(columns.sequence)
            .limit(bindparam("most", type_=Integer()))
            .with_for_update()
        )
        self._note_counted = for_both(
            lambda dialect: update(outbox).where(one_of(columns.sequence, "done", dialect)).values(counts=null())
        )

    async def roll_up(self, run: Runs, *, after: int = 0) -> int | None:
        """Add to the cube what some rows after that one count; return the last, None when no more wait.

        Whoever deletes such a row at the same time waits, and then finds nothing to count in it.
        """
        rows = await run(self._counted, after=after, most=_AT_ONCE)
        if rows:
            await run(self._note_counted, done=[row.sequence for row in rows])
            await self._roll_up(run, counts_of(rows))
            self.last = max(self.last, int(rows[-1].sequence))
        return int(rows[-1].sequence) if len(rows) == _AT_ONCE else None


async def count_waiting(database: Database, outbox: Table, tables: CubeTables) -> None:
    """Add to the cube what waits to be counted."""
    waiting, last = Waiting(outbox, tables), _FIRST
    while last is not None:
        async with database.begin() as transaction:
            last = await waiting.roll_up(transaction.run, after=last)
            await transaction.commit()


def counts_of(rows: Sequence[Any]) -> list[Count]:
    """Return what rows of the outbox count."""
    return [Count.of_json(values) for row in rows for values in row.counts or ()]


class _Statements:
    def __init__(self, tables: CubeTables) -> None:
        keys, digests = tables.keys, tables.digests
        of_span = [keys.c.span == bindparam("span"), keys.c.starts_on == bindparam("starts_on")]
        self.key = Prepared(select(keys.c.key).where(*of_span))

        def make(dialect: str) -> Any:
            values: dict[str, Any] = {column.name: bindparam(column.name) for column in keys.c}
            return insert_for(dialect)(keys).values(values).on_conflict_do_nothing()

        def note(dialect: str) -> Any:
            rows = select(rows_of([*digests.c], dialect)).where(literal(value=True))
            noted = insert_for(dialect)(digests).from_select([*digests.c.keys()], rows)
            return noted.on_conflict_do_nothing().returning(digests.c.atom, digests.c.digest)

        self.make_key, self.note_people = for_both(make), for_both(note)


def photograph(tables: CubeTables) -> tuple[Prepared, Prepared]:
    """Return the statements by which a level is written for a day: the first takes away what was written before."""
    cells = tables.cells
    of_day = [cells.c[name] == bindparam(name) for name in ("atom", "span", "starts_on")]
    return Prepared(delete(cells).where(*of_day)), tables.add_to_cells
