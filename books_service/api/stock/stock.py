"""Routes for the copies of a book."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from books_service.api.dependencies import Actor, UseCases
from books_service.api.shapes import Barcode, BranchCode, CopyResponse, ItemType, Note, PriceRequest
from books_service.application.catalogue.views import CopyView
from books_service.application.readings import READ_BARCODE
from books_service.application.refusals import OF_ONE_BOOK
from books_service.application.stock import add_copy as stocking
from books_service.application.stock.add_copy import AddCopy, add_copy
from shared.kernel.receipts import Receipt
from shared.web.cursors import Listing, Page, listing
from shared.web.documents.described import located
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, StrictRoute, read_by
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/books/{book_id}/copies", route_class=StrictRoute, tags=["copies"])


class CopyRequest(Body):
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

    barcode: Annotated[Barcode, read_by(READ_BARCODE)]
    branch: BranchCode
    item_type: ItemType = "book"
    shelf_mark: Note | None = None
    condition: Note | None = Field(None, description="Shown to everybody.")
    price: PriceRequest | None = None


@router.post(
    "",
    status_code=201,
    operation_id="add_copy",
    summary="Add a copy of a book",
    description=getdoc(add_copy),
    responses=located() | refusals(*stocking.REFUSALS),
)
async def take_into_stock(
    book_id: UUID, body: CopyRequest, *, ports: UseCases, who: Actor, once: Once, tag: Tag, response: Response
) -> CopyResponse:
    async def act(receipt: Receipt | None) -> CopyView:
        command = AddCopy(
            book_id=book_id,
            barcode=body.barcode,
            branch=body.branch,
            item_type=body.item_type,
            shelf_mark=body.shelf_mark,
            condition=body.condition,
            price=None if body.price is None else (body.price.amount, body.price.currency),
            by=who,
        )
        return await add_copy(command, uow=ports.unit_of_work(receipt), clock=ports.clock)

    copy = await once(CopyView, act)
    response.headers["Location"] = f"/v1/copies/{copy.copy_id}"
    tag(copy.version, CopyResponse.mark(copy))
    return CopyResponse.of(copy)


@router.get(
    "",
    operation_id="list_copies_of_book",
    summary="List the copies of a book, oldest first",
    responses=refusals(*OF_ONE_BOOK),
)
async def show_copies(
    book_id: UUID, page: Page, ports: UseCases, request: Request, response: Response
) -> Listing[CopyResponse]:
    """List every copy of one title, whatever its status, with its availability."""
    place = page.after(tuple[UUID])
    found = await ports.views.copies_of(book_id, after=place[0] if place else None, limit=page.limit + 1)
    shown = found[: page.limit]
    last = (shown[-1].copy_id,) if len(found) > page.limit else None
    return listing(request, [CopyResponse.of(copy) for copy in shown], last, response)
