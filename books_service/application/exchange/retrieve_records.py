"""Answer queries of other catalogues and discovery systems with records of ours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from books_service.application.exchange.ports import ExportedBook
from books_service.application.exchange.queries import RecordSearches
from books_service.domain.search.cql import search_of

MOST_FOUND = 10_000
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class RecordsFound:
    """How many books are found, up to `MOST_FOUND`, and some of them; `complete`: there are no more."""

    total: int
    complete: bool
    books: Sequence[ExportedBook]


@dataclass(frozen=True, slots=True)
class RetrieveRecords:
    """Find books by a query in CQL and hand them out in the order of their titles, whole and with their copies.

    - Of what is found the first 10000 are counted and shown; a client that wants the whole catalogue harvests it.
    - `shapes` writes a book as XML, for each form in which it can be had.
    """

    searches: RecordSearches
    shapes: Mapping[str, Callable[[ExportedBook], str]]

    async def __call__(self, query: str, *, skipped: int, limit: int) -> RecordsFound:
        """Raise QueryRefused when the query cannot be read or answered."""
        search = search_of(query)
        found, books = await self.searches.records(search, skipped=skipped, limit=limit, most=MOST_FOUND)
        return RecordsFound(min(found, MOST_FOUND), found <= MOST_FOUND, books)
