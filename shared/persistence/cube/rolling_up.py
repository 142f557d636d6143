"""Adds what acts have counted to the cube. The relay does so, in the transaction that lets go of the counts."""

import hmac
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, Table, bindparam, delete, literal, null, select, update

from shared.kernel.cube import Count, Span
from shared.persistence.cube.tables import DIGEST, KEY, CellKey, CubeTables
from shared.persistence.database import Database
from shared.persistence.lists import for_both, insert_for, one_of, rows_of
from shared.persistence.statements import Prepared, Runs

_AT_ONCE = 500  # rows of the outbox
_FIRST: int | None = 0
_SPANS = (Span.MONTH, Span.YEAR)
"""Those in which each person is counted once."""


class _Person(NamedTuple):
    """Who was counted, without saying who: the columns of a digest."""

    atom: str
    span: str
    starts_on: date
    digest: str


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
        cells.update(await self._new_people(run, people))
        cells = Counter({key: value for key, value in cells.items() if value})
        if cells:
            await run(self._tables.add_to_cells, **self._tables.columns_of(cells))

    async def _new_people(self, run: Runs, people: Sequence[Count]) -> Counter[CellKey]:
        """Note who is counted for the first time in a month or a year, and return the cells to which that adds."""
        if not people:
            return Counter()
        keys = await self._keys(run, {(str(span), span.first_day(count.day)) for count in people for span in _SPANS})
        first = dict[_Person, CellKey]()
        for count in people:
            for span in _SPANS:
                starts_on = span.first_day(count.day)
                key = keys[str(span), starts_on]
                if count.person is not None and key is not None:
                    person = _Person(count.atom, str(span), starts_on, digest_of(count.person, key))
                    first.setdefault(person, self._tables.key_of(count, span))
        if not first:
            return Counter()
        seen = sorted(first)
        columns = {name: [getattr(one, name) for one in seen] for name in _Person._fields}
        return Counter(first[_Person(*row)] for row in await run(self._statements.note_people, **columns))

    async def _keys(self, run: Runs, spans: set[tuple[str, date]]) -> dict[tuple[str, date], bytes | None]:
        """Return the keys of spans: a new one for a span that has none yet, None if it was thrown away."""
        asked = {"starts": sorted({starts_on for _, starts_on in spans})}
        keys = {(row.span, row.starts_on): row.key for row in await run(self._statements.keys, **asked)}
        if missing := spans - keys.keys():
            for span, starts_on in sorted(missing):
                await run(self._statements.make_key, span=span, starts_on=starts_on, key=secrets.token_bytes(KEY))
            return await self._keys(run, spans)
        return keys


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
        self.keys = for_both(
            lambda dialect: select(keys.c.span, keys.c.starts_on, keys.c.key).where(
                one_of(keys.c.starts_on, "starts", dialect)
            )
        )

        def make(dialect: str) -> Any:
            values: dict[str, Any] = {column.name: bindparam(column.name) for column in keys.c}
            return insert_for(dialect)(keys).values(values).on_conflict_do_nothing()

        def note(dialect: str) -> Any:
            rows = select(rows_of([*digests.c], dialect)).where(literal(value=True))
            noted = insert_for(dialect)(digests).from_select([*digests.c.keys()], rows)
            return noted.on_conflict_do_nothing().returning(*digests.c)

        self.make_key, self.note_people = for_both(make), for_both(note)


def photograph(tables: CubeTables) -> tuple[Prepared, Prepared]:
    """Return the statements by which a level is written for a day: the first takes away what was written before."""
    cells = tables.cells
    of_day = [cells.c[name] == bindparam(name) for name in ("atom", "span", "starts_on")]
    return Prepared(delete(cells).where(*of_day)), tables.add_to_cells
