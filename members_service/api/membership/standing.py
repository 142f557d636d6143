"""The routes that answer whether members may borrow."""

from dataclasses import replace
from inspect import getdoc
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, model_validator

from members_service.api.membership.dependencies import Membership
from members_service.application.membership.standing.assess_standing import AssessStanding, AssessStandings
from members_service.application.membership.standing.views import StandingsView, StandingView
from members_service.domain.membership.member_reference import MemberReference
from shared.web.json.strict_json import StrictJsonBody, StrictRoute
from shared.web.problems import refused_by, worded

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["members"])

MOST_AT_ONCE = 100


class StandingQuestion(StrictJsonBody):
    """One member, by id or by card number."""

    member_id: UUID | None = None
    card_number: Annotated[str, Field(max_length=60)] | None = Field(None, description="Any case.")
    acting_for: UUID | None = Field(None, description="For whom this member acts: a member whose guardian it is.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.member_id is None) == (self.card_number is None):
            raise ValueError("name the member by exactly one of member_id and card_number")
        return self


class StandingsRequest(StrictJsonBody):
    """Up to a hundred members."""

    members: Annotated[list[StandingQuestion], Field(min_length=1, max_length=MOST_AT_ONCE)]


@router.get(
    "/standing",
    operation_id="get_standing",
    summary="Tell whether a member may borrow",
    description=getdoc(AssessStanding),
    responses=refused_by(AssessStanding),
    response_model_exclude_none=True,
)
async def standing(
    membership: Membership,
    *,
    member_id: Annotated[UUID | None, Query(description="Without `card_number`.")] = None,
    card_number: Annotated[str | None, Query(description="Any case; without `member_id`.")] = None,
) -> StandingView:
    found = await membership.assess_standing(MemberReference(member_id, card_number))
    return replace(found, refusals=worded(found.refusals))


@router.post(
    "/standing",
    operation_id="get_standings",
    summary="Tell whether several members may borrow",
    description=getdoc(AssessStandings),
    response_model_exclude_none=True,
)
async def standings(body: StandingsRequest, membership: Membership) -> StandingsView:
    references = [MemberReference(one.member_id, one.card_number, one.acting_for) for one in body.members]
    return await membership.assess_standings(references)
