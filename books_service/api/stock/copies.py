"""Routes for copies: looked up by barcode or id, their status, and whether they may be lent."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field

from books_service.api.catalogue.history_models import ChangeResponse, history_shown, place_in_history
from books_service.api.dependencies import Actor, UseCases
from books_service.api.shapes import (
    A_COPY,
    Amount,
    Barcode,
    BranchCode,
    CopyResponse,
    Currency,
    ItemType,
    Note,
    PriceResponse,
    Status,
)
from books_service.application.catalogue.views import CopyView
from books_service.application.refusals import OF_ONE_COPY
from books_service.application.stock import change_copy_status as changing
from books_service.application.stock import revise_copy as revising
from books_service.application.stock.change_copy_status import ChangeCopyStatus, change_copy_status
from books_service.application.stock.revise_copy import ReviseCopy, revise_copy
from shared.kernel.errors import InvalidValue
from shared.kernel.receipts import Receipt
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page, listing
from shared.web.etags import IfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, ResponseModel, StrictRoute, line
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/copies", route_class=StrictRoute, tags=["copies"])


class StatusRequest(Body):
    """What the library says of a copy from now on, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "in_repair", "reason": "The spine is loose."}]}
    )

    status: Status
    reason: Annotated[str, line(500)] | None = Field(None, description="Read by staff only.")


class PricePatchRequest(Body):
    """What changes of the price; a copy without one needs both."""

    # Never looked at unless they are given.
    amount: Amount = Field(default_factory=int)
    currency: Currency = Field(default_factory=str)


class CopyPatchRequest(Body):
    """What changes, as a merge patch: null empties shelf mark, condition or price."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"branch": "MAIN", "shelf_mark": "ELI 823.8", "condition": None}]}
    )

    # Branch and item type are never looked at unless they are given.
    branch: BranchCode = Field(default_factory=str)
    item_type: ItemType = Field(default_factory=str)
    shelf_mark: Note | None = None
    condition: Note | None = Field(None, description="Shown to everybody.")
    price: PricePatchRequest | None = None


class RefusalResponse(ResponseModel):
    """Why not, with the figures behind it."""

    model_config = ConfigDict(extra="allow")

    code: str
    detail: str


class LendabilityResponse(ResponseModel):
    """Whether a copy may be lent, and what lending needs to know of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **A_COPY,
                    "title": "Romola",
                    "lendable": False,
                    "refusals": [
                        {
                            "status": "in_repair",
                            "code": "copy-not-lendable",
                            "detail": "This copy is being repaired.",
                        }
                    ],
                    "desk_branch": None,
                    "timezone": "Europe/Vienna",
                }
            ]
        }
    )

    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    branch: str
    item_type: str
    price: PriceResponse | None
    lendable: bool
    refusals: list[RefusalResponse]
    desk_branch: str | None
    timezone: str


@router.get("", operation_id="find_copy", summary="Look a copy up by its barcode")
async def find(barcode: Barcode, ports: UseCases, request: Request, response: Response) -> Listing[CopyResponse]:
    """Answers a list of none or one."""
    found = await ports.views.copies_with_barcode(barcode)
    return listing(request, [CopyResponse.of(copy) for copy in found], None, response)


@router.get(
    "/lendability",
    operation_id="get_lendability_of_copy",
    summary="Say whether a copy may be lent",
    response_model=LendabilityResponse,
    responses=refusals(*OF_ONE_COPY),
)
async def show_lendability(
    ports: UseCases,
    *,
    barcode: Annotated[Barcode | None, Query(description="Any case; without `copy_id`.")] = None,
    copy_id: Annotated[UUID | None, Query(description="Without `barcode`.")] = None,
    branch: Annotated[
        Annotated[str, line(40)] | None, Query(description="Where it is asked, in any case.", examples=["main"])
    ] = None,
) -> Response:
    """Name the copy by its barcode or by its id. Whether it is on loan at present is not asked here: lending knows.

    `desk_branch` is the code of `branch` as the library writes it, or null if it has no such branch.
    `timezone` is that of this branch, or of the copy's own.
    """
    if (barcode is None) == (copy_id is None):
        raise InvalidValue("Name the copy by either barcode or copy_id.", field="barcode")
    found = await ports.views.copy_lendability(copy_id=copy_id, barcode=barcode, desk=branch)
    shown = LendabilityResponse(
        copy_id=found.copy_id,
        book_id=found.book_id,
        barcode=found.barcode,
        title=found.title,
        branch=found.branch,
        item_type=found.item_type,
        price=None if found.price is None else PriceResponse.of(found.price),
        lendable=not found.refusals,
        refusals=[
            RefusalResponse.model_validate({**refusal.figures, "code": refusal.code, "detail": refusal.detail})
            for refusal in found.refusals
        ],
        desk_branch=found.desk,
        timezone=found.timezone,
    )
    # Every check-out waits for this answer: it is not validated a second time on its way out.
    return Response(shown.model_dump_json(), media_type="application/json")


@router.get("/{copy_id}", operation_id="get_copy", summary="Show a copy", responses=refusals(*OF_ONE_COPY))
async def show_one(copy_id: UUID, ports: UseCases, tag: Tag) -> CopyResponse:
    """Show one copy: where it belongs, its status, and whether it is there now."""
    copy = await ports.views.copy(copy_id)
    tag(copy.version, CopyResponse.mark(copy))
    return CopyResponse.of(copy)


@router.patch(
    "/{copy_id}",
    operation_id="revise_copy",
    summary="Describe a copy otherwise, or move it to another branch",
    description=getdoc(revise_copy),
    responses=refusals(*revising.REFUSALS),
)
async def revise(
    copy_id: UUID, body: CopyPatchRequest, version: IfMatch, *, ports: UseCases, who: Actor, tag: Tag
) -> CopyResponse:
    fields = {name: getattr(body, name) for name in body.model_fields_set}
    if body.price is not None:
        fields["price"] = body.price.model_dump(exclude_unset=True)
    command = ReviseCopy(copy_id, version, fields, who)
    copy = await revise_copy(command, uow=ports.unit_of_work(None), clock=ports.clock)
    tag(copy.version, CopyResponse.mark(copy))
    return CopyResponse.of(copy)


@router.get(
    "/{copy_id}/history",
    operation_id="get_history_of_copy",
    summary="Show who changed a copy, when and how, newest first",
    responses=refusals(*OF_ONE_COPY),
)
async def show_history(
    copy_id: UUID, page: Page, ports: UseCases, request: Request, response: Response
) -> Listing[ChangeResponse]:
    """Each entry names who changed which fields, from what to what."""
    found = await ports.history.of_copy(copy_id, before=place_in_history(page), limit=page.limit + 1)
    return history_shown(found, page, request, response)


@router.post(
    "/{copy_id}/status",
    operation_id="change_copy_status",
    summary="Change the status of a copy",
    description=getdoc(change_copy_status),
    responses=refusals(*changing.REFUSALS),
)
async def change_status(
    copy_id: UUID, body: StatusRequest, *, caller: Caller, ports: UseCases, once: Once, tag: Tag
) -> CopyResponse:
    async def act(receipt: Receipt | None) -> CopyView:
        command = ChangeCopyStatus(copy_id, body.status, body.reason, by_admin=caller.may("admin"), by=caller.subject)
        return await change_copy_status(command, uow=ports.unit_of_work(receipt), clock=ports.clock)

    copy = await once(CopyView, act)
    tag(copy.version, CopyResponse.mark(copy))
    return CopyResponse.of(copy)
