"""The route that closes a branch on short notice."""

from inspect import getdoc
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import model_validator

from loans_service.api.dependencies import Lending
from loans_service.api.rules.calendars import ClosureRequest
from loans_service.api.shapes import NamedBranch
from loans_service.application.lending.amendments.close_branch import CloseBranch, Closing
from loans_service.application.lending.views import ClosingView
from shared.web.auth import Caller
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/calendars/{branch}/closures", route_class=StrictRoute, tags=["calendars"])


class ClosingRequest(ClosureRequest):
    """The days on which the branch is closed on short notice."""

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> Self:
        """Refuse a closure that ends before its first day."""
        if self.last < self.first:
            raise ValueError("a closure ends on its first day or later")
        return self


class MovedLoan(ResponseModel):
    """A loan that is due later."""

    loan_id: UUID
    due_at: Moment
    moved_to: Moment


class MovedHold(ResponseModel):
    """A copy that waits longer on the hold shelf."""

    hold_id: UUID
    pickup_until: Moment
    moved_to: Moment


class ClosingResponse(ResponseModel):
    """What the closing moved, or would move: how many, and the first hundred of each."""

    branch: str
    calendar_version: int
    preview: bool
    closed: dict[str, str]
    loans_moved: int
    loans: list[MovedLoan]
    holds_moved: int
    holds: list[MovedHold]

    @classmethod
    def of_view(cls, view: ClosingView) -> Self:
        """Show `view`."""
        return cls(
            branch=view.branch,
            calendar_version=view.calendar_version,
            preview=view.preview,
            closed={"from": view.first.isoformat(), "to": view.last.isoformat(), "name": view.name},
            loans_moved=view.loans_moved,
            loans=[MovedLoan(loan_id=each.id, due_at=each.ended_at, moved_to=each.moved_to) for each in view.loans],
            holds_moved=view.holds_moved,
            holds=[
                MovedHold(hold_id=each.id, pickup_until=each.ended_at, moved_to=each.moved_to) for each in view.holds
            ],
        )


@router.post(
    "",
    operation_id="close_branch",
    summary="Close a branch on short notice",
    description=getdoc(CloseBranch),
    responses=refused_by(CloseBranch),
)
async def close(
    branch: NamedBranch,
    body: ClosingRequest,
    lending: Lending,
    caller: Caller,
    once: Once,
    *,
    preview: Annotated[bool, Query(description="say what would move, and change nothing")] = False,
) -> ClosingResponse:
    command = Closing(branch, body.first, body.last, body.name, preview=preview, by=caller.subject)
    return ClosingResponse.of_view(await once.in_parts(ClosingView, lending.close_branch, command))
