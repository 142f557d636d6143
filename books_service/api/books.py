"""Routes for books: titles of the catalogue, and their copies."""

from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field

from books_service.api.book_shapes import BookGiven, BookShown, Name, availability_mark
from books_service.api.dependencies import Outside
from books_service.api.shapes import Barcode, BranchCode, CopyShown
from books_service.application import add_book as adding
from books_service.application import add_copy as stocking
from books_service.application import list_books as listing_books
from books_service.application.add_book import add_book
from books_service.application.add_copy import AddCopy, add_copy
from books_service.application.list_books import ListBooks, Place, list_books
from books_service.application.refusals import OF_ONE_BOOK
from books_service.application.views import BookView, CopyView
from shared.kernel.receipts import Receipt
from shared.web.cursors import Listing, Page, encode_cursor, listing
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.problems import refusals
from shared.web.strict_json import Body, Moment, Shown, StrictRoute, line

router = APIRouter(prefix="/v1/books", route_class=StrictRoute, tags=["books"])


class CopyGiven(Body):
    """A copy to be taken into stock."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "barcode": "30000000500014",
                    "branch": "MAIN",
                    "shelf_mark": "ELI 823.8",
                    "price": {"amount": 1290, "currency": "EUR"},
                }
            ]
        }
    )

    barcode: Barcode
    branch: BranchCode
    item_type: Annotated[str, line(40), Field(description="What the loan policy goes by: book, dvd, …")] = "book"
    shelf_mark: Annotated[str, line(200)] | None = None
    condition: Annotated[str, line(200)] | None = None
    price: "PriceGiven | None" = None


class PriceGiven(Body):
    """What replacing the copy costs, in minor units."""

    amount: Annotated[int, Field(ge=0, le=1_000_000_000)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]


class BookLendabilityShown(Shown):
    """How many copies of a book may be lent."""

    book_id: UUID
    title: str
    lendable_copies: int
    copies: int


@router.post(
    "",
    status_code=201,
    operation_id="add_book",
    summary="Add a book to the catalogue",
    description=getdoc(add_book),
    responses=refusals(*adding.REFUSALS),
)
async def add(body: BookGiven, outside: Outside, once: Once, tag: Tag, response: Response) -> BookShown:
    async def act(receipt: Receipt | None) -> BookView:
        return await add_book(body.said(), uow=outside.unit_of_work(receipt), clock=outside.clock)

    book = await once(BookView, act)
    response.headers["Location"] = f"/v1/books/{book.book_id}"
    tag(book.version, availability_mark(book.availability))
    return BookShown.of(book)


@router.get(
    "",
    operation_id="list_books",
    summary="List books, newest first or by title",
    responses=refusals(*listing_books.REFUSALS),
)
async def show_many(
    page: Page,
    outside: Outside,
    request: Request,
    response: Response,
    *,
    isbn: Annotated[str, line(40), Query(description="ISBN-10 or ISBN-13, with or without hyphens.")] | None = None,
    sort: Literal["-added_at", "title"] = "-added_at",
) -> Listing[BookShown]:
    by_title = sort == "title"
    after: Place | None = page.after(tuple[Name, UUID]) if by_title else page.after(tuple[Moment, UUID])
    found, place = await list_books(ListBooks(page.limit, by_title, isbn, after), views=outside.views)
    cursor = None if place is None else encode_cursor(place)
    return listing(request, [BookShown.of(book) for book in found], cursor, response)


@router.get(
    "/{book_id}",
    operation_id="get_book",
    summary="Show a book with its availability",
    responses=refusals(*OF_ONE_BOOK),
)
async def show_one(book_id: UUID, outside: Outside, tag: Tag) -> BookShown:
    book = await outside.views.book(book_id)
    tag(book.version, availability_mark(book.availability))
    return BookShown.of(book)


@router.get(
    "/{book_id}/lendability",
    operation_id="get_lendability_of_book",
    summary="Say how many copies of a book may be lent",
    responses=refusals(*OF_ONE_BOOK),
)
async def show_lendability(book_id: UUID, outside: Outside) -> BookLendabilityShown:
    return BookLendabilityShown.of(await outside.views.book_lendability(book_id))


@router.post(
    "/{book_id}/copies",
    status_code=201,
    operation_id="add_copy",
    summary="Add a copy of a book",
    description=getdoc(add_copy),
    responses=refusals(*stocking.REFUSALS),
)
async def take_into_stock(
    book_id: UUID, body: CopyGiven, *, outside: Outside, once: Once, tag: Tag, response: Response
) -> CopyShown:
    async def act(receipt: Receipt | None) -> CopyView:
        wish = AddCopy(
            book_id=book_id,
            barcode=body.barcode,
            branch=body.branch,
            item_type=body.item_type,
            shelf_mark=body.shelf_mark,
            condition=body.condition,
            price=None if body.price is None else (body.price.amount, body.price.currency),
        )
        return await add_copy(wish, uow=outside.unit_of_work(receipt), clock=outside.clock)

    copy = await once(CopyView, act)
    response.headers["Location"] = f"/v1/copies/{copy.copy_id}"
    tag(copy.version, CopyShown.mark(copy))
    return CopyShown.of(copy)


@router.get(
    "/{book_id}/copies",
    operation_id="list_copies_of_book",
    summary="List the copies of a book, oldest first",
    responses=refusals(*OF_ONE_BOOK),
)
async def show_copies(
    book_id: UUID, page: Page, outside: Outside, request: Request, response: Response
) -> Listing[CopyShown]:
    place = page.after(tuple[UUID])
    found = await outside.views.copies_of(book_id, after=place[0] if place else None, limit=page.limit + 1)
    shown = found[: page.limit]
    cursor = encode_cursor((shown[-1].copy_id,)) if len(found) > page.limit else None
    return listing(request, [CopyShown.of(copy) for copy in shown], cursor, response)
