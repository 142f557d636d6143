"""Routes for copies: looked up and listed, described otherwise, removed, and their status."""

from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from books_service.api.catalogue.history_models import history_page, place_in_history
from books_service.api.copy_requests import KEEP_REASON
from books_service.api.dependencies import Actor, Looking, Stock
from books_service.api.shapes import (
    Amount,
    Attributes,
    Barcode,
    BranchCode,
    Currency,
    DayOrMoment,
    ExternalId,
    ItemType,
    LocationCode,
    NamedAttribute,
    NewBarcode,
    Note,
    Suppressed,
    Tags,
    TagWord,
    Volume,
)
from books_service.application.catalogue.history import CatalogueChange
from books_service.application.stock.bind_copy import BindCopy, Binding, UnbindCopy
from books_service.application.stock.change_copy_status import (
    MOST_AT_ONCE,
    ChangeCopyStatus,
    ChangeCopyStatuses,
    StatusChange,
    StatusChanges,
)
from books_service.application.stock.queries.copies import CopyHistory, StockQueries
from books_service.application.stock.remove_copy import CopyRemoval, RemoveCopy
from books_service.application.stock.revise_copy import CopyRevision, ReviseCopy
from books_service.application.stock.views import BulkResult, CopyQuery, CopyView
from books_service.domain.rights import RESTORE_COPIES
from books_service.domain.stock.copy_status import CopyStatus
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.etags import IfMatch, MaybeIfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ShortNumber, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/copies", route_class=StrictRoute, tags=["copies"])


class StatusRequest(StrictJsonBody):
    """What the library says of a copy from now on, and why."""

    status: CopyStatus
    reason: Annotated[str, line(500)] | None = Field(None, description="Read by staff only.")


class StatusesRequest(StatusRequest):
    """One status for up to 500 copies, and why."""

    barcodes: Annotated[list[Barcode], Field(min_length=1, max_length=MOST_AT_ONCE)]


class PricePatchRequest(StrictJsonBody):
    """What changes of the price; a copy without one needs both."""

    # Never looked at unless they are given.
    amount: Amount = Field(default_factory=int)
    currency: Currency = Field(default_factory=str)


class TemporaryPlaceRequest(StrictJsonBody):
    """What changes of the temporary place: a branch, a location of it, an item type, and until when."""

    branch: BranchCode | None = None
    location: LocationCode | None = Field(None, description="One of the temporary branch, or else of its own.")
    item_type: ItemType | None = None
    until: DayOrMoment | None = Field(
        None, description="When it ends by itself: a moment, or a day with its end in the time zone of the branch."
    )


class CopyPatchRequest(StrictJsonBody):
    """What changes, as a merge patch: null empties all but barcode, book, branch and item type."""

    # Barcode, book, branch and item type are never looked at unless they are given.
    barcode: NewBarcode = Field(default_factory=str)
    book_id: UUID = Field(default_factory=lambda: UUID(int=0))
    branch: BranchCode = Field(default_factory=str)
    location: LocationCode | None = Field(None, description="One of the branch's locations.")
    item_type: ItemType = Field(default_factory=str)
    shelf_mark: Note | None = None
    volume: Volume | None = Field(None, description="Which part of the book it is.")
    condition: Note | None = Field(None, description="Read by staff only.")
    note: Note | None = Field(None, description="Shown to everybody.")
    staff_note: Note | None = Field(None, description="Read by staff only.")
    keep_reason: Note | None = Field(None, description=KEEP_REASON)
    price: PricePatchRequest | None = None
    external_id: ExternalId | None = None
    suppressed: Suppressed = False
    tags: Tags | None = None
    attributes: Attributes | None = None
    temporary: TemporaryPlaceRequest | None = Field(None, description="What counts for a while; null: no more.")

    def facts(self) -> dict[str, Any]:
        """Return the given fields as the use case takes them."""
        facts = {name: getattr(self, name) for name in self.model_fields_set}
        if "tags" in facts:
            facts["tags"] = self.tags or ()
        if "attributes" in facts:
            facts["attributes"] = tuple((each.name, each.value) for each in self.attributes or ())
        if self.price is not None:
            facts["price"] = self.price.model_dump(exclude_unset=True)
        if self.temporary is not None:
            facts["temporary"] = self.temporary.model_dump(exclude_unset=True)
        return facts


class BindingRequest(StrictJsonBody):
    """The title that is bound with that of the copy."""

    book_id: UUID


