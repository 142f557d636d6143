"""Routes for rights: what there is, and what each is for."""

from typing import Literal

from fastapi import APIRouter

from members_service.domain.rights import RIGHTS, KnownRight
from shared.web.json.strict_json import ResponseModel, StrictRoute

router = APIRouter(prefix="/v1/rights", route_class=StrictRoute, tags=["rights"])


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
    "",
    operation_id="list_rights",
    summary="List the rights that there are",
    description="What roles are made of. Each scope that software may ask for stands for some of them.",
)
async def show_all() -> RightsResponse:
    return RightsResponse(items=[RightResponse.of_known(known) for known in RIGHTS])
