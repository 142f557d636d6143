"""Prepared statements: written in SQLAlchemy's Core, compiled once for each database, run on its driver.

What is on the way of every request is run like this (decision 127). SQLAlchemy's own way of running a statement costs
more of the processor than the statement itself.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import (
    Executable,
    Float,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement, visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
Written = TypeVar("Written", bound=ClauseElement)

ByDialect = Executable | Mapping[str, Executable]
"""One statement for both databases, or one for each by the name of its dialect."""

_NAME = re.compile(r"(?:p(\d+)_)?(?:r(\d+)_)?(.+)")

MOST_PARTS_TOGETHER = 16  # in one statement
_MOST_KEPT = 200  # combinations
MOST_CHANGES_TOGETHER = 4  # of one table, in one statement
MOST_ROWS_TOGETHER = 8  # of one table, in one statement: each number of rows makes another statement


class DriverStatement:
    """A statement as the driver takes it: its text, its values in their order, its rows.

    With the values that it is run with, lists are expanded for this once. Raises ValueError for one that cannot be
    kept, with a list to be expanded or a literal put in when it is run, and for a default that Python works out.
    """

    def __init__(self, statement: Executable, dialect: Dialect, once_with: Values | None = None) -> None:
        compiled = _sql_of(statement, dialect)
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise ValueError(f"a default that Python works out is not applied here: {compiled}")
        if once_with is not None:
            expanded = compiled.construct_expanded_state(once_with)
            self.text = expanded.statement
            self._values = [
                (name, *_value(compiled, name, dialect))
                if name in compiled.binds
                else (name, expanded.processors.get(name), expanded.parameters[name])
                for name in expanded.positiontup or ()
            ]
        elif compiled.post_compile_params or compiled.literal_execute_params:
            raise ValueError(f"an array instead of a list to be expanded lets a statement be prepared: {compiled}")
        else:
            self.text = str(compiled)
            self._values = [(name, *_value(compiled, name, dialect)) for name in compiled.positiontup or ()]
        columns = statement.exported_columns if isinstance(statement, ReturnsRows) else ()
        names = [column.key or f"column{number}" for number, column in enumerate(columns)]
        row_of: Callable[[Iterable[Any]], Any] = NamedTuple("Row", [(name, Any) for name in names])._make
        self._make = row_of if names else tuple  # a text does not say what it returns
        readers = ((place, _reader(column.type.dialect_impl(dialect), dialect)) for place, column in enumerate(columns))
        self._readers = [(place, read) for place, read in readers if read is not None]

    def values(self, by_name: Values) -> list[Any]:
        """Return them as the driver takes them. Raises KeyError when one is missing that has no default."""
        values: list[Any] = []
        for name, convert, default in self._values:
            value = by_name[name] if default is _REQUIRED else by_name.get(name, default)
            values.append(value if convert is None else convert(value))
        return values

    @property
    def names(self) -> list[str]:
        """The names of its values, in their order."""
        return [name for name, _, _ in self._values]

    def values_in(self, rows: Sequence[Values], places: Iterable[tuple[int, str]]) -> list[Any]:
        """Return the values as `values` does; `places` says for each in which of the rows it is, by what name."""
        values: list[Any] = []
        for (_, convert, default), (row, name) in zip(self._values, places, strict=True):
            value = rows[row][name] if default is _REQUIRED else rows[row].get(name, default)
            values.append(value if convert is None else convert(value))
        return values

    def rows(self, fetched: Sequence[Sequence[Any]]) -> list[Any]:
        """Return the driver's rows as tuples with names."""
        if not self._readers:
            return [self._make(row) for row in fetched]
        rows: list[Any] = []
        for row in fetched:
            values = list(row)
            for place, read in self._readers:
                values[place] = read(values[place])
            rows.append(self._make(values))
        return rows


def _sql_of(statement: object, dialect: Dialect) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect) if isinstance(statement, ClauseElement) else None
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"this is no statement about rows: {statement}")
    return compiled


