"""Routes that explain beforehand whether a hold could be placed, and where it could be fetched."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from loans_service.api.dependencies import Acting, Holding
from loans_service.api.holds.hold_requests import HoldRequest, Volume
from loans_service.api.lending.decisions import RefusalResponse
from loans_service.api.shapes import member_of
from loans_service.application.holds.placing.ask_all import NewHold
from loans_service.application.holds.placing.explain_hold import ExplainHold, HoldDecisionView
from loans_service.application.holds.placing.find_pickup_branches import FindPickupBranches
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/holds", route_class=StrictRoute, tags=["holds"])


class HoldDecisionResponse(ResponseModel):
    """What placing a hold would come to."""

    allowed: bool
    refusals: list[RefusalResponse]


class PickupBranchResponse(ResponseModel):
    """A branch in which a hold may be fetched."""

    code: str
    name: str


class PickupBranchesResponse(ResponseModel):
    """All branches in which a hold may be fetched, by their codes."""

    items: list[PickupBranchResponse]


@router.post(
    "/decision",
    operation_id="explain_hold",
    summary="Explain what placing a hold would come to",
    description=getdoc(ExplainHold),
    responses=refused_by(ExplainHold),
)
async def explain(body: HoldRequest, *, actor: Acting, holding: Holding, once: Once) -> HoldDecisionResponse:
    command = body.command(actor)
    return HoldDecisionResponse.of(await once(HoldDecisionView, holding.explain_hold, command))


@router.get(
    "/pickup-branches",
    operation_id="list_pickup_branches",
    summary="List the branches in which a hold may be fetched",
    description=getdoc(FindPickupBranches),
    responses=refused_by(FindPickupBranches),
)
async def show_branches(
    *,
    book_id: UUID,
    card_number: Annotated[str, line(40)] | None = None,
    member_id: UUID | None = None,
    volume: Volume | None = None,
    actor: Acting,
    holding: Holding,
) -> PickupBranchesResponse:
    member = member_of(card_number, member_id, actor=actor)
    asked = NewHold(member, book_id, volume=volume, by=actor.name, by_staff=actor.is_staff)
    found = await holding.find_pickup_branches(asked)
    return PickupBranchesResponse(items=[PickupBranchResponse(code=each.code, name=each.name) for each in found])
