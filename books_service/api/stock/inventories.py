"""Routes for stocktaking: begin, scan, compare."""

from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from books_service.api.dependencies import Actor, Stock
from books_service.api.shapes import Barcode, BranchCode, LocationCode, Note, created, shown
from books_service.application.stock.inventory.take_inventory import (
    MOST_SCANS_AT_ONCE,
    OF_SCANS,
    REFUSALS,
    BeginInventory,
    InventoryBegin,
    InventoryScans,
    NoteScans,
    ScansNoted,
    ShowInventory,
)
from books_service.application.stock.inventory.views import InventoryView
from books_service.application.stock.readings import OF_ONE_INVENTORY
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, StrictRoute
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/inventories", route_class=StrictRoute, tags=["inventories"])

_ID = "01a20f59-4b5a-72ae-b315-6757a5c0edd1"
_AN_INVENTORY: dict[str, Any] = {
    "inventory_id": _ID,
    "branch": "MAIN",
    "location": None,
    "shelf_mark_from": "A",
    "shelf_mark_to": "C",
    "began_at": "2026-03-01T09:30:00Z",
    "scanned": 1,
    "missing": [],
    "misplaced": [],
    "wrong_status": [],
    "unknown": ["30000000500099"],
    "complete": True,
}


class InventoryRequest(Body):
    """Which shelves."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"branch": "MAIN", "shelf_mark_from": "A", "shelf_mark_to": "C"}]}
    )

    branch: BranchCode
    location: LocationCode | None = None
    shelf_mark_from: Note | None = Field(None, description="Whatever its case; itself included.")
    shelf_mark_to: Note | None = Field(None, description="Whatever its case; itself included.")


class ScansRequest(Body):
    """What was scanned on these shelves."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"barcodes": ["30000000500014", "30000000500099"]}]})

    barcodes: Annotated[list[Barcode], Field(min_length=1, max_length=MOST_SCANS_AT_ONCE)]


@router.post(
    "",
    status_code=201,
    operation_id="begin_inventory",
    summary="Begin to take stock of some shelves",
    description=getdoc(BeginInventory),
    responses={**created(_AN_INVENTORY), **refusals(*REFUSALS)},
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
    responses={**shown({"inventory_id": _ID, "scanned": 2}), **refusals(*OF_SCANS)},
)
async def note(inventory_id: UUID, body: ScansRequest, *, stock: Stock, once: Once) -> ScansNoted:
    return await once(ScansNoted, stock.note_scans, InventoryScans(inventory_id, body.barcodes))


@router.get(
    "/{inventory_id}",
    operation_id="get_inventory",
    summary="Show what stocktaking has found so far",
    description=getdoc(ShowInventory),
    responses={**shown(_AN_INVENTORY), **refusals(*OF_ONE_INVENTORY)},
)
async def show(inventory_id: UUID, stock: Stock) -> InventoryView:
    return await stock.show_inventory(inventory_id)
