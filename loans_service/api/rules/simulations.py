"""The route that tries a policy on past loans."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from loans_service.api.dependencies import UseCases
from loans_service.api.rules.policy_requests import AN_EXAMPLE, Amount, PolicyRequest
from loans_service.application.lending.views import SimulationView
from loans_service.application.refusals import OF_SIMULATION
from loans_service.application.rules.simulate_policy import SimulatePolicy, simulate_policy
from shared.kernel.receipts import Receipt
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/policies/simulation", route_class=StrictRoute, tags=["policies"])


class SimulationRequest(Body):
    """A table to try, and on which loans."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"policy": AN_EXAMPLE, "most": 1000}]})

    policy: PolicyRequest
    since: Moment | None = Field(None, description="the oldest loans to try; a month ago if absent")
    until: Moment | None = Field(None, description="the newest; now if absent")
    most: Annotated[int, Field(ge=1, le=100_000)] = 10_000


class OutcomeResponse(ResponseModel):
    """What a rule makes of a loan."""

    rule: str
    loanable: bool
    due_at: Moment | None
    renewals: int
    fine: Amount | None


class SampleResponse(ResponseModel):
    """A loan that would have come to something else, and in what."""

    loan_id: UUID
    checked_out_at: Moment
    changes: list[str]
    before: OutcomeResponse
    after: OutcomeResponse


class SimulationResponse(ResponseModel):
    """What the policy would have made of past loans, with some of those that would change."""

    loans: int
    changed: int
    undecided: int
    changes: dict[str, int]
    samples: list[SampleResponse]
    complete: bool


@router.post(
    "",
    operation_id="simulate_policy",
    summary="Try a policy on past loans",
    description=getdoc(simulate_policy),
    responses=refusals(*OF_SIMULATION),
)
async def simulate(body: SimulationRequest, ports: UseCases, once: Once) -> SimulationResponse:
    async def act(receipt: Receipt | None) -> SimulationView:
        return await simulate_policy(
            SimulatePolicy(body.policy.model_dump(mode="json"), since=body.since, until=body.until, most=body.most),
            uow=ports.unit_of_work(receipt),
            rules=ports.rules,
            past=ports.past,
            clock=ports.clock,
            currency=ports.currency,
        )

    return SimulationResponse.of(await once.in_parts(SimulationView, act))