@router.get(
    "",
    operation_id="find_copy",
    summary="Look a copy up, or list copies",
    responses=refused_by(StockQueries.copies),
)
async def find(
    page: Page,
    stock: Stock,
    looking: Looking,
    *,
    barcode: Annotated[Barcode | None, Query(description="Answers a list of none or one.")] = None,
    branch: Annotated[BranchCode | None, Query(description="At home in this branch, be it for a while.")] = None,
    location: Annotated[LocationCode | None, Query(description="In this location of its branch.")] = None,
    status: Annotated[list[CopyStatus] | None, Query(description="Of one of these statuses.")] = None,
    item_type: Annotated[ItemType | None, Query(description="Of this item type.")] = None,
    shelf_mark_from: Annotated[Note | None, Query(description="From this shelf mark on, along the shelf.")] = None,
    shelf_mark_to: Annotated[Note | None, Query(description="Up to this shelf mark, itself included.")] = None,
    last_seen_before: Annotated[Moment | None, Query(description="Not seen, nor added, since then.")] = None,
    last_lent_before: Annotated[Moment | None, Query(description="Not lent, nor added, since then.")] = None,
    kept: Annotated[bool | None, Query(description="With a `keep_reason`, or without one.")] = None,
    number: Annotated[ShortNumber | None, Query(description="Its number: a list of none or one.")] = None,
    tag: Annotated[TagWord | None, Query(description="With this tag.")] = None,
    attribute: Annotated[
        NamedAttribute | None, Query(description="With this attribute: its name, : and its text.")
    ] = None,
) -> Listing[CopyView]:
    """Name a barcode, or list the copies that all of the other parameters hold for, in the order of their ids."""
    if barcode is not None:
        return page.ending(await stock.queries.copies_with_barcode(barcode, looking), None)
    query = CopyQuery(
        branch,
        location,
        tuple(status or ()),
        item_type,
        shelf_mark_from,
        shelf_mark_to,
        last_seen_before,
        number,
        tag,
        attribute,
        last_lent_before,
        kept,
    )
    found = await stock.queries.copies(query, looking, after=page.after_id(), limit=page.limit + 1)
    return page.listing(found, lambda last: (last.copy_id,))


@router.post(
    "/statuses",
    operation_id="change_copy_statuses",
    summary="Change the status of many copies",
    description=getdoc(ChangeCopyStatuses),
)
async def change_statuses(body: StatusesRequest, *, caller: Caller, stock: Stock, once: Once) -> BulkResult:
    command = StatusChanges(body.barcodes, body.status, body.reason, caller.has(RESTORE_COPIES), caller.subject)
    return await once(BulkResult, stock.change_copy_statuses, command)


@router.get(
    "/{copy_id}",
    operation_id="get_copy",
    summary="Show a copy",
    responses=refused_by(StockQueries.copy),
)
async def show_one(copy_id: UUID, stock: Stock, looking: Looking, tag: Tag) -> CopyView:
    """Show one copy: where it belongs and where it stands, its status, and whether it can be had."""
    return tag(await stock.queries.copy(copy_id, looking))


@router.patch(
    "/{copy_id}",
    operation_id="revise_copy",
    summary="Describe a copy otherwise, correct its barcode, or move it",
    description=getdoc(ReviseCopy),
    responses=refused_by(ReviseCopy),
)
async def revise(
    copy_id: UUID, body: CopyPatchRequest, version: IfMatch, *, stock: Stock, who: Actor, tag: Tag
) -> CopyView:
    return tag(await stock.revise_copy(CopyRevision(copy_id, version, body.facts(), who)))


@router.delete(
    "/{copy_id}",
    status_code=204,
    operation_id="remove_copy",
    summary="Remove a copy that was entered by mistake",
    description=getdoc(RemoveCopy),
    responses=refused_by(RemoveCopy),
)
async def remove(copy_id: UUID, version: MaybeIfMatch, stock: Stock, who: Actor) -> None:
    await stock.remove_copy(CopyRemoval(copy_id, version, who))


@router.get(
    "/{copy_id}/history",
    operation_id="get_history_of_copy",
    summary="Show who changed a copy, when and how, newest first",
    responses=refused_by(CopyHistory.of_copy),
)
async def show_history(copy_id: UUID, page: Page, stock: Stock) -> Listing[CatalogueChange]:
    """Each entry names who changed which fields, from what to what."""
    found = await stock.history.of_copy(copy_id, before=place_in_history(page), limit=page.limit + 1)
    return history_page(found, page)


@router.post(
    "/{copy_id}/status",
    operation_id="change_copy_status",
    summary="Change the status of a copy",
    description=getdoc(ChangeCopyStatus),
    responses=refused_by(ChangeCopyStatus),
)
async def change_status(
    copy_id: UUID, body: StatusRequest, *, caller: Caller, stock: Stock, once: Once, tag: Tag
) -> CopyView:
    command = StatusChange(copy_id, body.status, body.reason, by_admin=caller.has(RESTORE_COPIES), by=caller.subject)
    return tag(await once(CopyView, stock.change_copy_status, command))


@router.post(
    "/{copy_id}/bound-with",
    operation_id="bind_copy",
    summary="Say that a copy holds one more title",
    description=getdoc(BindCopy),
    responses=refused_by(BindCopy),
)
async def bind(copy_id: UUID, body: BindingRequest, *, stock: Stock, who: Actor, once: Once, tag: Tag) -> CopyView:
    return tag(await once(CopyView, stock.bind_copy, Binding(copy_id, body.book_id, by=who)))


@router.delete(
    "/{copy_id}/bound-with/{book_id}",
    status_code=204,
    operation_id="unbind_copy",
    summary="Say that a copy holds a title no longer",
    description=getdoc(UnbindCopy),
    responses=refused_by(UnbindCopy),
)
async def unbind(copy_id: UUID, book_id: UUID, version: MaybeIfMatch, stock: Stock, who: Actor) -> None:
    await stock.unbind_copy(Binding(copy_id, book_id, version, who))
