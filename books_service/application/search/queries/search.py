"""Searching on either database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    CompoundSelect,
    Select,
    Text,
    TextClause,
    bindparam,
    func,
    literal,
    null,
    select,
    text,
    union_all,
)

from books_service.application.catalogue.queries import book_view
from books_service.application.catalogue.views import BookView
from books_service.application.search.queries.facets import FacetValues
from books_service.application.search.queries.postgres_search import PostgresSearch, by_index
from books_service.application.search.queries.statements import (
    Has,
    SearchCriteria,
    has_on_postgresql,
    has_on_sqlite,
    matching,
    place_of,
)
from books_service.domain.catalogue.language import Language
from books_service.domain.search.search import Facet, Order, Search, SearchPlace
from books_service.domain.search.spelling import swapped
from books_service.domain.viewer import DESK, PUBLIC
from books_service.persistence.tables import books
from shared.persistence.database import Database

MOST_COUNTED = 1000
MOST_VALUES = 20
MOST_IN_TOTAL = 10_000
_MOST_ALIKE = 100
# Trigrams miss two letters in each other's place: such words are looked up as they are.
_ALIKE_ON_POSTGRESQL = text(
    """
    SELECT alike.word
    FROM unnest(:words) AS asked (word)
    CROSS JOIN LATERAL (
        SELECT known_words.word FROM known_words WHERE known_words.word % asked.word
        ORDER BY similarity(known_words.word, asked.word) DESC LIMIT :most
    ) AS alike
    UNION
    SELECT word FROM known_words WHERE word = ANY(:swapped)
    """
).bindparams(bindparam("words", type_=ARRAY(Text)), bindparam("swapped", type_=ARRAY(Text)))
_ALIKE_ON_SQLITE = text(
    """
    SELECT trim(word) FROM (
        SELECT word FROM word_trigrams WHERE word_trigrams MATCH :trigrams ORDER BY rank LIMIT :most
    )
    UNION
    SELECT word FROM known_words WHERE word IN (SELECT value FROM json_each(:swapped))
    """
)


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """How often which values stand in the books that were counted; `complete`: these were all that are found."""

    values: Mapping[Facet, Sequence[tuple[str, int]]]
    books: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Total:
    """How many books are found, `MOST_IN_TOTAL` at most; `complete`: there are no more."""

    books: int
    complete: bool


class BookSearch:
    """Looks through the catalogue."""

    def __init__(self, database: Database, *, most_in_total: int = MOST_IN_TOTAL) -> None:
        self._database = database
        self._most_in_total = most_in_total
        self._on_postgresql = database.dialect == "postgresql"
        self._has: Has = has_on_postgresql if self._on_postgresql else has_on_sqlite

    async def find(
        self, search: Search, order: Order, *, after: SearchPlace | None, limit: int
    ) -> list[tuple[SearchPlace, BookView]]:
        """Return up to `limit` books behind a place, each with its own."""
        if self._on_postgresql:
            rows = await PostgresSearch(self._database).find(search, order, after=after, limit=limit)
        else:
            rows = await self._database.rows(matching(search, self._has, order, after=after, limit=limit))
        viewer = DESK if search.with_hidden else PUBLIC
        return [(place_of(row), book_view(row, viewer)) for row in rows]

    async def known_words_like(self, words: Sequence[str]) -> list[str]:
        """Return words of titles and authors that look like one of these, and some that do not mean the same."""
        others = [other for word in words for other in swapped(word)]
        lookups: list[tuple[TextClause, dict[str, Any]]] = [
            (_ALIKE_ON_SQLITE, {"trigrams": _trigrams(word), "swapped": json.dumps(others)}) for word in words
        ]
        if self._on_postgresql:
            lookups = [(_ALIKE_ON_POSTGRESQL, {"words": list(words), "swapped": others})]
        similar: list[str] = []
        # To compare a word is dearer than PostgreSQL thinks: it would rather compare all that it has.
        connecting = by_index(self._database) if self._on_postgresql else self._database.reading()
        async with connecting as connection:
            for query, values in lookups:
                similar += (await connection.execute(query, values | {"most": _MOST_ALIKE})).scalars()
        return similar

    async def count(self, search: Search, facets: frozenset[Facet]) -> FacetCounts:
        """Count values in what is found: in `MOST_COUNTED` books at most, and the `MOST_VALUES` commonest values."""
        counted: dict[Facet, dict[str, int]] = {facet: {} for facet in facets}
        total = 0
        for row in await self._database.rows(self._counting(search, facets)):
            if row.facet is None:
                total = row.books
            else:
                facet = Facet(row.facet)
                value = Language(row.value).library_code if facet is Facet.LANGUAGE else row.value
                counted[facet][value] = counted[facet].get(value, 0) + row.books
        values = {
            facet: sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]
            for facet, counts in counted.items()
        }
        return FacetCounts(values, min(total, MOST_COUNTED), complete=total <= MOST_COUNTED)

    async def total(self, search: Search) -> Total:
        """Count what is found, as far as `MOST_IN_TOTAL`."""
        first = select(literal(1)).select_from(books).where(*SearchCriteria(search, self._has).conditions(books))
        query = select(func.count()).select_from(first.limit(self._most_in_total + 1).subquery("first"))
        (found,) = await self._database.first(query)
        return Total(min(found, self._most_in_total), complete=found <= self._most_in_total)

    def _counting(self, search: Search, facets: frozenset[Facet]) -> CompoundSelect[Any]:
        """Return the statement that counts in the first books that the database comes upon."""
        values = FacetValues(on_postgresql=self._on_postgresql)
        found = (
            select(books.c.book_id, *values.columns(facets))
            .where(*SearchCriteria(search, self._has).conditions(books))
            .limit(MOST_COUNTED + 1)
            .cte("found")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        parts: list[Select[Any, Any, Any]] = [
            select(null().label("facet"), null().label("value"), func.count().label("books")).select_from(found)
        ]
        for facet in sorted(facets):
            for value, source, conditions in values.of(facet, found):
                number = func.count(found.c.book_id.distinct()).label("books")
                top = select(literal(facet.value).label("facet"), value.label("value"), number).select_from(source)
                top = top.where(value.is_not(None), *conditions).group_by(value)
                top = top.order_by(number.desc(), value).limit(3 * MOST_VALUES)
                parts.append(select(top.subquery()))
        return union_all(*parts)


def _trigrams(word: str) -> str:
    """Return the query of FTS5 for any three letters in a row of a word with its ends."""
    ended = f"  {word} "
    return " OR ".join(f'"{ended[at : at + 3]}"' for at in range(len(ended) - 2))
