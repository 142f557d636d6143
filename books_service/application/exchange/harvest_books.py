"""Let others harvest the catalogue: what changed since they last asked, and what is gone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from books_service.application.exchange.ports import ExportedBook
from books_service.application.exchange.queries import HarvestedBook, HarvestedBooks, HarvestPlace
from books_service.domain.catalogue.book import BookNotFound
from shared.kernel.clock import Clock

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class HarvestPage:
    """Some of what changed; `next` is the place behind which the next page begins."""

    books: Sequence[HarvestedBook]
    next: HarvestPlace | None


@dataclass(frozen=True, slots=True)
class HarvestBooks:
    """Hand out the catalogue record by record, with what changed since a moment and what is gone.

    - A change is listed once all transactions that may have changed something before it have ended: a harvester that
      goes on from the newest moment that was listed, or from that of the answer, misses nothing.

    `shapes` writes a book as XML, for each form in which it can be had.
    """

    books: HarvestedBooks
    shapes: Mapping[str, Callable[[ExportedBook], str]]
    clock: Clock

    async def settled(self) -> datetime:
        """Return the moment up to which all changes are listed: that of an answer."""
        return await self.books.settled(self.clock)

    async def __call__(
        self, *, since: datetime | None, before: datetime | None, after: HarvestPlace | None, settled: datetime
    ) -> HarvestPage:
        """Return what changed in that time and before `settled`, behind a place."""
        end = settled if before is None else min(before, settled)
        found = await self.books.changed(since=since, before=end, after=after, limit=MOST_AT_ONCE + 1)
        page = found[:MOST_AT_ONCE]
        last = (page[-1].changed_at, page[-1].book_id) if len(found) > MOST_AT_ONCE else None
        return HarvestPage(page, last)

    async def one(self, book_id: UUID) -> HarvestedBook:
        """Return a book, even if it is gone. Raises BookNotFound."""
        found = await self.books.one(book_id)
        if found is None:
            raise BookNotFound
        return found
