"""Routes for collections: whose debts can be sent to a collection agency, and that they were."""

from collections.abc import AsyncIterator
from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from loans_service.api.dependencies import Acting, Fines
from loans_service.api.lines import MOST_LINES, Line, each
from loans_service.api.shapes import BranchCode, capitals
from loans_service.application.fines.fine_views import CollectableView, CollectionFilter, CollectionView
from loans_service.application.fines.send_to_collection import Collect, SendToCollection
from shared.web.csv_lists import CSV, CSV_ANSWER, JSON, as_csv, preferred
from shared.web.cursors import Listing, Page
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/collections", route_class=StrictRoute, tags=["fines"])

_COLUMNS = ("member_id", "owed", "currency", "fines", "oldest_charged_at", "fee")


class CollectionsRequest(StrictJsonBody):
    """Whose debts are sent, and why."""

    member_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_LINES)]
    reason: Annotated[str, paragraph(500), Field(description="Read by staff only.")] | None = None


class CollectionLine(ResponseModel):
    """What became of a member, counted from 0: what the agency now has, or the problem."""

    line: int
    status: int
    collection: CollectionView | None
    problem: dict[str, Any] | None


class CollectionsResponse(ResponseModel):
    """A result for each member, in the order of the request."""

    results: list[CollectionLine]


@router.get(
    "",
    operation_id="list_collections",
    summary="List whose debts can be sent to a collection agency",
    response_model=Listing[CollectableView],
    responses=CSV_ANSWER,
)
async def show_many(
    page: Page,
    fines: Fines,
    request: Request,
    *,
    older_than_days: Annotated[
        int, Query(ge=0, le=36_500, description="Only debts that were charged so many days ago count for `at_least`.")
    ] = 0,
    at_least: Annotated[int, Query(ge=1, le=100_000_000, description="In minor units of the library's currency.")] = 1,
    branch: Annotated[
        BranchCode | None, Query(description="Only members who owe something for a loan that was made there.")
    ] = None,
) -> Any:
    """List members who have owed at least so much for so long, and the debts that were not sent yet.

    `owed` is everything that would be sent, younger debts too; `fee` what the policy would charge for it, null where
    the agency has a debt of the member already. In the order of the ids; as `text/csv` all of them come at once.
    """
    filters = CollectionFilter(older_than_days, at_least, capitals(branch))
    if preferred(request, JSON, CSV) == CSV:
        return as_csv("collections", _COLUMNS, _rows(fines.read_collections(filters)))
    after = page.after(tuple[UUID])
    found = await fines.list_collections(filters, limit=page.limit + 1, after=after[0] if after else None)
    return page.listing(found, lambda last: (last.member_id,))


async def _rows(found: AsyncIterator[CollectableView]) -> AsyncIterator[list[str]]:
    async for one in found:
        fee = "" if one.fee is None else str(one.fee.amount)
        charged_at = f"{one.oldest_charged_at:%Y-%m-%dT%H:%M:%SZ}"
        yield [str(one.member_id), str(one.owed.amount), one.owed.currency, str(one.fines), charged_at, fee]


@router.post(
    "",
    operation_id="send_to_collection",
    summary="Send the debts of members to a collection agency",
    description=f"{getdoc(SendToCollection)}\n- Each member is an act of its own, done or refused independently of the "
    "others: `status` is what a request for this member alone would have been answered with.",
    responses=refused_by(SendToCollection),
)
async def send(
    body: CollectionsRequest, *, actor: Acting, fines: Fines, once: Once, request: Request
) -> CollectionsResponse:
    reason = body.reason or ""
    lines = [
        Line(
            number,
            Collect(member_id, reason, by=actor.name, by_member=actor.person_id),
            f"{member_id} {reason}".encode(),
        )
        for number, member_id in enumerate(body.member_ids)
    ]
    done = await each(lines, fines.send_to_collection, CollectionView, once=once, request=request)
    return CollectionsResponse(
        results=[
            CollectionLine(line=number, status=outcome.status(), collection=outcome.answer, problem=outcome.problem)
            for number, outcome in enumerate(done)
        ]
    )
