"""Find books, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from inspect import signature
from uuid import UUID

from books_service.application.catalogue.views import BookView
from books_service.application.search.queries.search import BookSearch, FacetCounts, Total
from books_service.domain.catalogue.isbn import InvalidIsbn
from books_service.domain.catalogue.language import InvalidLanguage
from books_service.domain.search.search import Facet, Order, Search, SearchPlace
from books_service.domain.search.spelling import meant
from shared.kernel.errors import refuses

_MOST_DOUBTS = 8


PlaceParts = tuple[bool, int, str | int | datetime, UUID]
"""The parts of a Place: respelt, rank, key, book."""


@dataclass(frozen=True, slots=True)
class BookQuery:
    """What to look for, and in which order; `after` is the place of the last book shown."""

    limit: int
    order: str = Order.NEWLY_ADDED
    after: PlaceParts | None = None
    facets: tuple[str, ...] = ()
    with_total: bool = False
    q: str | None = None
    title: str | None = None
    author: str | None = None
    subject: str | None = None
    isbn: str | None = None
    language: str | None = None
    series: str | None = None
    publisher: str | None = None
    classification: str | None = None
    format: str | None = None
    online: bool = False
    branch: str | None = None
    item_type: str | None = None
    shelf_mark: str | None = None
    volume: str | None = None
    tag: str | None = None
    attribute: str | None = None
    first_year: int | None = None
    last_year: int | None = None
    available: bool = False
    available_at: str | None = None
    number: int | None = None
    suppressed: bool = False
    with_hidden: bool = False

    @property
    def search(self) -> Search:
        """The search for its terms. Raises InvalidIsbn or InvalidLanguage."""
        return Search.of(**{name: getattr(self, name) for name in _SEARCHED})


_SEARCHED = tuple(name for name in BookQuery.__annotations__ if name in signature(Search.of).parameters)


@dataclass(frozen=True, slots=True)
class BooksFound:
    """One page; `next` is the place behind which the next one starts.

    `respelt` says which words were looked for instead of those that nothing was found for.
    """

    books: Sequence[BookView]
    next: PlaceParts | None
    respelt: Mapping[str, Sequence[str]]
    facets: FacetCounts | None
    total: Total | None


@refuses(InvalidIsbn, InvalidLanguage)
@dataclass(frozen=True, slots=True)
class SearchBooks:
    """Find books by words, whatever their case and accents; the last word of `q` may be the beginning of one.

    - If nothing at all is found, words that may be misspelt are looked for as they may have been meant.
    - The pages of one search never show a book twice, nor leave one out that was there when it began.
    - Facets count 1000 of the books at most, and the total counts to 10000.
    """

    searches: BookSearch

    async def __call__(self, query: BookQuery) -> BooksFound:
        search, respelt = query.search, dict[str, Sequence[str]]()
        order = Order(query.order)
        after = None if query.after is None else SearchPlace(*query.after)
        found: Sequence[tuple[SearchPlace, BookView]] = ()
        if after is None or not after.respelt:
            found = await self.searches.find(search, order, after=after, limit=query.limit + 1)
        if not found and (after is None or after.respelt):
            respelt = await _respelt(search, self.searches)
            if respelt:
                search = search.respelt(respelt)
                found = await self.searches.find(search, order, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        facets = frozenset(map(Facet, query.facets))
        return BooksFound(
            books=[book for _, book in page],
            next=_parts_of(page[-1][0], respelt=bool(respelt)) if len(found) > query.limit else None,
            respelt=respelt if found else {},
            facets=await self.searches.count(search, facets) if facets else None,
            total=await self.searches.total(search) if query.with_total else None,
        )


def _parts_of(place: SearchPlace, *, respelt: bool) -> PlaceParts:
    return respelt, int(place.rank), place.key, place.book_id


async def _respelt(search: Search, searches: BookSearch) -> dict[str, Sequence[str]]:
    """Return what may have been meant by the words of a search; nothing if there is no other way to spell them.

    Words that the catalogue knows were meant as they are, unless it knows all of them.
    """
    doubtful = search.doubtful[:_MOST_DOUBTS]
    similar = await searches.known_words_like(doubtful) if doubtful else ()
    unknown = [word for word in doubtful if word not in similar]
    spellings = {word: meant(word, similar) for word in unknown or doubtful}
    return {word: others for word, others in spellings.items() if set(others) - {word}}
