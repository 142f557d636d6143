"""Answers questions about the figures of a service from its cube."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar

from sqlalchemy import ColumnElement, Table, case, func, select

from shared.kernel.clock import Clock
from shared.kernel.cube import Atom, Kind, Span
from shared.kernel.errors import InvalidValue, NotFound, refuses
from shared.kernel.rights import Reach, Right, RightMissing, covers, reach_of
from shared.persistence.cube.tables import TOTALS, CubeTables
from shared.persistence.database import Database

_MOST_ROWS = 20_000
_MOST_READ = 400_000  # cells that become rows
_MOST_SPANS = 240  # of a level: each is a query
_BRANCH = "branch"


class UnknownAtom(NotFound):
    """Nothing of this name is counted."""

    code = "unknown-atom"
    detail = "Nothing of this name is counted here. GET /v1/statistics lists what is."


class UnknownDimension(InvalidValue):
    """What is counted is not known along this dimension."""

    code = "unknown-dimension"
    field = "by"
    example: ClassVar = {"atom": "loans", "dimensions": ("branch", "item_type")}

    def __init__(self, *, atom: str, dimensions: Sequence[str], field: str = "by") -> None:
        super().__init__(
            "This is counted along other dimensions: see `dimensions`. Beside them take one of day, month and year.",
            field=field,
            atom=atom,
            dimensions=list(dimensions),
        )


class InvalidPeriod(InvalidValue):
    """The days that were asked for are none."""

    code = "invalid-period"
    detail = "A period ends on the day on which it begins, or later."
    field = "to"


class PeopleBySpan(InvalidValue):
    """Different people are counted for whole months and years."""

    code = "people-by-month-or-year"
    detail = "Different people are counted for each month, and for each year: say `by=month` or `by=year`."
    field = "by"


class TooManyRows(InvalidValue):
    """The answer would be too long."""

    code = "too-many-rows"
    detail = f"The answer would have more than {_MOST_ROWS} rows. Ask for a shorter period, or along fewer dimensions."
    field = "by"


@dataclass(frozen=True, slots=True)
class Question:
    """How many of an `atom`, by what, of which days, and where a dimension has a value."""

    atom: str
    by: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    where: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Figures:
    """An answer: the period that it covers, rows with a value for each word of `by`, and how many cells were merged."""

    atom: str
    by: tuple[str, ...]
    first: date
    last: date
    rows: list[dict[str, str | int | None]]
    merged: int = 0


_Row = tuple[date, tuple[str, ...], int]
"""The first day of a span, the values of the dimensions, and the figure."""


@refuses(UnknownAtom, UnknownDimension, InvalidPeriod, PeopleBySpan, TooManyRows)
@dataclass(frozen=True)
class AnswerFigures:
    """Say how many of what there were.

    - `by` names at most one of `day`, `month` and `year`, and dimensions of the atom; each gets a column of its own. A
      day is that of the branch. Without `from` and `to` it is the year so far.
    - What is not known of an act is `unknown`. Old figures stay as they are when a branch is closed or a word changes.
    - A `level` is what there was at the end of the day, month or year. Different people are counted once in a month,
      and once in a year, where they were counted first.
    - Who holds the right `statistics` in some branches names one of them.
    - For who may not see persons in all branches (right `see_contacts`), figures of people, and all by `category` or
      `age_band`, come from months that are over, along a few dimensions, and no cell has fewer than five: smaller ones
      are put together with their neighbours, once for all, and a row then says null. `merged` is how many cells that
      were.
    """

    database: Database
    tables: CubeTables
    atoms: Mapping[str, Atom]
    clock: Clock
    right: Right
    sees_persons: Right

    async def __call__(self, question: Question) -> Figures:
        atom = self.atoms.get(question.atom)
        if atom is None:
            raise UnknownAtom
        span = _span_of(question, atom)
        branch = question.where.get(_BRANCH)
        if not _is_covered(reach_of(self.right), branch):
            raise RightMissing(self.right.name, branch, everywhere=branch is None)
        last = question.last or self.clock.now().date()
        first = question.first or Span.YEAR.first_day(last)
        if last < first:
            raise InvalidPeriod
        along = tuple(word for word in question.by if word not in [*Span])
        asked = _FigureReader(self.database, self.tables, atom, span, first, last, along, question.where)
        merged = 0
        # Who sees persons in one branch could take its exact figures from published cells that reach beyond it.
        if atom.is_about_few([*along, *question.where]) and reach_of(self.sees_persons) is not None:
            if span is Span.DAY or not {*along, *question.where} <= {*atom.published}:
                raise RightMissing(self.sees_persons.name, everywhere=True)
            rows, merged = await asked.published()
        else:
            rows = await asked.counted()
        return Figures(atom.name, question.by, first, last, _table(question, span, along, rows), merged)


@dataclass(frozen=True)
class _FigureReader:
    """A question that is in order: of an atom, by a span, in a period, along dimensions, where some have values."""

    database: Database
    tables: CubeTables
    atom: Atom
    span: Span | None
    first: date
    last: date
    along: tuple[str, ...]
    where: Mapping[str, str]

    async def counted(self) -> list[_Row]:
        """Return the cells that answer it, summed as far as that may be."""
        cells = self.tables.cells
        if self.atom.kind is Kind.PEOPLE:
            return await self._read(cells, self.span or Span.MONTH, self.first, self.last)
        if self.atom.kind is Kind.LEVEL:
            if self.span is Span.DAY:
                return await self._read(cells, Span.DAY, self.first, self.last)
            days = await self._last_days()
            return [row for day in days for row in await self._read(cells, Span.DAY, day, day)]
        is_wide = {*self.along, *self.where} <= self.tables.wide
        parts = [(Span.DAY, self.first, self.last)] if self.span is Span.DAY else _parts(self.first, self.last)
        return [
            row
            for span, first, last in parts
            for row in await self._read(cells, TOTALS[span] if is_wide else span, first, last)
        ]

    async def published(self) -> tuple[list[_Row], int]:
        """Return what is published of the spans that lie wholly in the period, and how many cells were merged."""
        table = self.tables.published
        kept_by = Span.YEAR if self.atom.kind is Kind.PEOPLE and self.span is Span.YEAR else Span.MONTH
        end = kept_by.first_day(self.last + timedelta(days=1)) - timedelta(days=1)
        rows = await self._read(table, kept_by, self.first, end)
        made_of = func.sum(case((table.c.cells > 1, table.c.cells), (table.c.value == 0, 1), else_=0)).label("merged")
        merged = select(table.c.starts_on, made_of).where(*self._conditions(table, kept_by, self.first, end))
        of_spans = {row.starts_on: int(row.merged) for row in await self.database.rows(merged.group_by("starts_on"))}
        if self.atom.kind is Kind.LEVEL:
            last_of = {_name(self.span, starts_on): starts_on for starts_on in sorted(of_spans)}
            of_spans = {starts_on: of_spans[starts_on] for starts_on in last_of.values()}
        return [row for row in rows if row[0] in of_spans], sum(of_spans.values())

    async def _last_days(self) -> list[date]:
        """Return the last day of each span in the period for which there is a level."""
        table, days = self.tables.cells, list[date]()
        spans = [(self.first, self.last)] if self.span is None else [*_spans(self.span, self.first, self.last)]
        if len(spans) > _MOST_SPANS:
            raise TooManyRows
        for since, until in spans:
            of_span = self._conditions(table, Span.DAY, since, until, anywhere=True)
            (found,) = await self.database.rows(select(func.max(table.c.starts_on).label("day")).where(*of_span))
            days += [found.day] if found.day else []
        return days

    async def _read(self, table: Table, kept_by: str, first: date, last: date) -> list[_Row]:
        columns = [table.c.starts_on, *(table.c[name] for name in self.along)]
        query = (
            select(*columns, func.sum(table.c.value).label("total"))
            .where(*self._conditions(table, kept_by, first, last))
            .group_by(*columns)
            .limit(_MOST_READ + 1)
        )
        rows = await self.database.rows(query)
        if len(rows) > _MOST_READ:
            raise TooManyRows
        return [(row.starts_on, tuple(row)[1:-1], int(row.total)) for row in rows if row.total]

    def _conditions(
        self, table: Table, kept_by: str, first: date, last: date, *, anywhere: bool = False
    ) -> list[ColumnElement[bool]]:
        where = {} if anywhere else self.where
        of_atom = [table.c.atom == self.atom.name, table.c.span == str(kept_by)]
        of_atom += [table.c.starts_on >= first, table.c.starts_on <= last]
        return of_atom + [func.upper(table.c[name]) == value.upper() for name, value in where.items()]


def _span_of(question: Question, atom: Atom) -> Span | None:
    """Return the span by which is asked. Raises UnknownDimension and PeopleBySpan."""
    spans = [Span(word) for word in question.by if word in [*Span]]
    unknown = {*question.by} - {*Span} - {*atom.dimensions}
    if unknown or len(spans) > 1 or len({*question.by}) < len(question.by):
        raise UnknownDimension(atom=atom.name, dimensions=atom.dimensions)
    for name in question.where:
        if name not in atom.dimensions:
            raise UnknownDimension(atom=atom.name, dimensions=atom.dimensions, field=name)
    span = spans[0] if spans else None
    if atom.kind is Kind.PEOPLE and span not in atom.kind.kept_by:
        raise PeopleBySpan
    return span


def _is_covered(reach: Reach, branch: str | None) -> bool:
    """Return whether a right that is held there is enough for what is asked: of one branch, or of all."""
    return reach is None or (branch is not None and covers(reach, branch))


def _parts(first: date, last: date) -> Iterator[tuple[Span, date, date]]:
    """Yield the whole months of a period, and the days before and after them."""
    begins = first if first.day == 1 else Span.MONTH.next(first)
    ends = Span.MONTH.first_day(last + timedelta(days=1))
    one_day = timedelta(days=1)
    if begins >= ends:
        yield Span.DAY, first, last
        return
    if first < begins:
        yield Span.DAY, first, begins - one_day
    yield Span.MONTH, begins, ends - one_day
    if ends <= last:
        yield Span.DAY, ends, last


def _spans(span: Span, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield the first and the last day of each span, as far as it lies in the period."""
    while first <= last:
        after = span.next(first)
        yield first, min(last, after - timedelta(days=1))
        first = after


def _name(span: Span | None, day: date) -> str:
    return "" if span is None else span.name_of(day)


def _table(
    question: Question, span: Span | None, along: Sequence[str], rows: Sequence[_Row]
) -> list[dict[str, str | int | None]]:
    """Return the rows of an answer in order. Raises TooManyRows."""
    totals = Counter[tuple[str, tuple[str, ...]]]()
    for starts_on, values, figure in rows:
        totals[_name(span, starts_on), values] += figure
    if len(totals) > _MOST_ROWS:
        raise TooManyRows
    table = list[dict[str, str | int | None]]()
    for (name, values), total in sorted(totals.items()):
        named = dict(zip(along, (value or None for value in values), strict=True))
        row: dict[str, str | int | None] = {word: name if word == span else named[word] for word in question.by}
        table.append(row | {"value": total})
    return [row for row in table if row["value"]]
