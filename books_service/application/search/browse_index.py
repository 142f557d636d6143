"""Browse an index from A to Z."""

from collections.abc import Sequence
from dataclasses import dataclass

from books_service.application.search.queries.browsing import Browsing, key_in
from books_service.application.search.queries.index_walks import BrowsedIndex, IndexEntry
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """Which part of an index to show: the entries behind the key `after` or before the key `before`.

    With neither, those around `place`, a text as people write it.
    """

    index: BrowsedIndex
    limit: int
    place: str = ""
    branch: str | None = None
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class IndexPage:
    """A part of an index; whether entries stand before and behind it, and the first that is not before the place."""

    entries: Sequence[IndexEntry]
    has_before: bool
    has_next: bool
    at: int | None = None


@refuses()
@dataclass(frozen=True, slots=True)
class BrowseIndex:
    """Show an index around a place: half of the page stands before it, as on a shelf.

    - Names and subjects are filed as they are written, titles without their nonfiling characters, shelf marks as they
      stand on the shelf. Neither case nor accents count.
    - Each entry says for how many books that the public sees it stands, counted to 10000.
    - With a `branch` it is the index of what is found there, as by `GET /v1/books?branch=`.
    - A page leads on in both directions.
    """

    browsing: Browsing

    async def __call__(self, query: IndexQuery) -> IndexPage:
        limit = query.limit
        if query.before is not None:
            found = await self._entries(query, query.before, limit + 1, backwards=True)
            return IndexPage(found[-limit:], has_before=len(found) > limit, has_next=True)
        if query.after is not None:
            found = await self._entries(query, query.after, limit + 1)
            return IndexPage(found[:limit], has_before=True, has_next=len(found) > limit)
        place = key_in(query.index, query.place)
        half = limit // 2
        before = await self._entries(query, place, half + 1, backwards=True) if place else []
        shown = before[-half:] if half else []
        behind = await self._entries(query, place, limit - len(shown) + 1, itself=True)
        rest = limit - len(shown)
        return IndexPage(
            [*shown, *behind[:rest]],
            has_before=len(before) > len(shown),
            has_next=len(behind) > rest,
            at=len(shown) if behind else None,
        )

    async def _entries(
        self, query: IndexQuery, key: str, limit: int, *, backwards: bool = False, itself: bool = False
    ) -> Sequence[IndexEntry]:
        return await self.browsing.entries(
            query.index, key, branch=query.branch, limit=limit, backwards=backwards, itself=itself
        )
