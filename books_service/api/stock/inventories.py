"""Routes for stocktaking: begin, scan, compare."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from books_service.api.dependencies import Actor, Stock
from books_service.api.shapes import Barcode, BranchCode, LocationCode, Note
from books_service.application.stock.inventory.queries import InventoryQueries
from books_service.application.stock.inventory.take_inventory import (
    MOST_SCANS_AT_ONCE,
    BeginInventory,
    InventoryBegin,
    InventoryScans,
    NoteScans,
    ScansNoted,
)
from books_service.application.stock.inventory.views import InventoryCopy, InventoryList, InventoryView, UnknownBarcode
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/inventories", route_class=StrictRoute, tags=["inventories"])


class InventoryRequest(StrictJsonBody):
    """Which shelves."""

    branch: BranchCode
    location: LocationCode | None = None
    shelf_mark_from: Note | None = Field(None, description="In the order of the shelf; itself included.")
    shelf_mark_to: Note | None = Field(None, description="In the order of the shelf; itself included.")


class ScansRequest(StrictJsonBody):
    """What was scanned on these shelves."""

    barcodes: Annotated[list[Barcode], Field(min_length=1, max_length=MOST_SCANS_AT_ONCE)]


@router.post(
    "",
    status_code=201,
    operation_id="begin_inventory",
    summary="Begin to take stock of some shelves",
    description=getdoc(BeginInventory),
    responses=located() | refused_by(BeginInventory),
)
async def begin(body: InventoryRequest, *, stock: Stock, who: Actor, once: Once, response: Response) -> InventoryView:
    command = InventoryBegin(body.branch, body.location, body.shelf_mark_from, body.shelf_mark_to, who)
    inventory = await once(InventoryView, stock.begin_inventory, command)
    response.headers["Location"] = f"/v1/inventories/{inventory.inventory_id}"
    return inventory


@router.post(
    "/{inventory_id}/scans",
    operation_id="note_scans",
    summary="Note what was scanned on these shelves",
    description=getdoc(NoteScans),
    responses=refused_by(NoteScans),
)
async def note(inventory_id: UUID, body: ScansRequest, *, stock: Stock, once: Once) -> ScansNoted:
    return await once(ScansNoted, stock.note_scans, InventoryScans(inventory_id, body.barcodes))


@router.get(
    "/{inventory_id}",
    operation_id="get_inventory",
    summary="Show what stocktaking has found so far",
    responses=refused_by(InventoryQueries.inventory),
)
async def show(inventory_id: UUID, stock: Stock) -> InventoryView:
    """Show what stocktaking has found so far: what is missing, misplaced, of a wrong status, or unknown."""
    return await stock.inventories.inventory(inventory_id)


@router.get(
    "/{inventory_id}/copies",
    operation_id="list_copies_of_inventory",
    summary="List the copies with which something is wrong, along the shelf",
    description="One of the lists of `get_inventory`, however long it is, with where each copy should stand.",
    responses=refused_by(InventoryQueries.copies),
)
async def show_copies(
    inventory_id: UUID,
    page: Page,
    stock: Stock,
    *,
    listed: Annotated[InventoryList, Query(alias="list", description="What is wrong with them.")],
) -> Listing[InventoryCopy]:
    after = page.after(tuple[str, UUID])
    found = await stock.inventories.copies(inventory_id, listed, limit=page.limit + 1, after=after)
    return page.listing(found, lambda last: last.place)


@router.get(
    "/{inventory_id}/unknown",
    operation_id="list_unknown_barcodes",
    summary="List the barcodes that were scanned and that no copy has",
    responses=refused_by(InventoryQueries.unknown),
)
async def show_unknown(inventory_id: UUID, page: Page, stock: Stock) -> Listing[UnknownBarcode]:
    """List labels of other libraries, books without a record, and misreadings of the scanner."""
    after = page.after(tuple[str])
    found = await stock.inventories.unknown(inventory_id, limit=page.limit + 1, after=after[0] if after else None)
    return page.listing(found, lambda last: last.place)
