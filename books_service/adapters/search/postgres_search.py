"""How PostgreSQL finds books at a cost that does not grow with the catalogue.

Rare words are looked up in the index of words, and all that they find is sorted. Common words would find too much for
that; but for the same reason, whoever walks through the books in their order soon has a page full of them. Which of
the two is cheaper, the planner's own statistics of words tell.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.adapters.search.search_statements import (
    Has,
    as_tsquery,
    clear_among,
    has_clearly,
    has_on_postgresql,
    matching,
    walking,
)
from books_service.domain.search.search import Order, Place, Rank, Search
from shared.persistence.database import Database

_FEW_STEPS = 100  # cost nothing to speak of
_FEW_FOUND = 5_000  # below this, filter rows instead of expanding a short prefix
# What a step of a walk costs, where looking up something found costs 1. New books lie next to each other.
_STEP = {Order.RELEVANCE: 0.1, Order.NEWLY_ADDED: 0.1, Order.TITLE: 1.0, Order.NEWEST: 1.0}


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many books there are; how many of them are found; how many by clear terms alone, or in their title."""

    books: int
    found: int
    clear: int
    in_title: int

    @property
    def has(self) -> Has:
        """Return how to look terms up."""
        return has_clearly if self.clear < _FEW_FOUND else has_on_postgresql


@asynccontextmanager
async def by_index(database: Database) -> AsyncIterator[AsyncConnection]:
    """Give a connection on which PostgreSQL reads no whole table where it has an index, whatever it thinks cheaper."""
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        yield connection


class PostgresSearch:
    """Finds the rows of books. `step_factor`: a walk that takes so many times the steps expected of it is given up."""

    def __init__(self, database: Database, *, step_factor: float = 5) -> None:
        self._database = database
        self._step_factor = step_factor

    async def find(self, search: Search, order: Order, *, after: Place | None, limit: int) -> list[Row[Any]]:
        """Return the first `limit` books after a place."""
        if search == Search():
            everything = walking(
                search, has_on_postgresql, order, after=after, limit=limit, rank=Rank.NONE, steps=limit
            )
            return await self._all(everything)
        if search.isbn is not None:
            return await self._all(matching(search, has_on_postgresql, order, after=after, limit=limit))
        guess = await self._estimate(search)
        if order is not Order.RELEVANCE or not search.ranks:
            return await self._of_rank(Rank.NONE, search, order, guess, after=after, limit=limit)
        if not _is_common(guess.found, guess.books, order, limit):
            return await self._all(matching(search, guess.has, order, after=after, limit=limit))
        rows: list[Row[Any]] = []
        for rank in (Rank.TITLE_BEGINS, Rank.IN_TITLE, Rank.ELSEWHERE):
            if len(rows) < limit and (after is None or after.rank <= rank):
                behind = after if after is not None and after.rank == rank else None
                rows += await self._of_rank(rank, search, order, guess, after=behind, limit=limit - len(rows))
        return rows

    async def _of_rank(
        self, rank: Rank, search: Search, order: Order, guess: Estimate, *, after: Place | None, limit: int
    ) -> list[Row[Any]]:
        found = guess.in_title if rank in (Rank.TITLE_BEGINS, Rank.IN_TITLE) else guess.found
        # Where titles begin so, nearly all have the words.
        if rank is Rank.TITLE_BEGINS or _is_common(found, guess.books, order, limit):
            steps = 1 + int(self._step_factor * (_FEW_STEPS + limit * guess.books // max(found, limit)))
            walk = walking(search, has_on_postgresql, order, after=after, limit=limit, rank=rank, steps=steps)
            rows = await self._all(walk)
            if not rows or not rows[-1].stopped or (len(rows) == limit and rows[-1].hit):
                return rows
            # Fewer are found than the planner thinks: it would read the whole table, and must not.
            all_of_them = matching(search, guess.has, order, after=after, limit=limit, rank=rank)
            async with by_index(self._database) as connection:
                return list(await connection.execute(all_of_them))
        return await self._all(matching(search, guess.has, order, after=after, limit=limit, rank=rank))

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
        async with self._database.reading() as connection:
            told = (await connection.execute(query, values if search.anywhere else {})).scalar_one()
        plan = told if isinstance(told, list) else json.loads(told)
        return Estimate(*(part["Plan Rows"] for part in plan[0]["Plan"]["Plans"]))

    async def _all(self, query: Select[Any]) -> list[Row[Any]]:
        async with self._database.reading() as connection:
            return list(await connection.execute(query))


def _is_common(found: int, books: int, order: Order, limit: int) -> bool:
    """Whether walking until a page is full costs less than fetching and sorting all that is found."""
    return limit * books * _STEP[order] < found * found
