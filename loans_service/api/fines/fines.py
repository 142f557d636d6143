"""Routes for fines: look them up, take money, forgive."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from loans_service.api.dependencies import Acting, Fines, Lending, Whose
from loans_service.api.fines.fine_responses import ChargeRequest
from loans_service.api.shapes import MoneyRequest
from loans_service.api.tills.till_requests import WhereRequest
from loans_service.application.fines.charge_member import ChargeMember
from loans_service.application.fines.fine_views import FineFilter, FineInFull, FineView, ListedFineView, PaidFineView
from loans_service.application.fines.settle_fine import PayFine, Payment, WaiveFine, Waiver
from loans_service.application.fines.show_fines import ListFines, ShowFine
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.whose_things import WhoseThings
from loans_service.domain.fines.fine import FineStatus
from shared.web.auth import OnlyOf
from shared.web.cursors import Listing, ListPage, Page
from shared.web.etags import MaybeIfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, StrictJsonBody, StrictRoute, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/fines", route_class=StrictRoute, tags=["fines"])
charges = APIRouter(prefix="/v1/charges", route_class=StrictRoute, tags=["fines"])


class PaymentRequest(WhereRequest):
    """How much is paid, how, and where."""

    amount: MoneyRequest


class WaiverRequest(StrictJsonBody):
    """Why it is forgiven, and how much if not all."""

    amount: MoneyRequest | None = Field(None, description="All that is left if absent.")
    reason: Annotated[str, paragraph(500), Field(description="Read by staff only.")]


async def _listed(filters: FineFilter, page: ListPage, fines: Fines, *, own: bool) -> Listing[ListedFineView]:
    found = await fines.list_fines(filters, limit=page.limit + 1, before=page.after(tuple[Moment, UUID]), own=own)
    return page.listing(found, lambda last: (last.charged_at, last.fine_id))


@router.get(
    "",
    operation_id="list_fines",
    summary="List fines, newest first",
    responses=refused_by(ListFines),
)
async def show_many(
    page: Page,
    fines: Fines,
    *,
    member_id: UUID | None = None,
    loan_id: UUID | None = None,
    status: FineStatus | None = None,
) -> Listing[ListedFineView]:
    """Filters narrow it down: one member's, those of one loan, those in one status.

    Without the right `see_history`, those that are owed are listed.
    """
    return await _listed(FineFilter(member_id, loan_id, status), page, fines, own=False)


@router.get(
    "/mine",
    operation_id="list_my_fines",
    summary="List one's own fines, newest first",
    responses=refused_by(WhoseThings),
)
async def show_mine(
    page: Page, whose: Whose, fines: Fines, *, status: FineStatus | None = None
) -> Listing[ListedFineView]:
    """List what the caller owes, has paid or was let off; or a member whose guardian the caller is."""
    return await _listed(FineFilter(whose, status=status), page, fines, own=True)


@router.get(
    "/{fine_id}",
    operation_id="get_fine",
    summary="Show a fine with its ledger",
    responses=refused_by(ShowFine),
)
async def show_one(fine_id: UUID, only_of: OnlyOf, fines: Fines, tag: Tag) -> FineInFull:
    """Show what a fine is for, what is still owed, and every line of its ledger."""
    return tag(await fines.show_fine(fine_id, only_of=only_of))


@router.post(
    "/{fine_id}/payments",
    operation_id="pay_fine",
    summary="Take a payment",
    description=getdoc(PayFine),
    responses=refused_by(PayFine, FindBranch),
)
async def pay(
    fine_id: UUID,
    body: PaymentRequest,
    *,
    actor: Acting,
    fines: Fines,
    lending: Lending,
    if_match: MaybeIfMatch,
    once: Once,
    tag: Tag,
) -> PaidFineView:
    at, amount = await body.at(actor, lending.find_branch), body.amount.money()
    command = Payment(fine_id, amount, at, by=actor.name, by_member=actor.person_id, version=if_match)
    return tag(await once(PaidFineView, fines.pay_fine, command))


@router.post(
    "/{fine_id}/waive",
    operation_id="waive_fine",
    summary="Forgive a fine, or a part of it",
    description=getdoc(WaiveFine),
    responses=refused_by(WaiveFine),
)
async def waive(
    fine_id: UUID,
    body: WaiverRequest,
    *,
    actor: Acting,
    fines: Fines,
    if_match: MaybeIfMatch,
    once: Once,
    tag: Tag,
) -> FineView:
    amount = None if body.amount is None else body.amount.money()
    command = Waiver(fine_id, body.reason, amount, by=actor.name, by_member=actor.person_id, version=if_match)
    return tag(await once(FineView, fines.waive_fine, command))


@charges.post(
    "",
    status_code=201,
    operation_id="charge_member",
    summary="Charge a member by hand",
    description=getdoc(ChargeMember),
    responses=refused_by(ChargeMember, FindBranch),
)
async def charge(
    body: ChargeRequest,
    *,
    actor: Acting,
    fines: Fines,
    lending: Lending,
    once: Once,
    tag: Tag,
    response: Response,
) -> FineView:
    command = await body.command(lending.find_branch, by=actor.name)
    fine = await once(FineView, fines.charge_member, command)
    response.headers["Location"] = f"/v1/fines/{fine.fine_id}"
    return tag(fine)
