"""What of the stock is to be looked through: weeded, searched for, labelled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, func, select, tuple_, type_coerce

from books_service.application.stock.queries.copies import conditions
from books_service.application.stock.queries.duplicates import DuplicateQueries, DuplicatesPlace
from books_service.application.stock.views import CopyQuery
from books_service.domain.stock.copy_status import CopyStatus
from books_service.persistence.tables import IS_MISSING, books, circulation, copies
from shared.kernel.clock import Clock
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database

_YEAR = 365.2425  # days
ON_SHELVES = tuple(status for status in CopyStatus if status.lendable or status is CopyStatus.REFERENCE_ONLY)
"""The statuses of copies that should stand on a shelf, with a shelf mark."""


@dataclass(frozen=True, slots=True)
class ListedCopy:
    """A copy in a working list. `loans` counts those that lending reported; `lent_at` is when the last one began."""

    copy_id: UUID
    number: int
    barcode: str
    book_id: UUID
    title: str
    authors: tuple[str, ...]
    branch: str
    location: str | None
    item_type: str
    shelf_mark: str | None
    status: CopyStatus
    status_since: datetime
    added_at: datetime
    last_seen_at: datetime | None
    loans: int
    lent_at: datetime | None
    keep_reason: str | None


@dataclass(frozen=True, slots=True)
class ListedDuplicates:
    """Books that may be the same: by what they are alike, how many, and the ten oldest of them."""

    alike_by: str
    key: str
    total: int
    title: str
    book_ids: tuple[UUID, ...]


Listed = list[tuple[tuple[Any, ...], ListedCopy]]
"""Copies, each behind its position in the list."""

_ROWS = (
    select(
        *(
            copies.c[name]
            for name in ("copy_id", "number", "book_id", "branch", "location", "item_type", "shelf_mark", "status")
        ),
        *(copies.c[name] for name in ("status_since", "added_at", "keep_reason", "last_seen_at")),
        type_coerce(copies.c.barcode, String).label("barcode"),
        books.c.title,
        books.c.authors,
        func.coalesce(circulation.c.loans, 0).label("loans"),
        circulation.c.lent_at,
        circulation.c.scanned_at,
    )
    .join_from(copies, books, books.c.book_id == copies.c.book_id)
    .outerjoin(circulation, circulation.c.copy_id == copies.c.copy_id)
)


@dataclass(frozen=True, slots=True)
class StockLists:
    """Finds the rows of the working lists: those of `GET /v1/copies`, by the same conditions."""

    database: Database
    duplicate_books: DuplicateQueries
    clock: Clock

    async def never_lent(
        self, query: CopyQuery, *, years: int, kept: bool, after: tuple[UUID] | None, limit: int
    ) -> Listed:
        """Return copies that were not lent for so many years, nor added since; those that are to be kept apart."""
        long_ago = self.clock.now() - timedelta(days=round(years * _YEAR))
        wanted = replace(query, statuses=(CopyStatus.IN_SERVICE,), last_lent_before=long_ago, kept=kept)
        return await self._rows(wanted, [copies.c.copy_id], after, limit)

    async def missing(self, query: CopyQuery, *, days: int, after: tuple[datetime, UUID] | None, limit: int) -> Listed:
        """Return copies that have been missing for so many days at least, the longest first."""
        since = self.clock.now() - timedelta(days=days)
        wanted, order = replace(query, in_status_since=since), [copies.c.status_since, copies.c.copy_id]
        return await self._rows(wanted, order, after, limit, IS_MISSING)

    async def without_shelf_mark(self, query: CopyQuery, *, after: tuple[UUID] | None, limit: int) -> Listed:
        """Return copies that should stand on a shelf and have no shelf mark."""
        wanted = replace(query, statuses=ON_SHELVES, without_shelf_mark=True)
        return await self._rows(wanted, [copies.c.copy_id], after, limit)

    async def duplicates(
        self, *, after: DuplicatesPlace | None, limit: int
    ) -> list[tuple[tuple[str, str], ListedDuplicates]]:
        """Return groups of books that may be the same."""
        found = await self.duplicate_books.duplicates(after=after, limit=limit)
        return [
            (
                (each.alike_by, each.key),
                ListedDuplicates(
                    each.alike_by, each.key, each.total, each.books[0].title, tuple(one.book_id for one in each.books)
                ),
            )
            for each in found
        ]

    async def _rows(
        self,
        wanted: CopyQuery,
        order: Sequence[ColumnElement[Any]],
        after: tuple[Any, ...] | None,
        limit: int,
        *more: ColumnElement[bool],
    ) -> Listed:
        query = _ROWS.where(*conditions(wanted, self.database.dialect), *more).order_by(*order).limit(limit)
        if after is not None:
            query = query.where(tuple_(*order) > after)
        rows = await self.database.rows(query)
        names = [str(each.key) for each in order]
        return [(tuple(getattr(row, name) for name in names), _listed(row)) for row in rows]


def _listed(row: Any) -> ListedCopy:
    seen = max((each for each in (row.last_seen_at, row.scanned_at) if each is not None), default=None)
    return from_attributes(row, ListedCopy, authors=tuple(row.authors), last_seen_at=seen)