_REQUIRED: Any = object()
_FLOAT8, _NUMERIC = 701, 1700  # how PostgreSQL numbers its types


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """Return what makes Python's value of the driver's, if anything has to."""
    return kind.result_processor(dialect, _FLOAT8 if isinstance(kind, Float) else _NUMERIC)  # nobody else looks at it


def _value(compiled: SQLCompiler, name: str, dialect: Dialect) -> tuple[Convert | None, Any]:
    bound = compiled.binds[name]
    kind: TypeEngine[Any] = bound.type.dialect_impl(dialect)
    return kind.bind_processor(dialect), _REQUIRED if bound.required else bound.effective_value


class Prepared:
    """A statement that is kept, with its values as `bindparam`s; compiled when a database first needs it."""

    def __init__(self, statement: ByDialect) -> None:
        self._statement = statement
        self._compiled: dict[str, DriverStatement] = {}

    def compiled_for(self, dialect: Dialect) -> DriverStatement:
        """Return it as this database takes it."""
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = DriverStatement(self.statement_for(dialect), dialect)
        return compiled

    def statement_for(self, dialect: Dialect) -> Executable:
        """Return the statement as it was written."""
        statement = self._statement
        return statement[dialect.name] if isinstance(statement, Mapping) else statement


Statement = Executable | Prepared


class Runs(Protocol):
    """Runs a statement and returns its rows as tuples with names, inside a transaction or by itself."""

    async def __call__(self, statement: Statement, /, **values: Any) -> list[Any]: ...


class PreparedDml(Prepared):
    """An UPDATE, DELETE or INSERT as a part of an act's writes; its values, too, are `bindparam`s with names.

    Of those in one act no two may change the same row: which of them comes last is not said.
    """

    def part(self, dialect: Dialect, rows: int) -> Any:
        """Return it so that it tells how many rows it changed. `rows` is 1."""
        if rows != 1:
            raise ValueError("a change has one set of values")
        statement: Any = self.statement_for(dialect)
        return _renamed(statement.returning(literal_column("1").label("changed")), _row(0))


class InsertMany:
    """New rows of a table as a part of an act's writes: all its columns but the one that the database counts up.

    A column of `defaults` that a row leaves empty gets the default; on SQLite a trigger sees to that.
    """

    def __init__(self, table: Table, defaults: Mapping[str, Any] | None = None) -> None:
        self._table = table
        self._defaults = defaults or {}
        self._columns = [column for column in table.c if column is not table.autoincrement_column]
        if late := [column.name for column in self._columns if column.default is not None]:
            raise ValueError(f"a default that Python works out is not applied here: {', '.join(late)}")

    def part(self, dialect: Dialect, rows: int) -> Any:
        """Return the INSERT of so many rows, numbered in their order."""
        values = [{column.name: self._value(column, row, dialect) for column in self._columns} for row in range(rows)]
        return insert(self._table).values(values).inline()

    def _value(self, column: Any, row: int, dialect: Dialect) -> Any:
        value = bindparam(_row(row) + column.name, type_=column.type)
        default = self._defaults.get(column.name) if dialect.name == "postgresql" else None
        return value if default is None else func.coalesce(value, default)


Dml = PreparedDml | InsertMany

Write = tuple[Dml, Sequence[Values]]
"""A statement and its values: those of one change, or of each new row."""


@dataclass(frozen=True, slots=True)
class CompiledWrite:
    """One statement with its values; `parts` are the number of the write, the part, and how many rows go in.

    It answers with the counts of all parts together, or with a row for each that it has changed.
    """

    compiled: DriverStatement
    values: list[Any]
    parts: Sequence[tuple[int, Dml, int]]
    counts_together: bool

    def note(self, fetched: Sequence[Sequence[Any]], counts: list[int]) -> None:
        """Add to the `counts` of the writes how many rows each has added or changed, by what the driver fetched."""
        for place, (number, part, rows) in enumerate(self.parts):
            if isinstance(part, InsertMany):
                counts[number] += rows
            else:
                counts[number] += fetched[0][place] if self.counts_together else len(fetched)


