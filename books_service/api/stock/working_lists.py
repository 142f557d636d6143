"""The working lists of the stock."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from books_service.api.dependencies import Stock
from books_service.api.shapes import BranchCode, ItemType, LocationCode
from books_service.application.stock.queries.working_lists import ListedCopy, ListedDuplicates
from books_service.application.stock.views import CopyQuery
from shared.web.json.strict_json import Moment, PlainDigits
from shared.web.working_lists import TAG, Read, WorkingLists

__all__ = ["TAG", "router"]

LISTS = WorkingLists("list_stock_lists")
router = LISTS.router


async def _of_stock(
    *,
    branch: Annotated[BranchCode | None, Query(description="At home in this branch, be it for a while.")] = None,
    location: Annotated[LocationCode | None, Query(description="In this location of its branch.")] = None,
    item_type: Annotated[ItemType | None, Query(description="Of this item type.")] = None,
) -> CopyQuery:
    return CopyQuery(branch=branch, location=location, item_type=item_type)


_Filters = Annotated[CopyQuery, Depends(_of_stock)]


async def _never_lent(
    stock: Stock,
    query: _Filters,
    *,
    years: Annotated[
        int, Query(ge=0, le=100, description="For so many years; copies that are newer are left out."), PlainDigits
    ] = 3,
    kept: Annotated[
        bool, Query(description="Those that have a `keep_reason` instead of those that have none.")
    ] = False,
) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await stock.lists.never_lent(query, years=years, kept=kept, after=after, limit=limit + more)

    return read


async def _missing(
    stock: Stock,
    query: _Filters,
    *,
    days: Annotated[int, Query(ge=0, le=36_500, description="For so many days at least."), PlainDigits] = 0,
) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await stock.lists.missing(query, days=days, after=after, limit=limit + more)

    return read


async def _no_shelf_mark(stock: Stock, query: _Filters) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await stock.lists.without_shelf_mark(query, after=after, limit=limit + more)

    return read


async def _duplicates(stock: Stock) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await stock.lists.duplicates(after=after, limit=limit + more)

    return read


LISTS.add(
    "never-lent",
    ListedCopy,
    _never_lent,
    place=tuple[UUID],
    title="List copies that were never lent, or not for years",
    description="Copies in service, for weeding: withdraw them with `POST /v1/copies/statuses`, or give those that "
    "stay a `keep_reason`. In the order of their ids.",
    same_rows="/v1/copies?status=in_service&kept=false&last_lent_before=…",
)
LISTS.add(
    "missing",
    ListedCopy,
    _missing,
    place=tuple[Moment, UUID],
    title="List copies that are missing, the longest first",
    description="`status_since` says since when. One that is scanned anywhere goes back into service by itself.",
    same_rows="/v1/copies?status=missing",
)
LISTS.add(
    "no-shelf-mark",
    ListedCopy,
    _no_shelf_mark,
    place=tuple[UUID],
    title="List copies without a shelf mark",
    description="Copies that should stand on a shelf, and nobody knows where. In the order of their ids.",
)
LISTS.add(
    "duplicate-books",
    ListedDuplicates,
    _duplicates,
    place=tuple[Literal["isbn", "title"], Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]],
    title="List books that are perhaps the same",
    description="Groups that share an ISBN, then those of one title by the same authors in the same year.",
    same_rows="/v1/books/duplicates",
)
