"""Routes for receipts: look one up, print it, undo or refund its payment; the journal; what is due to members."""

from collections.abc import AsyncIterator
from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from loans_service.api.dependencies import Acting, Fines, Lending, Tills
from loans_service.api.shapes import BranchCode, Day, MoneyRequest, capitals
from loans_service.api.tills.printed_receipts import POLICY, WORDS, as_page, as_text
from loans_service.api.tills.till_requests import TillCode, WhereRequest
from loans_service.application.fines.give_back import Refund, RefundReceipt, Undoing, VoidReceipt
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.tills.pay_out import HandOver, PayOut
from loans_service.application.tills.show_receipts import ShowReceipt
from loans_service.application.tills.till_views import PaidOutView, PayoutView, ReceiptFilter, ReceiptView
from shared.web.auth import OnlyOf
from shared.web.csv_lists import CSV, CSV_ANSWER, JSON, as_csv, guarded, preferred
from shared.web.cursors import Listing, Page
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, StrictRoute, paragraph
from shared.web.negotiation import language_of
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/receipts", route_class=StrictRoute, tags=["tills"])
journal = APIRouter(prefix="/v1/payments", route_class=StrictRoute, tags=["tills"])
payouts = APIRouter(prefix="/v1/payouts", route_class=StrictRoute, tags=["tills"])

_PAGE, _TEXT = "text/html", "text/plain"
_COLUMNS = (
    *("number", "kind", "at", "till", "branch", "method", "amount", "currency", "for", "member_id", "reverses"),
    *("by", "why"),
)

ReceiptNumber = Annotated[str, Path(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$", examples=["DESK-1-2026-000042"])]


class RefundRequest(WhereRequest):
    """How much is given back, why, how and where."""

    amount: MoneyRequest | None = Field(None, description="All that is left if absent.")
    reason: Annotated[str, paragraph(500), Field(description="Read by staff only.")]


class PaidOutRequest(WhereRequest):
    """How the money is handed over, and where."""

    note: Annotated[str, paragraph(500), Field(description="Read by staff only.")] | None = None


@router.get(
    "/{number}",
    operation_id="get_receipt",
    summary="Show or print a receipt",
    description=getdoc(ShowReceipt),
    response_model=ReceiptView,
    responses={
        **refused_by(ShowReceipt),
        200: {"content": {_PAGE: {"schema": {"type": "string"}}, _TEXT: {"schema": {"type": "string"}}}},
    },
)
async def show_one(number: ReceiptNumber, only_of: OnlyOf, tills: Tills, request: Request) -> Any:
    form = preferred(request, JSON, _PAGE, _TEXT)
    if form == JSON:
        return await tills.show_receipt(number.upper(), only_of=only_of)
    receipt = await tills.show_receipt.in_print(number.upper(), only_of=only_of)
    language = language_of(request.headers.get("accept-language", ""), WORDS, "en")
    headers = {
        "Content-Language": language,
        "Content-Security-Policy": POLICY,
        "Vary": "Accept, Accept-Language",
        "Cache-Control": "no-store",
    }
    printed = (as_page if form == _PAGE else as_text)(receipt, language)
    return Response(printed, media_type=form, headers=headers)


@router.post(
    "/{number}/void",
    operation_id="void_receipt",
    summary="Undo a payment that was taken by mistake",
    description=getdoc(VoidReceipt),
    responses=refused_by(VoidReceipt),
)
async def void(number: ReceiptNumber, *, actor: Acting, fines: Fines, once: Once) -> ReceiptView:
    return await once(ReceiptView, fines.void_receipt, Undoing(number.upper(), actor.name, actor.person_id))


@router.post(
    "/{number}/refund",
    operation_id="refund_receipt",
    summary="Give back a payment, or a part of it",
    description=getdoc(RefundReceipt),
    responses=refused_by(RefundReceipt, FindBranch),
)
async def refund(
    number: ReceiptNumber, body: RefundRequest, *, actor: Acting, fines: Fines, lending: Lending, once: Once
) -> ReceiptView:
    amount = None if body.amount is None else body.amount.money()
    at = await body.at(actor, lending.find_branch)
    command = Refund(number.upper(), body.reason, amount, body.method, at, by=actor.name, by_member=actor.person_id)
    return await once(ReceiptView, fines.refund_receipt, command)


@journal.get(
    "",
    operation_id="list_payments",
    summary="List what was taken and given back, in its order",
    response_model=Listing[ReceiptView],
    responses=CSV_ANSWER,
)
async def show_journal(
    page: Page,
    tills: Tills,
    request: Request,
    *,
    from_day: Annotated[
        Day | None, Query(alias="from", description="The first day, in the library's time zone.")
    ] = None,
    until_day: Annotated[Day | None, Query(alias="to", description="The last day.")] = None,
    branch: BranchCode | None = None,
    till: TillCode | None = None,
    member_id: UUID | None = None,
) -> Any:
    """List receipts of all kinds, a day's and a till's for the cash-up. As `text/csv` all of them come at once."""
    filters = ReceiptFilter(from_day, until_day, capitals(branch), capitals(till), member_id)
    if preferred(request, JSON, CSV) == CSV:
        return as_csv("payments", _COLUMNS, _rows(tills.read_journal(filters)))
    found = await tills.list_receipts(filters, limit=page.limit + 1, after=page.after(tuple[Moment, str]))
    return page.listing(found, lambda last: (last.at, last.number))


async def _rows(receipts: AsyncIterator[ReceiptView]) -> AsyncIterator[list[str]]:
    async for receipt in receipts:
        sign = "" if receipt.kind.sign > 0 else "-"
        cells = {
            "amount": f"{sign}{receipt.total.amount}",
            "currency": receipt.total.currency,
            "at": f"{receipt.at:%Y-%m-%dT%H:%M:%SZ}",
            "for": "; ".join(dict.fromkeys(line.reason for line in receipt.lines)),
            "why": guarded(receipt.why),
        }
        yield [str(cells.get(name, getattr(receipt, name, None)) or "") for name in _COLUMNS]


@payouts.get("", operation_id="list_payouts", summary="List what the library owes members, the oldest first")
async def show_payouts(
    page: Page, tills: Tills, *, member_id: UUID | None = None, due: bool = True
) -> Listing[PayoutView]:
    """List what is due; with `due=false` what was used as credit or paid out, too."""
    after = page.after(tuple[Moment, UUID])
    found = await tills.list_payouts(member_id=member_id, due=due, limit=page.limit + 1, after=after)
    return page.listing(found, lambda last: (last.made_at, last.payout_id))


@payouts.post(
    "/{payout_id}/paid",
    operation_id="pay_out",
    summary="Hand over what the library owes a member",
    description=getdoc(PayOut),
    responses=refused_by(PayOut, FindBranch),
)
async def pay_out(
    payout_id: UUID, *, body: PaidOutRequest | None = None, actor: Acting, tills: Tills, lending: Lending, once: Once
) -> PaidOutView:
    how = body or PaidOutRequest()
    at = await how.at(actor, lending.find_branch)
    command = HandOver(payout_id, at, how.note or "", by=actor.name, by_member=actor.person_id)
    return await once(PaidOutView, tills.pay_out, command)
