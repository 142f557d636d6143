"""A cube of figures: what is counted, for which day, along which dimensions. It knows of nobody and of no record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, Self
from uuid import UUID

UNKNOWN = "unknown"
"""The value of a dimension where it is not known."""

FEWEST = 5
"""Fewer than so many are never published for who may not see persons."""


class Span(StrEnum):
    """What a cell of the cube covers, from its first day on."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    def first_day(self, day: date) -> date:
        """Return the first day of the span in which this day lies."""
        return {Span.DAY: day, Span.MONTH: day.replace(day=1), Span.YEAR: day.replace(month=1, day=1)}[self]

    def next(self, day: date) -> date:
        """Return the first day of the next span."""
        first = self.first_day(day)
        return first + timedelta(days=1) if self is Span.DAY else self.first_day(first + _NEARLY[self])

    def name_of(self, day: date) -> str:
        """Return the span of this day as people write it: 2026, 2026-11, 2026-11-30."""
        return day.isoformat()[: {Span.DAY: 10, Span.MONTH: 7, Span.YEAR: 4}[self]]


_NEARLY = {Span.MONTH: timedelta(days=31), Span.YEAR: timedelta(days=366)}
"""Enough to come from the first day of a span into the next, and no further."""


class Kind(StrEnum):
    """How the figures of days become those of longer spans."""

    SUM = "sum"
    LEVEL = "level"
    """What there was at the end of each day; of a longer span, at its last day."""
    PEOPLE = "people"
    """How many different people; each counts once in a month and once in a year, where they were counted first."""

    @property
    def kept_by(self) -> tuple[Span, ...]:
        """The spans for which the cube has cells."""
        return (Span.MONTH, Span.YEAR) if self is Kind.PEOPLE else (Span.DAY, Span.MONTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """Something that is counted. Along dimensions that are `personal` few people are shown only to who may see persons.

    `of_people`: it counts people, so that this holds however it is asked for. `published` are the dimensions, from
    the widest to the narrowest, along which others are told it then.
    """

    name: str
    description: str
    dimensions: tuple[str, ...]
    kind: Kind = Kind.SUM
    of_people: bool = False
    personal: frozenset[str] = frozenset()
    published: tuple[str, ...] = ()

    def is_about_few(self, asked: Iterable[str]) -> bool:
        """Return whether a question along these dimensions may tell of a few people."""
        return self.of_people or not self.personal.isdisjoint(asked)


@dataclass(frozen=True, slots=True)
class Count:
    """What an act adds to the cube: so many of an atom on a day. A `person` is counted once in each span."""

    atom: str
    day: date
    dimensions: Mapping[str, str]
    number: int = 1
    person: UUID | None = None

    def as_json(self) -> list[Any]:
        """Return it as JSON values."""
        person = [] if self.person is None else [str(self.person)]
        return [self.atom, self.day.isoformat(), dict(self.dimensions), self.number, *person]

    @classmethod
    def of_json(cls, values: list[Any]) -> Self:
        """Return what was written as these JSON values."""
        atom, day, dimensions, number, *person = values
        return cls(atom, date.fromisoformat(day), dimensions, number, UUID(person[0]) if person else None)


Cell = tuple[str | None, ...]
"""The values of some dimensions; None: of whatever value."""


@dataclass(frozen=True, slots=True)
class Published:
    """A cell as it is published: its value, and how many cells of the cube it is made of."""

    cell: Cell
    value: int
    of: int = 1

    @property
    def is_small(self) -> bool:
        """Whether it tells of too few."""
        return self.value < FEWEST


def published(cells: Mapping[Cell, int]) -> list[Published]:
    """Return the cells of one span as they are published, once and for all, by a rule that looks at nothing else.

    Cells of fewer than five that differ in their narrowest dimension alone become one; if that is still too small, the
    smallest of their neighbours goes with them. What is too small even then goes on to the next wider dimension. What
    is too small at last is published as nothing. Every answer is a sum of these cells, so that no two differ by fewer
    than five.
    """
    found = [Published(cell, value) for cell, value in cells.items() if value]
    width = max((len(one.cell) for one in found), default=0)
    for depth in reversed(range(width)):
        found.sort(key=lambda one: _order(one.cell))
        found = [
            merged
            for key, siblings in groupby(found, key=lambda one: one.cell[:depth])
            for merged in _merged([*siblings], (*key, *[None] * (width - depth)))
        ]
    return [replace(one, value=0) if one.is_small else one for one in found]


def _merged(siblings: list[Published], wider: Cell) -> list[Published]:
    """Return the siblings with all that are too small in one cell, of at least five if they can give that many."""
    by_size = sorted(siblings, key=lambda one: (not one.is_small, one.value, _order(one.cell)))
    small = [one for one in by_size if one.is_small]
    rest = by_size[len(small) :]
    while small and rest and sum(one.value for one in small) < FEWEST:
        small.append(rest.pop(0))
    together = Published(wider, sum(one.value for one in small), sum(one.of for one in small))
    return [together, *rest] if small else rest


def _order(cell: Cell) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in cell)
