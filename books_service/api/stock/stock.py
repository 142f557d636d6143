"""Routes for the copies of books: taken into stock, listed, and passed on to the book that is the same."""

from dataclasses import fields
from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from books_service.api.copy_requests import CopyRequest
from books_service.api.dependencies import Actor, Looking, Stock
from books_service.application.catalogue.views import BookView
from books_service.application.stock.add_copy import AddCopy
from books_service.application.stock.merge_books import BookMerger, MergeBooks
from books_service.application.stock.queries.copies import StockQueries
from books_service.application.stock.queries.duplicates import DuplicateBooks
from books_service.application.stock.views import CopyView, Holdings
from books_service.domain.catalogue.record import BookRecord
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute
from shared.web.problems import refused_by

MOST_COPIES = 100
_DuplicatesKey = Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]
router = APIRouter(prefix="/v1/books", route_class=StrictRoute)


_FIELDS = tuple(each.name for each in fields(BookRecord))
_Field = Annotated[str, Field(pattern=f"^({'|'.join(_FIELDS)})$")]


class MergeRequest(StrictJsonBody):
    """Into which book, and what that takes from the one that goes though it says something else itself."""

    into: UUID
    take: Annotated[list[_Field], Field(max_length=len(_FIELDS))] = Field(
        default_factory=list, description="Fields of the book.", examples=[["title", "subjects"]]
    )


class HoldingsResponse(ResponseModel):
    """The copies of each book, in the order asked. A book that is not there is left out."""

    items: list[Holdings]


@router.get(
    "/holdings",
    operation_id="get_holdings",
    tags=["copies"],
    summary="List the copies of several books",
)
async def show_holdings(
    stock: Stock,
    looking: Looking,
    *,
    book_id: Annotated[list[UUID], Query(min_length=1, max_length=100, description="Up to 100 books.")],
) -> HoldingsResponse:
    """Up to 100 copies of each book, oldest first; `total` says how many there are."""
    return HoldingsResponse(items=await stock.queries.holdings(book_id, looking, most=MOST_COPIES))


@router.get(
    "/duplicates",
    operation_id="list_duplicate_books",
    summary="List books that may be the same",
    tags=["books"],
)
async def show_duplicates(page: Page, stock: Stock) -> Listing[DuplicateBooks]:
    """Those that share an ISBN come first, then those of one title by the same authors in the same year.

    Books of a set may share its ISBN rightly. `/merge` makes one of two that are the same.
    """
    found = await stock.duplicates.duplicates(
        after=page.after(tuple[Literal["isbn", "title"], _DuplicatesKey]), limit=page.limit + 1
    )
    return page.listing(found, lambda last: (last.alike_by, last.key))


@router.post(
    "/{book_id}/copies",
    status_code=201,
    operation_id="add_copy",
    tags=["copies"],
    summary="Add a copy of a book",
    description=getdoc(AddCopy),
    responses=located() | refused_by(AddCopy),
)
async def take_into_stock(
    book_id: UUID, body: CopyRequest, *, stock: Stock, who: Actor, once: Once, tag: Tag, response: Response
) -> CopyView:
    copy = await once(CopyView, stock.add_copy, body.to_command(book_id, by=who))
    response.headers["Location"] = f"/v1/copies/{copy.copy_id}"
    return tag(copy)


@router.get(
    "/{book_id}/copies",
    operation_id="list_copies_of_book",
    tags=["copies"],
    summary="List the copies of a book, oldest first",
    responses=refused_by(StockQueries.copies_of),
)
async def show_copies(book_id: UUID, page: Page, stock: Stock, looking: Looking) -> Listing[CopyView]:
    """List every copy of one title, whatever its status, with its availability."""
    found = await stock.queries.copies_of(book_id, looking, after=page.after_id(), limit=page.limit + 1)
    return page.listing(found, lambda last: (last.copy_id,))


@router.post(
    "/{book_id}/merge",
    operation_id="merge_book",
    summary="Merge a book into another one",
    description=getdoc(MergeBooks),
    tags=["books"],
    responses=refused_by(MergeBooks),
)
async def merge(book_id: UUID, body: MergeRequest, *, stock: Stock, who: Actor, once: Once, tag: Tag) -> BookView:
    return tag(await once(BookView, stock.merge_books, BookMerger(book_id, body.into, who, tuple(body.take))))
