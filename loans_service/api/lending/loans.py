"""Routes for loans: check out, look up."""

from inspect import getdoc
from uuid import UUID

from fastapi import APIRouter, Response

from loans_service.api.dependencies import Acting, Lending
from loans_service.api.lending.check_out_requests import CheckOutRequest
from loans_service.application.lending.check_out_backdated import BackdatedCheckOut
from loans_service.application.lending.check_out_copy import CheckOutCopy
from loans_service.application.lending.check_out_of_another import CheckOutOfAnother
from loans_service.application.lending.check_out_offline import OfflineCheckOut
from loans_service.application.lending.show_loans import ShowLoan
from loans_service.application.lending.views import CheckOutView, LoanView
from loans_service.domain.lending.staff_only import StaffOnly
from shared.web.auth import OnlyOf
from shared.web.documents.described import located
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/loans", route_class=StrictRoute, tags=["loans"])


@router.post(
    "",
    status_code=201,
    operation_id="check_out_copy",
    summary="Check a copy out",
    description="\n\n".join(
        map(str, map(getdoc, (CheckOutCopy, OfflineCheckOut, BackdatedCheckOut, CheckOutOfAnother)))
    ),
    responses=located() | refused_by(OfflineCheckOut, BackdatedCheckOut),
)
async def check_out(
    body: CheckOutRequest,
    *,
    actor: Acting,
    lending: Lending,
    once: Once,
    tag: Tag,
    response: Response,
) -> CheckOutView:
    command = body.of_actor(actor)
    check_out: CheckOutCopy | OfflineCheckOut | BackdatedCheckOut | CheckOutOfAnother = lending.check_out_copy
    backdating = body.backdating(actor)
    if body.offline is not None:
        check_out = OfflineCheckOut(lending.check_out_copy, body.offline.act(actor))
    elif backdating is not None:
        check_out = BackdatedCheckOut(lending.check_out_copy, backdating)
    elif body.return_first:
        check_out = lending.check_out_of_another
        if not actor.is_staff:
            raise StaffOnly("return_first")
    loan = await once(CheckOutView, check_out, command)
    response.headers["Location"] = f"/v1/loans/{loan.loan_id}"
    return tag(loan)


@router.get(
    "/{loan_id}",
    operation_id="get_loan",
    summary="Show a loan",
    responses=refused_by(ShowLoan),
)
async def show_one(loan_id: UUID, only_of: OnlyOf, lending: Lending, tag: Tag) -> LoanView:
    """Show one loan: which copy is whose until when, and how often it may still be renewed."""
    return tag(await lending.show_loan(loan_id, only_of=only_of))
