"""Routes for what happens to a loan between check-out and return."""

from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from loans_service.api.dependencies import Actor, ByMember, ByStaff, Lending, MayBeAlone
from loans_service.api.lending.check_out_requests import OverrideRequest, asked
from loans_service.api.shapes import BranchCode, LentNoBlockRequest, LoanResponse
from loans_service.application.lending.amendments.amend_loan import (
    Amendment,
    ChangeDueDate,
    ClaimReturned,
    DeclareLost,
    Discovery,
    DueDateChange,
    FindCopy,
)
from loans_service.application.lending.amendments.resolve_claim import Outcome, Resolution, ResolveClaim
from loans_service.application.lending.renew_loan import Renew, RenewLoan
from loans_service.application.lending.show_loans import ShowHistory
from loans_service.application.lending.views import HistoryEntry, LoanView
from loans_service.application.refusals import (
    OF_CHANGING_THE_DUE_DATE,
    OF_CLAIMING,
    OF_DECLARING_LOST,
    OF_FINDING,
    OF_LOOKING_UP,
    OF_RENEWAL,
    OF_RESOLVING,
)
from shared.web.auth import OnlyOf
from shared.web.etags import MaybeIfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute, paragraph
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/loans", route_class=StrictRoute, tags=["loans"])

Reason = Annotated[str, paragraph(500), Field(description="Read by staff only.", examples=["The borrower telephoned."])]


class DueDateRequest(Body):
    """Until when, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"due_at": "2030-03-01T23:59:59Z", "reason": "Out for a reading group."}]}
    )

    due_at: Moment
    reason: Reason


class RenewalRequest(Body):
    """Refusals to override, if any; or what a machine on its own has done already."""

    override: OverrideRequest | None = None
    no_block: LentNoBlockRequest | None = None


class ReasonRequest(Body):
    """Why, if there is more to say."""

    reason: Reason | None = None


class FindRequest(ReasonRequest):
    """Where the copy was found."""

    found_by: Literal["library", "borrower"] = Field(
        "library", description="The library has the copy, and the loan is closed; or the borrower has it still."
    )
    branch: BranchCode | None = Field(None, description="Where the library found it; the copy's own branch if absent.")


class ResolutionRequest(ReasonRequest):
    """How the claim ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"as": "found_on_shelf"}]})

    outcome: Outcome = Field(alias="as")
    branch: BranchCode | None = Field(
        None, description="Where it stood on the shelf, for `found_on_shelf`; the copy's own branch if absent."
    )


class HistoryResponse(ResponseModel):
    """All that happened to a loan, oldest first."""

    loan_id: UUID
    entries: list[HistoryEntry]


def _shown(loan: LoanView, lending: Lending, tag: Tag) -> LoanResponse:
    tag(loan.version)
    return LoanResponse.at(loan, now=lending.clock.now())


@router.post(
    "/{loan_id}/renew",
    operation_id="renew_loan",
    summary="Renew a loan",
    description=getdoc(RenewLoan),
    responses=refusals(*OF_RENEWAL),
)
async def renew(
    loan_id: UUID,
    *,
    body: RenewalRequest | None = None,
    only_of: OnlyOf,
    by: Actor,
    by_staff: ByStaff,
    by_member: ByMember,
    may_be_alone: MayBeAlone,
    if_match: MaybeIfMatch,
    lending: Lending,
    once: Once,
    tag: Tag,
) -> LoanResponse:
    override = asked(None if body is None else body.override)
    command = Renew(loan_id, only_of, by, by_member, version=if_match, by_staff=by_staff, **override)
    if body is not None and body.no_block is not None:
        command = body.no_block.told(command, may_be_alone=may_be_alone)
    return _shown(await once(LoanView, lending.renew_loan, command), lending, tag)


