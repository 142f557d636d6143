"""The route by which lending learns which copies of a book may be lent."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from books_service.api.dependencies import Stock
from books_service.application.stock.queries.lendable_copies import BoundCopyView, LendableCopies, LendableCopyView
from books_service.domain.stock.copy_facts import LONGEST_VOLUME
from books_service.domain.stock.volume import Volume
from shared.web.cursors import Listing, Page
from shared.web.json.strict_json import StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/books/{book_id}/lendable-copies", route_class=StrictRoute, tags=["copies"])


class LendableCopiesResponse(Listing[LendableCopyView]):
    """A page of the copies of a book that may be lent, or of those of one volume if one is asked for.

    `holdable` counts all that are lent at all, be they missing or in repair at present, and `item_types` says of which
    types those are. `volumes` are the volumes of all that are lent at all, and `volume` is the one that was asked for,
    as the library writes it, null if it has none of that. `hidden`: the public is not shown the book. `editions` are
    other editions of the work that the public is shown, also by way of others. If no copy of its own is lent at all,
    `bound` are those of other books in which it is bound, at most 20, those first that may be lent now.
    """

    book_id: UUID
    title: str
    copies: int
    holdable: int
    item_types: list[str]
    hidden: bool
    volumes: list[Volume]
    volume: Volume | None
    editions: list[UUID]
    bound: list[BoundCopyView]


@router.get(
    "",
    operation_id="list_lendable_copies",
    summary="List the copies of a book that may be lent",
    responses=refused_by(LendableCopies.of_book),
)
async def show(
    book_id: UUID,
    page: Page,
    stock: Stock,
    volume: Annotated[str | None, line(LONGEST_VOLUME), Query(description="However it is written.")] = None,
) -> LendableCopiesResponse:
    """Whether a copy is on loan at present is not asked here: lending knows."""
    found = await stock.lendable_copies.of_book(book_id, volume=volume, after=page.after_id(), limit=page.limit + 1)
    listed = page.listing(found.items, lambda last: (last.copy_id,))
    return LendableCopiesResponse(
        book_id=found.book_id,
        title=found.title,
        copies=found.copies,
        holdable=found.holdable,
        item_types=found.item_types,
        hidden=found.hidden,
        volumes=found.volumes,
        volume=found.volume,
        editions=found.editions,
        bound=found.bound,
        items=listed.items,
        next_cursor=listed.next_cursor,
    )
