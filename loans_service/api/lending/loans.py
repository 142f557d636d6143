"""Routes for loans: check out, look up."""

from datetime import datetime
from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from loans_service.api.dependencies import ByStaff, Lending, MayBeAlone
from loans_service.api.lending.check_out_requests import CheckOutRequest
from loans_service.api.shapes import LoanResponse, LoanStatusName
from loans_service.application.lending.check_out_copy import CheckOutCopy
from loans_service.application.lending.views import LoanFilter, LoanView
from loans_service.application.refusals import OF_CHECK_OUT, OF_LOOKING_UP
from shared.web.auth import Caller, OnlyOf
from shared.web.cursors import Listing, Page, PageWanted, listing
from shared.web.documents.described import located
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, StrictRoute, line
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/loans", route_class=StrictRoute, tags=["loans"])


@router.post(
    "",
    status_code=201,
    operation_id="check_out_copy",
    summary="Check a copy out",
    description=getdoc(CheckOutCopy),
    responses=located() | refusals(*OF_CHECK_OUT),
)
async def check_out(
    body: CheckOutRequest,
    *,
    caller: Caller,
    by_staff: ByStaff,
    may_be_alone: MayBeAlone,
    lending: Lending,
    once: Once,
    tag: Tag,
    response: Response,
) -> LoanResponse:
    command = body.command(by_staff=by_staff, by=caller.subject, by_member=caller.person_id)
    if body.no_block is not None:
        command = body.no_block.told(command, may_be_alone=may_be_alone)
    loan = await once(LoanView, lending.check_out_copy, command)
    response.headers["Location"] = f"/v1/loans/{loan.loan_id}"
    tag(loan.version)
    return LoanResponse.at(loan, now=lending.clock.now())


async def _wanted(
    lending: Lending,
    *,
    member_id: UUID | None = None,
    copy_id: UUID | None = None,
    book_id: UUID | None = None,
    branch: Annotated[str, line(40)] | None = None,
    status: LoanStatusName | None = None,
    overdue: bool | None = None,
    no_block: bool | None = None,
) -> LoanFilter:
    return LoanFilter(
        now=lending.clock.now(),
        member_id=member_id,
        copy_id=copy_id,
        book_id=book_id,
        branch=branch,
        status=status,
        overdue=overdue,
        no_block=no_block,
    )


@router.get(
    "",
    operation_id="list_loans",
    summary="List loans, newest first",
    responses=refusals(*OF_LOOKING_UP),
)
async def show_many(
    wanted: Annotated[LoanFilter, Depends(_wanted)],
    page: Page,
    lending: Lending,
    request: Request,
    response: Response,
    *,
    card_number: Annotated[str, line(40)] | None = None,
) -> Listing[LoanResponse]:
    """Filters narrow it down: one person's, those of one copy or title, at one desk, in one status, those overdue.

    `no_block` asks for those that a machine dealt with on its own.
    """
    before = page.after(tuple[Moment, UUID])
    found = await lending.list_loans(wanted, limit=page.limit + 1, before=before, card_number=card_number)
    return _listed(found, page, wanted.now, request, response)


@router.get(
    "/mine",
    operation_id="list_my_loans",
    summary="List one's own loans, newest first",
    responses=refusals(*OF_LOOKING_UP),
)
async def show_mine(
    page: Page, only_of: OnlyOf, lending: Lending, request: Request, response: Response
) -> Listing[LoanResponse]:
    """List what the caller has, and had as far as it is kept."""
    now = lending.clock.now()
    before = page.after(tuple[Moment, UUID])
    mine = LoanFilter(now=now, member_id=only_of)
    found = await lending.list_loans(mine, limit=page.limit + 1, before=before)
    return _listed(found, page, now, request, response)


@router.get(
    "/{loan_id}",
    operation_id="get_loan",
    summary="Show a loan",
    responses=refusals(*OF_LOOKING_UP),
)
async def show_one(loan_id: UUID, only_of: OnlyOf, lending: Lending, tag: Tag) -> LoanResponse:
    """Show one loan: which copy is whose until when, and how often it may still be renewed."""
    loan = await lending.show_loan(loan_id, only_of=only_of)
    tag(loan.version)
    return LoanResponse.at(loan, now=lending.clock.now())


def _listed(
    found: list[LoanView], page: PageWanted, now: datetime, request: Request, response: Response
) -> Listing[LoanResponse]:
    """Show one page of what was found; one loan more than the page holds says that there is another."""
    shown = found[: page.limit]
    more = len(found) > page.limit
    last = (shown[-1].checked_out_at, shown[-1].loan_id) if more else None
    return listing(request, [LoanResponse.at(loan, now=now) for loan in shown], last, response)
