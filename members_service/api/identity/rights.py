"""Routes for rights: what there is, what each is for, and who holds it."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from members_service.api.identity.dependencies import Identity
from members_service.application.identity.grants.queries import GrantQueries
from members_service.application.identity.grants.views import Explanation
from members_service.domain.identity.roles import RIGHTS_OF_PEOPLE
from members_service.domain.rights import RIGHTS, KnownRight
from shared.kernel.rights import NOWHERE
from shared.web.auth import Caller
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["rights"])


class RightResponse(ResponseModel):
    """A right. `by_branch`: it may be held in some branches alone; `scopes` are those that stand for it."""

    right: str
    service: Literal["books", "loans", "members"]
    description: str
    by_branch: bool
    scopes: list[str]

    @classmethod
    def of_known(cls, known: KnownRight) -> "RightResponse":
        """Show a right."""
        right = known.right
        return cls(
            right=right.name,
            service=known.service,
            description=known.description,
            by_branch=right.by_branch,
            scopes=list(right.scopes),
        )


class RightsResponse(ResponseModel):
    """All rights, by service."""

    items: list[RightResponse]


@router.get(
    "/rights",
    operation_id="list_rights",
    summary="List the rights that there are",
    description="The names that roles are made of, with what each is for. Each scope that software may ask for stands "
    "for some of them (`scopes`). One that is not `by_branch` is about the whole library, and counts only where its "
    "role was granted in all branches.",
)
async def show_all() -> RightsResponse:
    return RightsResponse(items=[RightResponse.of_known(known) for known in RIGHTS])


class HeldRight(ResponseModel):
    """A right that the caller holds: in these branches, by codes in capitals, or null for all of them."""

    right: str
    branches: list[str] | None


class HeldRights(ResponseModel):
    """Everything that the caller may do, as the token says."""

    items: list[HeldRight]


@router.get(
    "/accounts/me/rights",
    operation_id="list_my_rights",
    summary="List what one may do, and where",
    description="What a page hides its buttons by. It says what the token can do; software may ask for less than that.",
)
async def show_own(caller: Caller) -> HeldRights:
    held = [(right.name, caller.reach(right)) for right in RIGHTS_OF_PEOPLE]
    return HeldRights(
        items=[
            HeldRight(right=name, branches=None if reach is None else sorted(reach))
            for name, reach in held
            if reach != NOWHERE
        ]
    )


class ExplainRequest(StrictJsonBody):
    """Who, and what; without a branch: in any. `GET /v1/accounts` finds the account."""

    account_id: UUID
    right: Annotated[str, line(40), Field(examples=["waive"])]
    branch: Annotated[str, line(40), Field(examples=["EAST"])] | None = None


@router.post(
    "/rights/explain",
    operation_id="explain_right",
    summary="Say whether an account may do something, and why",
    description=GrantQueries.explain.__doc__,
    responses=refused_by(GrantQueries.explain),
)
async def explain(body: ExplainRequest, identity: Identity) -> Explanation:
    return await identity.grants.queries.explain(body.account_id, body.right, body.branch)
