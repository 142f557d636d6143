"""The index of a single branch: what it writes of its books where they are few, or else what the whole index has there.

No branch has an index of its own. Where its books are few, or the database is SQLite, which holds tens of thousands at
most, they are read and filed. Where they are many, enough of the headings in the index of the library are theirs for a
walk along it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select

from books_service.application.search.queries.index_walks import (
    KINDS,
    MOST_BOOKS_COUNTED,
    BrowsedIndex,
    IndexEntry,
    beyond,
    headings_from,
    stepping,
)
from books_service.application.search.queries.statements import Has, SearchCriteria, has_on_postgresql, has_on_sqlite
from books_service.domain.catalogue.heading import filing_key
from books_service.domain.search.search import Search
from books_service.persistence.tables import books
from shared.persistence.database import Database

MOST_READ = 5_000
"""Up to so many books of a branch are read; of more, one heading in some hundred is theirs."""

_BATCH = 50


class BranchIndex:
    """Fetches the titles, names and subjects of the books that the public is shown in a branch."""

    def __init__(self, database: Database, *, most_read: int = MOST_READ) -> None:
        self._database = database
        self._on_postgresql = database.dialect == "postgresql"
        self._has: Has = has_on_postgresql if self._on_postgresql else has_on_sqlite
        self._most_read = most_read

    async def entries(
        self, index: BrowsedIndex, key: str, *, branch: str, limit: int, backwards: bool, itself: bool
    ) -> list[IndexEntry]:
        """Return up to `limit` entries from `key` on, or before it: the nearest first."""
        query = self._books(index, Search.of(branch=branch)).order_by(books.c.book_id)
        if self._on_postgresql:
            query = query.limit(self._most_read + 1)
        found = await self._database.rows(query)
        if self._on_postgresql and len(found) > self._most_read:
            if index is BrowsedIndex.TITLES:
                shown = [*SearchCriteria(Search.of(branch=branch), self._has).conditions(books)]
                rows = await self._database.rows(
                    stepping(books.c.sort_key, shown, key, limit, backwards=backwards, itself=itself)
                )
                return [IndexEntry(*row) for row in rows]
            return await self._walked(index, key, branch, limit, backwards=backwards, itself=itself)
        filed: dict[str, str] = {}
        counts = Counter[str]()
        for row in found:
            entries = dict(_entries(index, row))
            filed = entries | filed
            counts.update(entries.keys())
        keys = sorted(each for each in filed if beyond(each, key, backwards=backwards, itself=itself))
        return [IndexEntry(each, filed[each], counts[each]) for each in (keys[::-1] if backwards else keys)[:limit]]

    async def _walked(
        self, index: BrowsedIndex, key: str, branch: str, limit: int, *, backwards: bool, itself: bool
    ) -> list[IndexEntry]:
        """Walk along the index of the library, and keep what stands in the branch."""
        found: list[IndexEntry] = []
        while len(found) < limit:
            query = headings_from(KINDS[index], key, _BATCH, backwards=backwards, itself=itself)
            batch = [IndexEntry(*row) for row in await self._database.rows(query)]
            counts = await self._counts(index, branch, batch)
            found += [IndexEntry(one.key, one.heading, counts[one.key]) for one in batch if counts[one.key]]
            if len(batch) < _BATCH:
                break
            key, itself = batch[-1].key, False
        return found[:limit]

    async def _counts(self, index: BrowsedIndex, branch: str, batch: Sequence[IndexEntry]) -> Counter[str]:
        """Return how many books of the branch have each heading; words find them, and some that are not meant."""
        if not batch:
            return Counter()
        asked = [_naming(index, one.heading, branch) for one in batch]
        query = self._books(index, *asked).limit(MOST_BOOKS_COUNTED)
        rows = await self._database.rows(query)
        if len(rows) == MOST_BOOKS_COUNTED and len(batch) > 1:  # too many to be counted together
            return sum([await self._counts(index, branch, [one]) for one in batch], start=Counter[str]())
        counted = Counter(key for row in rows for key in dict(_entries(index, row)))
        return Counter({one.key: counted[one.key] for one in batch})

    def _books(self, index: BrowsedIndex, *searches: Search) -> Select[Any]:
        """Return the statement that reads of the books that any of these searches finds what they are filed by."""
        found = or_(*(self._has(books, search.filters) for search in searches))
        return select(*(books.c[name] for name in _COLUMNS[index])).where(found, books.c.hidden.is_(False))


_COLUMNS = {
    BrowsedIndex.TITLES: ("sort_key", "title"),
    BrowsedIndex.AUTHORS: ("authors", "contributors"),
    BrowsedIndex.SUBJECTS: ("subjects",),
}


def _naming(index: BrowsedIndex, heading: str, branch: str) -> Search:
    """Return the search for the books of a branch that name somebody, or have a subject."""
    if index is BrowsedIndex.AUTHORS:
        return Search.of(branch=branch, author=heading)
    return Search.of(branch=branch, subject=heading)


def _entries(index: BrowsedIndex, row: Row[Any]) -> Iterator[tuple[str, str]]:
    """Yield under what a book is filed, and how it writes that; what it writes first comes last."""
    if index is BrowsedIndex.TITLES:
        yield row.sort_key, row.title
        return
    names = (
        row.subjects
        if index is BrowsedIndex.SUBJECTS
        else (*row.authors, *(contributor.name for contributor in row.contributors))
    )
    for name in reversed(names):
        yield filing_key(name), name
