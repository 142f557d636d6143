"""The route that tries a policy on past loans."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from loans_service.api.dependencies import Rules
from loans_service.api.rules.policy_requests import PolicyRequest
from loans_service.application.rules.rule_views import SimulationView
from loans_service.application.rules.simulate_policy import SimulatePolicy, Simulation
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, StrictJsonBody, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/policies/simulation", route_class=StrictRoute, tags=["policies"])


class SimulationRequest(StrictJsonBody):
    """A table to try, and on which loans."""

    policy: PolicyRequest
    since: Moment | None = Field(None, description="the oldest loans to try; a month ago if absent")
    until: Moment | None = Field(None, description="the newest; now if absent")
    most: Annotated[int, Field(ge=1, le=100_000)] = 10_000


@router.post(
    "",
    operation_id="simulate_policy",
    summary="Try a policy on past loans",
    description=getdoc(SimulatePolicy),
    responses=refused_by(SimulatePolicy),
)
async def simulate(body: SimulationRequest, rules: Rules, once: Once) -> SimulationView:
    document = body.policy.model_dump(mode="json", by_alias=True)
    command = Simulation(document, since=body.since, until=body.until, most=body.most)
    return await once.in_parts(SimulationView, rules.simulate_policy, command)
