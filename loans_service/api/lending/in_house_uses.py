"""The route by which copies are counted that were used in the library."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from loans_service.api.dependencies import Acting, Lending
from loans_service.api.shapes import Barcode, BranchCode
from loans_service.application.lending.count_in_house_uses import (
    MOST_USES,
    CountInHouseUses,
    InHouseUses,
    InHouseUsesView,
)
from loans_service.application.lending.find_branch import FindBranch
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/in-house-uses", route_class=StrictRoute, tags=["returns"])


class InHouseUsesRequest(StrictJsonBody):
    """What was scanned, and where."""

    barcodes: Annotated[list[Barcode], Field(min_length=1, max_length=MOST_USES)]
    branch: BranchCode


@router.post(
    "",
    operation_id="count_in_house_uses",
    summary="Count that copies were used in the library",
    description=getdoc(CountInHouseUses),
    responses=refused_by(CountInHouseUses, FindBranch),
)
async def count(body: InHouseUsesRequest, *, actor: Acting, lending: Lending, once: Once) -> InHouseUsesView:
    branch = await lending.find_branch(body.branch) or body.branch
    command = InHouseUses(tuple(body.barcodes), branch, by=actor.name)
    return await once(InHouseUsesView, lending.count_in_house_uses, command)
