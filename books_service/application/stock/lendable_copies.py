"""Which copies of a book may be lent: what lending asks before it chooses one for somebody who waits."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from books_service.domain.catalogue.book import BookNotFound, MergedIntoAnother
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class LendableCopyView:
    """A copy that may be lent: where it is at home, where on its shelf, and by what it is filed there."""

    copy_id: UUID
    barcode: str
    branch: str
    item_type: str
    shelf_mark: str | None
    shelf_mark_key: str


@dataclass(frozen=True, slots=True)
class LendableCopiesView:
    """A page of the copies of a book that may be lent.

    `holdable` counts all that are lent at all, be they missing or in repair at present, and `item_types` says of which
    types those are.
    """

    book_id: UUID
    title: str
    copies: int
    holdable: int
    item_types: list[str]
    items: list[LendableCopyView]


class LendableCopies(Protocol):
    """Looks up which copies of a book may be lent."""

    @refuses(BookNotFound, MergedIntoAnother)
    async def of_book(self, book_id: UUID, *, after: UUID | None, limit: int) -> LendableCopiesView:
        """Return up to `limit` of them behind `after`, in the order of their ids.

        Raises BookNotFound, or MergedIntoAnother.
        """
        ...
