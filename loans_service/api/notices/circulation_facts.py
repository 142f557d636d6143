"""The route by which members asks whether what a message says still holds."""

from datetime import date
from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from loans_service.api.dependencies import NoticeFacts
from loans_service.application.notices.circulation_facts import Asked, ShowCirculationFacts
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute

router = APIRouter(prefix="/v1/circulation-facts", route_class=StrictRoute, tags=["consistency"])

MOST = 100
_Ids = Annotated[tuple[UUID, ...], Field(max_length=MOST)]
_Code = Annotated[str, Field(min_length=1, max_length=40, examples=["MAIN"])]


class FactsRequest(StrictJsonBody):
    """What is asked about; up to a hundred of each."""

    loans: _Ids = ()
    holds: _Ids = ()
    fines: _Ids = ()
    branches: Annotated[tuple[_Code, ...], Field(max_length=MOST)] = ()
    members: _Ids = ()


class LoanFactResponse(ResponseModel):
    """How a loan stands, and what is owed for it, in minor units."""

    loan_id: UUID
    status: str
    due_at: Moment
    owed: int
    renewable: Annotated[
        bool | None,
        Field(description="Whether a renewal is left, whatever stands against the borrower; null where others wait."),
    ]


class HoldFactResponse(ResponseModel):
    """How a hold stands."""

    hold_id: UUID
    status: str
    pickup_branch: str | None
    pickup_until: Moment | None


class FineFactResponse(ResponseModel):
    """What is still owed of a charge, in minor units."""

    fine_id: UUID
    owed: int


class OpeningFactResponse(ResponseModel):
    """When a branch is open today, if it is, and on which day next, in its own zone."""

    branch: str
    timezone: str
    hours_today: str | None
    next_open_day: date | None


class FactsResponse(ResponseModel):
    """How things stand. What is not on record any more is left out."""

    loans: list[LoanFactResponse]
    holds: list[HoldFactResponse]
    fines: list[FineFactResponse]
    branches: list[OpeningFactResponse]
    members: list[UUID] = Field(description="Those of the members asked about who have, or had, something here.")


@router.post(
    "",
    operation_id="get_circulation_facts",
    summary="Say how loans, holds and charges stand, and who has any",
    description=getdoc(ShowCirculationFacts),
)
async def show(body: FactsRequest, notices: NoticeFacts) -> FactsResponse:
    asked = Asked(body.loans, body.holds, body.fines, dict.fromkeys(body.branches), body.members)
    return FactsResponse.model_validate(await notices.show_facts(asked))