class WriteCompiler:
    """Makes the statements that do the writes of an act: each combination of parts is compiled once and kept.

    On PostgreSQL all parts are one statement: each is a common table expression that changes data, and the SELECT below
    counts. They see the rows as they were before, and all keys are checked at the end. On SQLite, where a
    round trip costs nothing, each part is a statement of its own, in the order given.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._together = dialect.name == "postgresql"
        self._kept: dict[tuple[tuple[Dml, int], ...], tuple[DriverStatement, list[tuple[int, str]]]] = {}

    def statements(self, writes: Sequence[Write]) -> list["CompiledWrite"]:
        """Return what is to be run, one after the other. Parts without rows are left out."""
        together: list[list[tuple[int, Write]]] = []
        for number, write in enumerate(writes):
            for portion in _portions(write):
                if not (self._together and together and _goes_with(together[-1], portion)):
                    together.append([])
                together[-1].append((number, portion))
        return [self._compiled(parts) for parts in together]

    def _compiled(self, parts: Sequence[tuple[int, Write]]) -> "CompiledWrite":
        key = tuple((part, len(rows)) for _, (part, rows) in parts)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            compiled = DriverStatement(self._statement(key), self._dialect)
            kept = self._kept[key] = compiled, _places(compiled.names, [rows for _, rows in key])
        compiled, places = kept
        values = compiled.values_in([row for _, (_, rows) in parts for row in rows], places)
        counted = [(number, part, len(rows)) for number, (part, rows) in parts]
        return CompiledWrite(compiled, values, counted, self._together)

    def _statement(self, key: Sequence[tuple[Dml, int]]) -> Executable:
        if not self._together:
            ((part, rows),) = key
            alone: Executable = part.part(self._dialect, rows)
            return alone
        counts: list[Any] = []
        parts: list[Any] = []
        for number, (part, rows) in enumerate(key):
            expression = _renamed(part.part(self._dialect, rows), _prefix(number)).cte(f"part_{number}")
            if isinstance(part, PreparedDml):
                counts.append(select(func.count()).select_from(expression).scalar_subquery())
            else:
                parts.append(expression)
                counts.append(literal_column(str(rows)))
        counting: Select[Any] = select(*(count.label(f"n{number}") for number, count in enumerate(counts)))
        return counting.add_cte(*parts)


def _portions(write: Write) -> list[Write]:
    part, rows = write
    step = 1 if isinstance(part, PreparedDml) else MOST_ROWS_TOGETHER
    return [(part, rows[start : start + step]) for start in range(0, len(rows), step)]


def _goes_with(together: Sequence[tuple[int, Write]], portion: Write) -> bool:
    """Return whether one more part has room in a statement, which does its parts in whatever order it likes.

    However many rows an act changes, it takes few combinations, each of which is compiled once.
    """
    alike = sum(part is portion[0] for _, (part, _) in together)
    most = 1 if isinstance(portion[0], InsertMany) else MOST_CHANGES_TOGETHER
    return len(together) < MOST_PARTS_TOGETHER and alike < most


def _places(names: Iterable[str], rows_of_parts: Sequence[int]) -> list[tuple[int, str]]:
    """Return for each name of a value which row of all parts has it, and what it is called there."""
    before = [0, *accumulate(rows_of_parts)]
    found = (part_row_and_name.groups("0") for part_row_and_name in map(_NAME.fullmatch, names) if part_row_and_name)
    return [(before[int(part)] + int(row), name) for part, row, name in found]


def _prefix(part: int) -> str:
    return f"p{part}_"


def _row(number: int) -> str:
    """Return how the names of a row's values begin, so that those of several rows do not meet."""
    return f"r{number}_"


def _renamed(statement: Written, prefix: str) -> Written:
    def rename(bound: Any) -> None:
        bound.key = prefix + bound.key

    renamed: Written = visitors.cloned_traverse(statement, {}, {"bindparam": rename})
    return renamed
