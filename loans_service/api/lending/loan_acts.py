"""Routes for what happens to a loan between check-out and return."""

from collections.abc import Awaitable
from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from loans_service.api.dependencies import Actor, UseCases
from loans_service.api.shapes import BranchCode, LoanResponse
from loans_service.application.lending.amend_loan import (
    AmendLoan,
    change_due_date,
    claim_returned,
    declare_lost,
    find_copy,
)
from loans_service.application.lending.renew_loan import renew_loan
from loans_service.application.lending.show_loans import show_history as history_of
from loans_service.application.lending.views import LoanView
from loans_service.application.refusals import (
    OF_CHANGING_THE_DUE_DATE,
    OF_CLAIMING,
    OF_DECLARING_LOST,
    OF_FINDING,
    OF_LOOKING_UP,
    OF_RENEWAL,
)
from shared.kernel.receipts import Receipt
from shared.web.auth import OnlyOf
from shared.web.etags import Tag
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


class ReasonRequest(Body):
    """Why, if there is more to say."""

    reason: Reason | None = None


class FindRequest(ReasonRequest):
    """Where the copy was found."""

    found_by: Literal["library", "borrower"] = Field(
        "library", description="The library has the copy, and the loan is closed; or the borrower has it still."
    )
    branch: BranchCode | None = Field(None, description="Where the library found it; the copy's own branch if absent.")


class HistoryEntryResponse(ResponseModel):
    """Something that happened to a loan, and the due date from then on.

    `by` is an account, `borrower` or `system`. Borrowers read `staff` instead of an account, and then no `why`.
    """

    at: Moment
    what: str
    by: str
    why: str
    rule: str | None
    policy_version: int | None
    due_at: Moment


class HistoryResponse(ResponseModel):
    """All that happened to a loan, oldest first."""

    loan_id: UUID
    entries: list[HistoryEntryResponse]


def _shown(loan: LoanView, ports: UseCases, tag: Tag) -> LoanResponse:
    tag(loan.version)
    return LoanResponse.at(loan, now=ports.clock.now())


@router.post(
    "/{loan_id}/renew",
    operation_id="renew_loan",
    summary="Renew a loan",
    description=getdoc(renew_loan),
    responses=refusals(*OF_RENEWAL),
)
async def renew(loan_id: UUID, *, only_of: OnlyOf, by: Actor, ports: UseCases, once: Once, tag: Tag) -> LoanResponse:
    def act(receipt: Receipt | None) -> Awaitable[LoanView]:
        uow, members = ports.unit_of_work(receipt, by=by), ports.members
        views, clock = ports.views, ports.clock
        return renew_loan(loan_id, only_of=only_of, uow=uow, views=views, members=members, clock=clock)

    return _shown(await once(LoanView, act), ports, tag)


@router.post(
    "/{loan_id}/due-date",
    operation_id="change_due_date",
    summary="Set another due date",
    description=getdoc(change_due_date),
    responses=refusals(*OF_CHANGING_THE_DUE_DATE),
)
async def set_due_date(
    loan_id: UUID, body: DueDateRequest, *, by: Actor, ports: UseCases, once: Once, tag: Tag
) -> LoanResponse:
    def act(receipt: Receipt | None) -> Awaitable[LoanView]:
        uow, command = ports.unit_of_work(receipt, by=by), AmendLoan(loan_id, body.reason)
        return change_due_date(command, body.due_at, uow=uow, views=ports.views, clock=ports.clock)

    return _shown(await once(LoanView, act), ports, tag)


@router.post(
    "/{loan_id}/declare-lost",
    operation_id="declare_lost",
    summary="Declare a copy lost",
    description=getdoc(declare_lost),
    responses=refusals(*OF_DECLARING_LOST),
)
async def give_up(
    loan_id: UUID, *, body: ReasonRequest | None = None, by: Actor, ports: UseCases, once: Once, tag: Tag
) -> LoanResponse:
    def act(receipt: Receipt | None) -> Awaitable[LoanView]:
        uow, command = ports.unit_of_work(receipt, by=by), _amendment(loan_id, body)
        return declare_lost(command, uow=uow, views=ports.views, clock=ports.clock)

    return _shown(await once(LoanView, act), ports, tag)


@router.post(
    "/{loan_id}/claim-returned",
    operation_id="claim_returned",
    summary="Note that the borrower says the copy was returned",
    description=getdoc(claim_returned),
    responses=refusals(*OF_CLAIMING),
)
async def claim(
    loan_id: UUID, *, body: ReasonRequest | None = None, by: Actor, ports: UseCases, once: Once, tag: Tag
) -> LoanResponse:
    def act(receipt: Receipt | None) -> Awaitable[LoanView]:
        uow, command = ports.unit_of_work(receipt, by=by), _amendment(loan_id, body)
        return claim_returned(command, uow=uow, views=ports.views, clock=ports.clock)

    return _shown(await once(LoanView, act), ports, tag)


@router.post(
    "/{loan_id}/found",
    operation_id="mark_found",
    summary="Note that a missed copy was found",
    description=getdoc(find_copy),
    responses=refusals(*OF_FINDING),
)
async def find(
    loan_id: UUID, *, body: FindRequest | None = None, by: Actor, ports: UseCases, once: Once, tag: Tag
) -> LoanResponse:
    found = body or FindRequest()

    def act(receipt: Receipt | None) -> Awaitable[LoanView]:
        return find_copy(
            _amendment(loan_id, body),
            with_borrower=found.found_by == "borrower",
            branch=found.branch,
            uow=ports.unit_of_work(receipt, by=by),
            views=ports.views,
            catalogue=ports.catalogue,
            clock=ports.clock,
        )

    return _shown(await once(LoanView, act), ports, tag)


@router.get(
    "/{loan_id}/history",
    operation_id="get_loan_history",
    summary="Show what happened to a loan",
    responses=refusals(*OF_LOOKING_UP),
)
async def show_history(loan_id: UUID, only_of: OnlyOf, ports: UseCases) -> HistoryResponse:
    """Each entry says what was done, when and by whom, oldest first."""
    entries = await history_of(loan_id, only_of=only_of, views=ports.views)
    return HistoryResponse(loan_id=loan_id, entries=[HistoryEntryResponse.of(entry) for entry in entries])


def _amendment(loan_id: UUID, body: ReasonRequest | None) -> AmendLoan:
    return AmendLoan(loan_id, (body.reason if body else None) or "")
