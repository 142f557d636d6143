"""Routes for what happens to a loan between check-out and return."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from inspect import getdoc
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from loans_service.api.dependencies import Acting, Lending
from loans_service.api.lending.check_out_requests import OverrideRequest, override_fields
from loans_service.api.shapes import BranchCode, LentOfflineRequest, MoneyRequest
from loans_service.application.lending.amendments.amend_loan import (
    Amendment,
    ChangeDueDate,
    ClaimReturned,
    DeclareLost,
    Discovery,
    DueDateChange,
    FindCopy,
    Loss,
)
from loans_service.application.lending.amendments.resolve_claim import ClaimOutcome, Resolution, ResolveClaim
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.lending.renewals.renew_loan import Renew, RenewLoan
from loans_service.application.lending.show_loans import ShowHistory
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.lending.views import HistoryEntry, LoanView
from shared.kernel.receipts import Receipt
from shared.web.auth import OnlyOf
from shared.web.etags import MaybeIfMatch, Tag, Tagger
from shared.web.idempotency import IdempotentAct, Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/loans", route_class=StrictRoute, tags=["loans"])

Command = TypeVar("Command")

WHERE = "Where this is done; the history of the loan says so."
Reason = Annotated[str, paragraph(500), Field(description="Read by staff only.")]


class DueDateRequest(StrictJsonBody):
    """Until when, and why."""

    due_at: Moment
    reason: Reason
    branch: BranchCode | None = Field(None, description=WHERE)


class RenewalRequest(StrictJsonBody):
    """Refusals to override, if any; or what a machine has done already, offline."""

    override: OverrideRequest | None = None
    offline: LentOfflineRequest | None = None
    acting_for: UUID | None = Field(
        None, description="Whose loan it is, for a guardian or proxy who renews it by the own sign-in."
    )
    branch: BranchCode | None = Field(None, description=WHERE)
    seen: bool = Field(default=False, description="The copy is here. For staff and machines.")


class ReasonRequest(StrictJsonBody):
    """Why, if there is more to say."""

    reason: Reason | None = None
    branch: BranchCode | None = Field(None, description=WHERE)


class LossRequest(ReasonRequest):
    """Why, and what the copy costs, if the catalogue does not know better."""

    price: MoneyRequest | None = Field(None, description="What the catalogue says of the copy today if absent.")


class FindRequest(ReasonRequest):
    """Where the copy was found."""

    found_by: Literal["library", "borrower"] = Field(
        "library", description="The library has the copy, and the loan is closed; or the borrower has it still."
    )
    branch: BranchCode | None = Field(None, description="Where the library found it; the copy's own branch if absent.")


class ResolutionRequest(ReasonRequest):
    """How the claim ends."""

    outcome: ClaimOutcome = Field(alias="as")
    branch: BranchCode | None = Field(
        None, description="Where it stood on the shelf, for `found_on_shelf`; the copy's own branch if absent."
    )


class HistoryResponse(ResponseModel):
    """All that happened to a loan, oldest first."""

    loan_id: UUID
    entries: list[HistoryEntry]


class LoanAct:
    """What all acts on a loan share: who acts, the version that they have read, and how they are answered."""

    def __init__(self, common: Mapping[str, Any], lending: LendingUseCases, once: IdempotentAct, tag: Tagger) -> None:
        self.common = common
        self.lending = lending
        self._once = once
        self._tag = tag

    async def at(self, branch: str | None) -> dict[str, Any]:
        """Return who acts, on which version, and where."""
        return {**self.common, "branch": None if branch is None else await self.lending.find_branch(branch)}

    async def __call__(
        self, use_case: Callable[[Command, Receipt | None], Awaitable[LoanView]], command: Command
    ) -> LoanView:
        """Run a use case once for its idempotency key, and return the loan."""
        return self._tag(await self._once(LoanView, use_case, command))


async def _on_loan(*, actor: Acting, if_match: MaybeIfMatch, lending: Lending, once: Once, tag: Tag) -> LoanAct:
    return LoanAct({"by": actor.name, "by_member": actor.person_id, "version": if_match}, lending, once, tag)


Act = Annotated[LoanAct, Depends(_on_loan)]


@router.post(
    "/{loan_id}/renew",
    operation_id="renew_loan",
    summary="Renew a loan",
    description=getdoc(RenewLoan),
    responses=refused_by(RenewLoan, FindBranch),
)
async def renew(
    loan_id: UUID,
    *,
    body: RenewalRequest | None = None,
    act: Act,
    actor: Acting,
) -> LoanView:
    override = override_fields(None if body is None else body.override)
    common = await act.at(None if body is None else body.branch)
    command = Renew(loan_id, **common, only_of=actor.only_of, by_staff=actor.is_staff, **override)
    if body is not None and body.seen:
        command = replace(command, seen=True)
    if body is not None and body.offline is not None:
        command = replace(command, offline=body.offline.act(actor))
    if body is not None and body.acting_for is not None:
        command = replace(command, acting_for=body.acting_for, by=actor.name_acting())
    return await act(act.lending.renew_loan, command)


@router.post(
    "/{loan_id}/due-date",
    operation_id="change_due_date",
    summary="Set another due date",
    description=getdoc(ChangeDueDate),
    responses=refused_by(ChangeDueDate, FindBranch),
)
async def set_due_date(loan_id: UUID, act: Act, body: DueDateRequest) -> LoanView:
    command = DueDateChange(loan_id, **await act.at(body.branch), why=body.reason, due_at=body.due_at)
    return await act(act.lending.change_due_date, command)


@router.post(
    "/{loan_id}/declare-lost",
    operation_id="declare_lost",
    summary="Declare a copy lost",
    description=getdoc(DeclareLost),
    responses=refused_by(DeclareLost, FindBranch),
)
async def give_up(loan_id: UUID, act: Act, body: LossRequest | None = None) -> LoanView:
    price = None if body is None or body.price is None else body.price.money()
    command = Loss(loan_id, **await _noted(act, body), price=price)
    return await act(act.lending.declare_lost, command)


@router.post(
    "/{loan_id}/claim-returned",
    operation_id="claim_returned",
    summary="Note that the borrower says the copy was returned",
    description=getdoc(ClaimReturned),
    responses=refused_by(ClaimReturned, FindBranch),
)
async def claim(loan_id: UUID, act: Act, body: ReasonRequest | None = None) -> LoanView:
    return await act(act.lending.claim_returned, Amendment(loan_id, **await _noted(act, body)))


@router.post(
    "/{loan_id}/found",
    operation_id="mark_found",
    summary="Note that a missed copy was found",
    description=getdoc(FindCopy),
    responses=refused_by(FindCopy, FindBranch),
)
async def find(loan_id: UUID, act: Act, body: FindRequest | None = None) -> LoanView:
    by_borrower = body is not None and body.found_by == "borrower"
    command = Discovery(loan_id, **await _noted(act, body), with_borrower=by_borrower)
    return await act(act.lending.find_copy, command)


@router.post(
    "/{loan_id}/resolve",
    operation_id="resolve_claim",
    summary="End what was claimed returned",
    description=getdoc(ResolveClaim),
    responses=refused_by(ResolveClaim, FindBranch),
)
async def resolve(loan_id: UUID, act: Act, body: ResolutionRequest) -> LoanView:
    command = Resolution(loan_id, **await _noted(act, body), outcome=body.outcome)
    return await act(act.lending.resolve_claim, command)


@router.get(
    "/{loan_id}/history",
    operation_id="get_loan_history",
    summary="Show what happened to a loan",
    description=getdoc(ShowHistory),
    responses=refused_by(ShowHistory),
)
async def show_history(loan_id: UUID, only_of: OnlyOf, lending: Lending) -> HistoryResponse:
    """Each entry says what was done, when and by whom, oldest first."""
    entries = await lending.show_history(loan_id, only_of=only_of)
    return HistoryResponse(loan_id=loan_id, entries=entries)


async def _noted(act: LoanAct, body: ReasonRequest | None) -> dict[str, Any]:
    """Return who acts, on which version, where and why."""
    sent = body or ReasonRequest()
    return {**await act.at(sent.branch), "why": sent.reason or ""}
