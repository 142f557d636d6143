"""The route by which others ask whether a member may borrow."""

from datetime import date
from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from members_service.api.dependencies import UseCases
from members_service.api.membership.members import ActionName, CategoryName
from members_service.application.membership import tell_standing as question
from members_service.application.membership.tell_standing import tell_standing
from members_service.application.membership.views import StandingView
from shared.web.json.strict_json import ResponseModel, StrictRoute
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["members"])


class RefusalResponse(ResponseModel):
    """One reason against some actions; the dates are there where they apply."""

    code: Literal["membership-expired", "member-suspended", "member-blocked", "member-leaving"]
    detail: str
    actions: list[ActionName]
    expires_on: date | None = Field(None, description="When the membership expired.")
    until: date | None = Field(None, description="The last day of a suspension or block; absent when its end is open.")


class StandingResponse(ResponseModel):
    """What a member may do today, and every reason against it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "member_id": "0193c2f4-7a10-7cc1-8f2e-5a1d3b9c7e01",
                    "category": "adult",
                    "expires_on": "2026-03-09",
                    "may_borrow": False,
                    "may_renew": False,
                    "may_hold": False,
                    "refusals": [
                        {
                            "code": "membership-expired",
                            "detail": "The membership expired on 2026-03-09. Renew it first.",
                            "actions": ["borrow", "renew", "hold"],
                            "expires_on": "2026-03-09",
                        }
                    ],
                }
            ]
        }
    )

    member_id: UUID
    category: CategoryName
    expires_on: date
    may_borrow: bool
    may_renew: bool
    may_hold: bool
    refusals: list[RefusalResponse]


@router.get(
    "/standing",
    operation_id="get_standing",
    summary="Tell whether a member may borrow",
    description=getdoc(tell_standing),
    responses=refusals(*question.REFUSALS),
    response_model=StandingResponse,
    response_model_exclude_none=True,
)
async def standing(
    ports: UseCases,
    *,
    member_id: Annotated[UUID | None, Query(description="Without `card_number`.")] = None,
    card_number: Annotated[str | None, Query(description="Any case; without `member_id`.")] = None,
) -> StandingView:
    return await tell_standing(
        member_id=member_id,
        card_number=card_number,
        members=ports.members,
        clock=ports.clock,
        zone=ports.zone,
    )
