"""How PostgreSQL finds books at a cost that does not grow with the catalogue.

Rare words are looked up in the index of words, and all that they find is sorted. Common words would find too much for
that; but for the same reason, a walk through the books in their order soon fills a page. Which of the two is cheaper
follows from the planner's own statistics of words; `choose_strategy` is the one place that decides.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sqlalchemy import Row, Select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.application.search.queries.statements import (
    Has,
    as_tsquery,
    clear_among,
    has_clearly,
    has_on_postgresql,
    matching,
    walking,
)
from books_service.domain.search.search import Order, Rank, Search, SearchPlace
from shared.persistence.database import Database

_FEW_STEPS = 100  # cost nothing to speak of
_FEW_FOUND = 5_000  # below this, filter rows instead of expanding a short prefix
# What a step of a walk costs, where looking up something found costs 1. New books lie next to each other.
_STEP = dict.fromkeys(Order, 1.0) | {Order.RELEVANCE: 0.1, Order.NEWLY_ADDED: 0.1}


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many books there are; how many of them are found; how many by clear terms alone, or in their title."""

    books: int
    found: int
    clear: int
    in_title: int

    def found_of(self, rank: Rank | None) -> int:
        """Return how many books of a rank are found."""
        return self.in_title if rank in (Rank.TITLE_BEGINS, Rank.IN_TITLE) else self.found

    @property
    def has(self) -> Has:
        """Return how to look terms up."""
        return has_clearly if self.clear < _FEW_FOUND else has_on_postgresql


@asynccontextmanager
async def by_index(database: Database) -> AsyncIterator[AsyncConnection]:
    """Give a connection on which PostgreSQL reads no whole table where it has an index, whatever its costs."""
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        yield connection


class PostgresSearch:
    """Finds the rows of books. `step_factor`: a walk is given up after so many times the expected steps."""

    def __init__(self, database: Database, *, step_factor: float = 5) -> None:
        self._database = database
        self._step_factor = step_factor

    async def find(self, search: Search, order: Order, *, after: SearchPlace | None, limit: int) -> list[Row[Any]]:
        """Return the first `limit` books after a place."""
        estimate = await self._estimate(search) if needs_estimate(search) else None
        rows: list[Row[Any]] = []
        for rank in batches_of_ranks(search, order, estimate, limit):
            if len(rows) < limit and (after is None or rank in (None, Rank.NONE) or after.rank <= rank):
                behind = after if after is not None and rank in (None, Rank.NONE, after.rank) else None
                part = _Part(search, order, behind, limit - len(rows), rank)
                rows += await self._by(choose_strategy(part, estimate), part, estimate)
        return rows

    async def _by(self, strategy: "Strategy", part: "_Part", estimate: Estimate | None) -> list[Row[Any]]:
        if strategy is Strategy.LOOK_UP:
            return await self._database.rows(part.looked_up(estimate))
        if strategy is Strategy.WALK or estimate is None:
            return await self._database.rows(part.walked(part.limit))
        rows = await self._database.rows(part.walked(self._most_steps(part, estimate)))
        if not rows or not rows[-1].stopped or (len(rows) == part.limit and rows[-1].hit):
            return rows
        # Fewer are found than the planner thinks: it would read the whole table, and must not.
        async with by_index(self._database) as connection:
            return list(await connection.execute(part.looked_up(estimate)))

    def _most_steps(self, part: "_Part", estimate: Estimate) -> int:
        expected = part.limit * estimate.books // max(estimate.found_of(part.rank), part.limit)
        return 1 + int(self._step_factor * (_FEW_STEPS + expected))

    async def _estimate(self, search: Search) -> Estimate:
        """Ask the planner. It knows how common words are, and how they are spread over the years."""
        years = "".join(
            f" AND year_key {sign} {year}"
            for sign, year in ((">=", search.first_year), ("<=", search.last_year))
            if year is not None
        )
        terms = {"found": search.anywhere, "clear": clear_among(search.anywhere), "in_title": search.in_title}
        parts = [
            f"SELECT FROM books WHERE "
            f"{f'index_terms @@ CAST(:{name} AS tsquery)' if search.anywhere else 'true'}{years}"
            for name in terms
        ]
        query = text(f"EXPLAIN (FORMAT JSON) SELECT FROM books UNION ALL {' UNION ALL '.join(parts)}")
        values = {name: as_tsquery(some) for name, some in terms.items()}
        (answer,) = await self._database.first(query, **(values if search.anywhere else {}))
        plan = answer if isinstance(answer, list) else json.loads(answer)
        return Estimate(*(part["Plan Rows"] for part in plan[0]["Plan"]["Plans"]))


class Strategy(Enum):
    """How a page of books is found."""

    WALK = auto()  # through the books in their order, until the page is full
    LOOK_UP = auto()  # all that has the words in the index of words, and sort that
    WALK_THEN_LOOK_UP = auto()  # walk as far as should be enough; if it was not, look up


@dataclass(frozen=True, slots=True)
class _Part:
    """The books of one rank, behind a place of it."""

    search: Search
    order: Order
    after: SearchPlace | None
    limit: int
    rank: Rank | None

    def walked(self, steps: int) -> Select[Any]:
        return walking(
            self.search,
            has_on_postgresql,
            self.order,
            after=self.after,
            limit=self.limit,
            rank=Rank.NONE if self.rank is None else self.rank,
            steps=steps,
        )

    def looked_up(self, estimate: Estimate | None) -> Select[Any]:
        has = has_on_postgresql if estimate is None else estimate.has
        if self.rank is None:
            return matching(self.search, has, self.order, after=self.after, limit=self.limit)
        return matching(self.search, has, self.order, after=self.after, limit=self.limit, rank=self.rank)


def needs_estimate(search: Search) -> bool:
    """Whether the planner must be asked: not for everything, and not for what finds few books."""
    return search != Search() and search.isbn is None and search.number is None and not search.suppressed


def batches_of_ranks(search: Search, order: Order, estimate: Estimate | None, limit: int) -> tuple[Rank | None, ...]:
    """Return the ranks that are found one after the other; None: all of them, in one statement."""
    if estimate is None:
        return (Rank.NONE,) if search == Search() else (None,)
    if order is not Order.RELEVANCE or not search.ranks:
        return (Rank.NONE,)
    if not _is_common(estimate.found, estimate.books, order, limit):
        return (None,)
    return (Rank.TITLE_BEGINS, Rank.IN_TITLE, Rank.ELSEWHERE)


def choose_strategy(part: _Part, estimate: Estimate | None) -> Strategy:
    """Return the cheapest way to find the books of a rank."""
    if estimate is None:
        return Strategy.WALK if part.search == Search() else Strategy.LOOK_UP
    if part.rank is None:
        return Strategy.LOOK_UP
    # Where titles begin so, nearly all have the words.
    is_common = _is_common(estimate.found_of(part.rank), estimate.books, part.order, part.limit)
    return Strategy.WALK_THEN_LOOK_UP if part.rank is Rank.TITLE_BEGINS or is_common else Strategy.LOOK_UP


def _is_common(found: int, books: int, order: Order, limit: int) -> bool:
    """Whether walking until a page is full costs less than fetching and sorting all that is found."""
    return limit * books * _STEP[order] < found * found