@router.post(
    "/{loan_id}/due-date",
    operation_id="change_due_date",
    summary="Set another due date",
    description=getdoc(ChangeDueDate),
    responses=refusals(*OF_CHANGING_THE_DUE_DATE),
)
async def set_due_date(
    loan_id: UUID,
    *,
    body: DueDateRequest,
    by: Actor,
    by_member: ByMember,
    if_match: MaybeIfMatch,
    lending: Lending,
    once: Once,
    tag: Tag,
) -> LoanResponse:
    command = DueDateChange(loan_id, body.reason, by=by, by_member=by_member, version=if_match, due_at=body.due_at)
    return _shown(await once(LoanView, lending.change_due_date, command), lending, tag)


@router.post(
    "/{loan_id}/declare-lost",
    operation_id="declare_lost",
    summary="Declare a copy lost",
    description=getdoc(DeclareLost),
    responses=refusals(*OF_DECLARING_LOST),
)
async def give_up(
    loan_id: UUID,
    *,
    body: ReasonRequest | None = None,
    by: Actor,
    by_member: ByMember,
    if_match: MaybeIfMatch,
    lending: Lending,
    once: Once,
    tag: Tag,
) -> LoanResponse:
    command = Amendment(loan_id, _reason(body), by=by, by_member=by_member, version=if_match)
    return _shown(await once(LoanView, lending.declare_lost, command), lending, tag)


@router.post(
    "/{loan_id}/claim-returned",
    operation_id="claim_returned",
    summary="Note that the borrower says the copy was returned",
    description=getdoc(ClaimReturned),
    responses=refusals(*OF_CLAIMING),
)
async def claim(
    loan_id: UUID,
    *,
    body: ReasonRequest | None = None,
    by: Actor,
    by_member: ByMember,
    if_match: MaybeIfMatch,
    lending: Lending,
    once: Once,
    tag: Tag,
) -> LoanResponse:
    command = Amendment(loan_id, _reason(body), by=by, by_member=by_member, version=if_match)
    return _shown(await once(LoanView, lending.claim_returned, command), lending, tag)


@router.post(
    "/{loan_id}/found",
    operation_id="mark_found",
    summary="Note that a missed copy was found",
    description=getdoc(FindCopy),
    responses=refusals(*OF_FINDING),
)
async def find(
    loan_id: UUID,
    *,
    body: FindRequest | None = None,
    by: Actor,
    by_member: ByMember,
    if_match: MaybeIfMatch,
    lending: Lending,
    once: Once,
    tag: Tag,
) -> LoanResponse:
    found = body or FindRequest()
    command = Discovery(
        loan_id,
        _reason(body),
        by=by,
        by_member=by_member,
        version=if_match,
        with_borrower=found.found_by == "borrower",
        branch=found.branch,
    )
    return _shown(await once(LoanView, lending.find_copy, command), lending, tag)


@router.post(
    "/{loan_id}/resolve",
    operation_id="resolve_claim",
    summary="End what was claimed returned",
    description=getdoc(ResolveClaim),
    responses=refusals(*OF_RESOLVING),
)
async def resolve(
    loan_id: UUID,
    *,
    body: ResolutionRequest,
    by: Actor,
    by_member: ByMember,
    if_match: MaybeIfMatch,
    lending: Lending,
    once: Once,
    tag: Tag,
) -> LoanResponse:
    command = Resolution(
        loan_id,
        _reason(body),
        by=by,
        by_member=by_member,
        version=if_match,
        outcome=body.outcome,
        branch=body.branch,
    )
    return _shown(await once(LoanView, lending.resolve_claim, command), lending, tag)


@router.get(
    "/{loan_id}/history",
    operation_id="get_loan_history",
    summary="Show what happened to a loan",
    description=getdoc(ShowHistory),
    responses=refusals(*OF_LOOKING_UP),
)
async def show_history(loan_id: UUID, only_of: OnlyOf, lending: Lending) -> HistoryResponse:
    """Each entry says what was done, when and by whom, oldest first."""
    entries = await lending.show_history(loan_id, only_of=only_of)
    return HistoryResponse(loan_id=loan_id, entries=entries)


def _reason(body: ReasonRequest | None) -> str:
    return (body.reason if body else None) or ""
