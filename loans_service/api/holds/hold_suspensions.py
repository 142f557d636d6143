"""The route that suspends all holds of a member."""

from inspect import getdoc
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request

from loans_service.api.dependencies import Acting, Holding
from loans_service.api.holds.hold_requests import HoldSuspensionsRequest
from loans_service.api.lines import MOST_LINES, Line, each
from loans_service.application.holds.commands import HoldSuspension, OfHold
from loans_service.application.holds.find_active import FindActive
from loans_service.application.holds.hold_views import HoldView
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/holds", route_class=StrictRoute, tags=["holds"])


class SuspendedHold(ResponseModel):
    """What became of a hold: as it is now, or the problem."""

    line: int
    status: int
    hold_id: UUID
    hold: HoldView | None
    problem: dict[str, Any] | None


class HoldSuspensionsResponse(ResponseModel):
    """A result for each active hold, the newest first; `more`: there are others, which stay as they are."""

    results: list[SuspendedHold]
    more: bool


@router.post(
    "/suspensions",
    operation_id="suspend_holds",
    summary="Suspend all holds of a member",
    description=getdoc(FindActive),
    responses=refused_by(FindActive),
)
async def suspend_all(
    body: HoldSuspensionsRequest, *, actor: Acting, holding: Holding, once: Once, request: Request
) -> HoldSuspensionsResponse:
    found = await holding.find_active(body.member(actor), limit=MOST_LINES + 1)
    held = [hold.hold_id for hold in found[:MOST_LINES]]
    until = b"" if body.until is None else body.until.isoformat().encode()
    lines = [
        Line(hold_id.int, HoldSuspension(OfHold(hold_id, actor.only_of, actor.name), body.until), until)
        for hold_id in held
    ]
    done = await each(lines, holding.suspend_hold, HoldView, once=once, request=request)
    return HoldSuspensionsResponse(
        results=[
            SuspendedHold(
                line=number,
                status=outcome.status(),
                hold_id=hold_id,
                hold=outcome.answer,
                problem=outcome.problem,
            )
            for number, (hold_id, outcome) in enumerate(zip(held, done, strict=True))
        ],
        more=len(found) > MOST_LINES,
    )
