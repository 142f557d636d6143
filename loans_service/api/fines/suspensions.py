"""The route that lifts a suspension for lateness."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from loans_service.api.dependencies import Acting, Fines
from loans_service.application.fines.lift_suspension import Lift, LiftedSuspension, LiftSuspension
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/borrowers", route_class=StrictRoute, tags=["borrowers"])


class LiftRequest(StrictJsonBody):
    """Why the suspension is lifted."""

    reason: Annotated[str, paragraph(500), Field(description="Read by staff only.")]


@router.post(
    "/{member_id}/suspension/lift",
    operation_id="lift_suspension",
    summary="Lift a suspension for lateness",
    description=getdoc(LiftSuspension),
    responses=refused_by(LiftSuspension),
)
async def lift(member_id: UUID, body: LiftRequest, *, actor: Acting, fines: Fines, once: Once) -> LiftedSuspension:
    command = Lift(member_id, body.reason, by=actor.name, by_member=actor.person_id)
    return await once(LiftedSuspension, fines.lift_suspension, command)
