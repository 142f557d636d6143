"""The cube of a service in its database: cells of small integers, written by the relay alone, and read by questions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import structlog
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    literal,
    select,
)

from shared.kernel.cube import Count, Span
from shared.persistence.lists import for_both, insert_for, rows_of
from shared.persistence.statements import Prepared
from shared.persistence.types import UtcDateTime

_LONGEST = 100  # of the value of a dimension
_LONGEST_ATOM = 40
KEY = 32  # bytes
DIGEST = 16

TOTALS: Mapping[str, str] = {Span.DAY: "daily", Span.MONTH: "total"}
"""The spans of cells that say of a day, and of a month, once more what it has along few dimensions alone."""

_log = structlog.get_logger(__name__)


class CellKey(NamedTuple):
    """Which cell: the atom, the span, its first day, and the value of each dimension of the service, '' for none."""

    atom: str
    span: str
    starts_on: date
    values: tuple[str, ...]


@dataclass(frozen=True)
class CubeTables:
    """The tables of a cube. `dimensions` are all that the atoms of the service have, in the order of the columns.

    Along `wide` dimensions a year is asked for most: totals of days and months along these spare it from reading all
    cells.
    `keys` and `digests` are there to count each person once in a span. When it is over, its key is thrown away with
    the digests, and nobody can say any more who was counted.
    """

    dimensions: tuple[str, ...]
    wide: frozenset[str]
    cells: Table
    published: Table
    forgotten: Table
    keys: Table
    digests: Table

    @classmethod
    def declare(cls, metadata: MetaData, dimensions: Sequence[str], *, wide: Collection[str] = ()) -> "CubeTables":
        """Declare the tables on a service's metadata."""

        def cells(name: str, *more: Column[Any], comment: str) -> Table:
            key = [Column(each, String(_LONGEST), primary_key=True) for each in dimensions]
            # Its rows lie in the order of the key, so that questions about a span read one stretch of the file.
            return Table(name, metadata, *_which(), *key, _value(), *more, comment=comment, sqlite_with_rowid=False)

        return cls(
            tuple(dimensions),
            frozenset(wide),
            cells("statistics", comment="Figures about nobody: how many of what, in which span."),
            cells(
                "published_statistics",
                Column("cells", Integer, nullable=False),
                comment="What of spans that are over is told to who may not see persons; written once.",
            ),
            cells("forgotten_statistics", comment="What was counted of records that are gone."),
            Table(
                "people_keys",
                metadata,
                Column("span", String(5), primary_key=True),
                Column("starts_on", Date, primary_key=True),
                Column("key", LargeBinary(KEY)),
                comment="Under which people are told apart while a span lasts; NULL when it is thrown away.",
            ),
            Table(
                "people_digests",
                metadata,
                *_which(),
                Column("digest", String(2 * DIGEST), primary_key=True),
                comment="Who was counted in a span that is not over.",
            ),
        )

    @property
    def all(self) -> tuple[Table, ...]:
        """The tables, in the order in which they may be written."""
        return self.cells, self.published, self.forgotten, self.keys, self.digests

    @cached_property
    def add_to_cells(self) -> Prepared:
        """The statement that adds to cells, given column by column."""
        return adding_to(self.cells)

    @cached_property
    def add_to_forgotten(self) -> Prepared:
        """The statement that adds to what is known of records that are gone."""
        return adding_to(self.forgotten)

    @cached_property
    def publish(self) -> Prepared:
        """The statement that publishes cells, given column by column."""
        return for_both(lambda dialect: _inserting(self.published, dialect))

    def knows(self, count: Count) -> bool:
        """Return whether there is a cell for this. There is none for some of what a newer release counts; that is told.

        Who asks goes on without it: a figure must not hold up what is done with it.
        """
        unknown = count.dimensions.keys() - set(self.dimensions)
        if not unknown and len(count.atom) <= _LONGEST_ATOM:
            return True
        _log.warning("the cube has no place for a count; it is left out", atom=count.atom, dimensions=sorted(unknown))
        return False

    def key_of(self, count: Count, span: Span) -> CellKey:
        """Return the cell to which something that the cube knows counts in a span."""
        values = tuple((count.dimensions.get(name) or "")[:_LONGEST] for name in self.dimensions)
        return CellKey(count.atom, span, span.first_day(count.day), values)

    def keys_of(self, count: Count) -> Iterator[CellKey]:
        """Return all cells to which something that the cube knows counts: of its day and its month, and the totals."""
        return self.cells_beside(self.key_of(count, Span.DAY))

    def cells_beside(self, day: CellKey) -> Iterator[CellKey]:
        """Yield this cell of a day, and those of its month and of both totals that have it in them."""
        named = zip(self.dimensions, day.values, strict=True)
        along = tuple(value if name in self.wide else "" for name, value in named)
        for span in (Span.DAY, Span.MONTH):
            cell = day._replace(span=str(span), starts_on=span.first_day(day.starts_on))
            yield cell
            yield cell._replace(span=TOTALS[span], values=along)

    def columns_of(self, cells: Mapping[CellKey, int]) -> dict[str, list[Any]]:
        """Return cells as lists, one for each column, in the order in which all writers lock rows."""
        rows = [
            (*key[:3], *key.values, value)
            for key, value in sorted(cells.items(), key=lambda item: (*item[0][:3], item[0].values))
        ]
        names = ("atom", "span", "starts_on", *self.dimensions, "value")
        return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _which() -> list[Column[Any]]:
    return [
        Column("atom", String(_LONGEST_ATOM), primary_key=True),
        Column("span", String(5), primary_key=True),
        Column("starts_on", Date, primary_key=True),
    ]


def _value() -> Column[Any]:
    return Column("value", BigInteger, nullable=False)


def adding_to(cells: Table) -> Prepared:
    """Return the statement that adds to cells of this table, which are bound column by column."""

    def build(dialect: str) -> Any:
        added = _inserting(cells, dialect)
        return added.on_conflict_do_update(
            index_elements=[*cells.primary_key.columns],
            set_={"value": cells.c.value + added.excluded.value},
        )

    return for_both(build)


def _inserting(cells: Table, dialect: str) -> Any:
    rows = select(rows_of([*cells.c], dialect)).where(literal(value=True))
    return insert_for(dialect)(cells).from_select([*cells.c.keys()], rows)


def recounts_table(metadata: MetaData) -> Table:
    """Declare the recounts of a service."""
    return Table(
        "recounts",
        metadata,
        Column("recount_id", Uuid, primary_key=True),
        Column("repair", Boolean, nullable=False),
        Column("state", String(10), nullable=False),
        Column("asked_at", UtcDateTime, nullable=False),
        Column("began_at", UtcDateTime),
        Column("finished_at", UtcDateTime),
        Column("compared", Integer),
        Column("differing", Integer),
        Column("repaired", Integer),
        Column("differences", JSON(none_as_null=True)),
    )
