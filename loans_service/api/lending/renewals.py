"""The route that renews all loans of a member."""

from dataclasses import replace
from inspect import getdoc
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from loans_service.api.dependencies import Acting, Lending
from loans_service.api.lending.check_out_requests import OverrideRequest, override_fields
from loans_service.api.lines import MOST_LINES, Line, each
from loans_service.api.shapes import BranchCode, MemberNamed
from loans_service.application.lending.cached_members import CachedMembers
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.lending.renewals.find_renewable import FindRenewable
from loans_service.application.lending.renewals.renew_loan import Renew
from loans_service.application.lending.views import LoanView
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/loans", route_class=StrictRoute, tags=["loans"])


class RenewalsRequest(MemberNamed):
    """Whose loans; nobody named means: one's own. Refusals to override count for each of them."""

    override: OverrideRequest | None = None
    branch: BranchCode | None = Field(None, description="Where they are renewed; the history of each loan says so.")


class RenewedLoan(ResponseModel):
    """What became of a loan: as it is now, or the problem."""

    line: int
    status: int
    loan_id: UUID
    loan: LoanView | None
    problem: dict[str, Any] | None


class RenewalsResponse(ResponseModel):
    """A result for each loan, the first one due at the top; `more`: there are others, which stay as they are."""

    results: list[RenewedLoan]
    more: bool


@router.post(
    "/renewals",
    operation_id="renew_loans",
    summary="Renew all loans of a member",
    description=getdoc(FindRenewable),
    responses=refused_by(FindRenewable, FindBranch),
)
async def renew_all(
    body: RenewalsRequest, *, actor: Acting, lending: Lending, once: Once, request: Request
) -> RenewalsResponse:
    members = CachedMembers(lending.renew_loan.members)
    found = await lending.find_renewable(body.member(actor), members, limit=MOST_LINES + 1)
    loans = [loan.loan_id for loan in found[:MOST_LINES]]
    common: dict[str, Any] = {
        "by": actor.name,
        "by_member": actor.person_id,
        "by_staff": actor.is_staff,
        "only_of": actor.only_of,
        "branch": None if body.branch is None else await lending.find_branch(body.branch),
    }
    common |= override_fields(body.override)
    sent = body.model_dump_json().encode()
    lines = [Line(loan_id.int, Renew(loan_id, **common), sent) for loan_id in loans]
    renew = replace(lending.renew_loan, members=members)
    done = await each(lines, renew, LoanView, once=once, request=request)
    return RenewalsResponse(
        results=[
            RenewedLoan(
                line=number, status=outcome.status(), loan_id=loan_id, loan=outcome.answer, problem=outcome.problem
            )
            for number, (loan_id, outcome) in enumerate(zip(loans, done, strict=True))
        ],
        more=len(found) > MOST_LINES,
    )
