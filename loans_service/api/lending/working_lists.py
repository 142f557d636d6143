"""The working lists of lending and its holds."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from loans_service.api.dependencies import Holding, Lending
from loans_service.api.shapes import BranchCode, capitals
from loans_service.application.holds.hold_views import CopyOnHoldShelf, TransitView
from loans_service.application.holds.list_holds_ratio import ListHoldsRatio, TitleInDemand
from loans_service.application.lending.views import LoanFilter, LoanOnList
from shared.web.json.strict_json import Moment, PlainDigits, line
from shared.web.problems import refused_by
from shared.web.working_lists import TAG, Read, WorkingLists

__all__ = ["TAG", "router"]

_LISTS = WorkingLists("list_loan_lists")
router = _LISTS.router

_Days = Annotated[int, Query(ge=0, le=36_500, description="For so many days at least."), PlainDigits]
_Branch = Annotated[BranchCode | None, Query(description="Of this branch.")]


async def _of_loans(
    lending: Lending,
    *,
    branch: Annotated[BranchCode | None, Query(description="Lent in this branch.")] = None,
    item_type: Annotated[Annotated[str, line(40)] | None, Query(description="Of this item type.")] = None,
    category: Annotated[Annotated[str, line(40)] | None, Query(description="Lent to this category.")] = None,
) -> LoanFilter:
    return LoanFilter(now=lending.clock.now(), branch=branch, item_type=item_type, category=category)


_Filters = Annotated[LoanFilter, Depends(_of_loans)]


async def _overdue(lending: Lending, filters: _Filters, *, days: _Days = 0) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await lending.lists.overdue(filters, days=days, after=after, limit=limit + more)

    return read


async def _claims(lending: Lending, filters: _Filters) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await lending.lists.claims(filters, after=after, limit=limit + more)

    return read


async def _long_in_transit(holding: Holding, *, branch: _Branch = None, days: _Days = 7) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        found = await holding.list_transits(older_than_days=days, branch=branch, limit=limit + more, after=after)
        return [((each.since, each.copy_id), each) for each in found]

    return read


async def _long_on_hold_shelf(holding: Holding, *, branch: _Branch = None, days: _Days = 7) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        found = await holding.list_hold_shelf(older_than_days=days, branch=branch, limit=limit + more, after=after)
        return [((each.since, each.copy_id), each) for each in found]

    return read


async def _holds_ratio(
    holding: Holding,
    *,
    branch: Annotated[BranchCode | None, Query(description="Only holds to be fetched in this branch.")] = None,
    ratio: Annotated[
        int, Query(ge=1, le=1_000, description="So many wait for each copy that is lent, or more."), PlainDigits
    ] = 3,
) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await holding.list_holds_ratio(at_least=ratio, branch=capitals(branch), after=after, limit=limit + more)

    return read


_LISTS.add(
    "overdue",
    LoanOnList,
    _overdue,
    place=tuple[Moment, UUID],
    title="List loans that are overdue, the longest first",
    description="By branch, item type and category of the borrower, for whoever calls or writes.",
    same_rows="/v1/loans?overdue=true",
)
_LISTS.add(
    "claims",
    LoanOnList,
    _claims,
    place=tuple[Moment, UUID],
    title="List loans that were claimed returned",
    description="Look for them on the shelves, then settle each with `POST /v1/loans/{loan_id}/resolve`. The oldest "
    "loan comes first.",
    same_rows="/v1/loans?status=claimed_returned",
)
_LISTS.add(
    "holds-ratio",
    TitleInDemand,
    _holds_ratio,
    place=tuple[Annotated[int, Field(ge=0, le=2**31 - 1)], UUID],
    title="List titles of which more copies should be bought",
    description="Those with the longest queues come first.",
    refusals=refused_by(ListHoldsRatio),
)
_LISTS.add(
    "long-in-transit",
    TransitView,
    _long_in_transit,
    place=tuple[Moment, UUID],
    title="List copies that are long on their way",
    description="The longest first; with `branch`, those that left it or that it waits for.",
    same_rows="/v1/transits",
)
_LISTS.add(
    "long-on-hold-shelf",
    CopyOnHoldShelf,
    _long_on_hold_shelf,
    place=tuple[Moment, UUID],
    title="List copies that lie long on a hold shelf",
    description="The longest first. Those whose hold has ended are under `to_clear` of `GET /v1/circulation-statuses`.",
    same_rows="/v1/circulation-statuses?status=hold_shelf",
)
