"""The route that shows where a borrower stands."""

from inspect import getdoc
from uuid import UUID

from fastapi import APIRouter

from loans_service.api.dependencies import Lending
from loans_service.api.lending.decisions import RefusalResponse
from loans_service.api.shapes import Day
from loans_service.application.fines.fine_views import Amount
from loans_service.application.lending.show_borrower import ShowBorrower
from shared.web.auth import OnlyOf
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/borrowers", route_class=StrictRoute, tags=["borrowers"])


class SharedLimitResponse(ResponseModel):
    """How many loans of these item types, or made in these branches, the policy grants together; none named: all."""

    most: int
    item_types: list[str]
    branches: list[str]


class LimitsResponse(ResponseModel):
    """What the policy grants at the same time.

    Borrowing stops with `overdue` loans late, `owed` owed, `lost` copies lost, or a recalled loan `days_recall_overdue`
    late; null: whatever it is.
    """

    loans: int
    loans_per_item_type: dict[str, int]
    loans_of: list[SharedLimitResponse]
    holds: int
    overdue: int
    owed: Amount
    lost: int | None
    days_recall_overdue: int | None


class BorrowerResponse(ResponseModel):
    """Where a borrower stands. `refusals` is empty while one more copy may be borrowed."""

    member_id: UUID
    may_borrow: bool
    may_renew: bool
    may_hold: bool
    open_loans: int
    overdue: int
    holds: int
    owed: Amount
    sent_to_collection_at: Moment | None
    accruing: Amount
    suspended_until: Day | None
    credit: Amount
    claims: int
    limits: LimitsResponse
    refusals: list[RefusalResponse]


@router.get(
    "/{member_id}",
    operation_id="get_borrower",
    summary="Show where a borrower stands",
    description=getdoc(ShowBorrower),
    responses=refused_by(ShowBorrower),
)
async def show(member_id: UUID, *, only_of: OnlyOf, lending: Lending) -> BorrowerResponse:
    return BorrowerResponse.of(await lending.show_borrower(member_id, only_of=only_of))
