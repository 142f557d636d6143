"""Routes for fines: look them up, take money, forgive."""

from collections.abc import Awaitable
from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from loans_service.api.dependencies import Actor, UseCases
from loans_service.api.fines.fine_responses import FineResponse, FineStatusName, MoneyRequest, MoneyResponse
from loans_service.application.fines.fine_views import FineFilter, FineView, show_fine, show_ledger
from loans_service.application.fines.settle_fine import pay_fine, waive_fine
from loans_service.application.refusals import OF_LOOKING_UP_FINES, OF_PAYING, OF_WAIVING
from shared.kernel.receipts import Receipt
from shared.web.auth import OnlyOf
from shared.web.cursors import Listing, Page, PageWanted, listing
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute, paragraph
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/fines", route_class=StrictRoute, tags=["fines"])


class PaymentRequest(Body):
    """How much is paid."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": {"amount": 100, "currency": "EUR"}}]})

    amount: MoneyRequest


class WaiverRequest(Body):
    """Why the rest is forgiven."""

    reason: Annotated[
        str, paragraph(500), Field(description="Read by staff only.", examples=["The branch was flooded that week."])
    ]


class PostingResponse(ResponseModel):
    """A line of the ledger.

    `by` is an account or `system`. Borrowers read `staff` instead of an account, and then no `why`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "posting": "charge",
                    "amount": {"amount": 240, "currency": "EUR"},
                    "at": "2026-04-10T10:00:00Z",
                    "by": "system",
                    "why": "",
                }
            ]
        }
    )

    posting: str
    amount: MoneyResponse
    at: Moment
    by: str
    why: str


class FineInFull(FineResponse):
    """A fine with its ledger, oldest line first."""

    ledger: list[PostingResponse]


async def _listed(
    wanted: FineFilter, page: PageWanted, ports: UseCases, request: Request, response: Response
) -> Listing[FineResponse]:
    before = page.after(tuple[Moment, UUID])
    found = await ports.fines.fines(wanted, limit=page.limit + 1, before=before)
    shown, more = found[: page.limit], len(found) > page.limit
    last = (shown[-1].charged_at, shown[-1].fine_id) if more else None
    return listing(request, [FineResponse.of_view(fine) for fine in shown], last, response)


@router.get(
    "",
    operation_id="list_fines",
    summary="List fines, newest first",
    responses=refusals(*OF_LOOKING_UP_FINES),
)
async def show_many(
    page: Page,
    ports: UseCases,
    request: Request,
    response: Response,
    *,
    member_id: UUID | None = None,
    loan_id: UUID | None = None,
    status: FineStatusName | None = None,
) -> Listing[FineResponse]:
    """Filters narrow it down: one member's, those of one loan, those in one status."""
    return await _listed(FineFilter(member_id, loan_id, status), page, ports, request, response)


@router.get(
    "/mine",
    operation_id="list_my_fines",
    summary="List one's own fines, newest first",
    responses=refusals(*OF_LOOKING_UP_FINES),
)
async def show_mine(
    page: Page,
    only_of: OnlyOf,
    ports: UseCases,
    request: Request,
    response: Response,
    *,
    status: FineStatusName | None = None,
) -> Listing[FineResponse]:
    """List what the caller owes, has paid or was let off."""
    return await _listed(FineFilter(only_of, status=status), page, ports, request, response)


@router.get(
    "/{fine_id}",
    operation_id="get_fine",
    summary="Show a fine with its ledger",
    responses=refusals(*OF_LOOKING_UP_FINES),
)
async def show_one(fine_id: UUID, only_of: OnlyOf, ports: UseCases, tag: Tag) -> FineInFull:
    """Show what a fine is for, what is still owed, and every line of its ledger."""
    fine = await show_fine(fine_id, only_of=only_of, views=ports.fines)
    postings = await show_ledger(fine, only_of=only_of, views=ports.fines)
    tag(fine.version)
    ledger = [
        PostingResponse(
            posting=line.posting,
            amount=MoneyResponse(amount=line.amount, currency=line.currency),
            at=line.at,
            by=line.by,
            why=line.why,
        )
        for line in postings
    ]
    return FineInFull.model_validate({**FineResponse.of_view(fine).model_dump(), "ledger": ledger})


@router.post(
    "/{fine_id}/payments",
    operation_id="pay_fine",
    summary="Take a payment",
    description=getdoc(pay_fine),
    responses=refusals(*OF_PAYING),
)
async def pay(fine_id: UUID, body: PaymentRequest, *, by: Actor, ports: UseCases, once: Once, tag: Tag) -> FineResponse:
    def act(receipt: Receipt | None) -> Awaitable[FineView]:
        uow, paid = ports.unit_of_work(receipt, by=by), body.amount
        return pay_fine(fine_id, amount=paid.amount, currency=paid.currency, uow=uow, clock=ports.clock)

    return _shown(await once(FineView, act), tag)


@router.post(
    "/{fine_id}/waive",
    operation_id="waive_fine",
    summary="Forgive what is left of a fine",
    description=getdoc(waive_fine),
    responses=refusals(*OF_WAIVING),
)
async def waive(
    fine_id: UUID, body: WaiverRequest, *, by: Actor, ports: UseCases, once: Once, tag: Tag
) -> FineResponse:
    def act(receipt: Receipt | None) -> Awaitable[FineView]:
        uow = ports.unit_of_work(receipt, by=by)
        return waive_fine(fine_id, why=body.reason, uow=uow, clock=ports.clock)

    return _shown(await once(FineView, act), tag)


def _shown(fine: FineView, tag: Tag) -> FineResponse:
    tag(fine.version)
    return FineResponse.of_view(fine)
