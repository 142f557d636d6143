"""The route by which lending learns which copies of a book may be lent."""

from uuid import UUID

from fastapi import APIRouter

from books_service.api.dependencies import Stock
from books_service.application.stock.queries.lendable_copies import LendableCopies, LendableCopyView
from shared.web.cursors import Listing, Page
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/books/{book_id}/lendable-copies", route_class=StrictRoute, tags=["copies"])


class LendableCopiesResponse(Listing[LendableCopyView]):
    """A page of the copies of a book that may be lent.

    `holdable` counts all that are lent at all, be they missing or in repair at present, and `item_types` says of which
    types those are. `hidden`: the public is not shown the book.
    """

    book_id: UUID
    title: str
    copies: int
    holdable: int
    item_types: list[str]
    hidden: bool


@router.get(
    "",
    operation_id="list_lendable_copies",
    summary="List the copies of a book that may be lent",
    responses=refused_by(LendableCopies.of_book),
)
async def show(book_id: UUID, page: Page, stock: Stock) -> LendableCopiesResponse:
    """Whether a copy is on loan at present is not asked here: lending knows."""
    found = await stock.lendable_copies.of_book(book_id, after=page.after_id(), limit=page.limit + 1)
    listed = page.listing(found.items, lambda last: (last.copy_id,))
    return LendableCopiesResponse(
        book_id=found.book_id,
        title=found.title,
        copies=found.copies,
        holdable=found.holdable,
        item_types=found.item_types,
        hidden=found.hidden,
        items=listed.items,
        next_cursor=listed.next_cursor,
    )
