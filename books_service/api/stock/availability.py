"""The route by which lending compares what is shown of copies with what it knows."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from books_service.api.dependencies import Stock
from books_service.application.stock.views import ReportedAvailability
from shared.web.json.strict_json import PlainDigits, ResponseModel, StrictRoute

router = APIRouter(prefix="/v1/copies/availability", route_class=StrictRoute, tags=["copies"])


class ReportedAvailabilities(ResponseModel):
    """Copies in the order of their ids."""

    items: list[ReportedAvailability]


@router.get(
    "",
    operation_id="list_availability",
    summary="List what lending last said of copies",
)
async def show(
    stock: Stock,
    *,
    copy_id: Annotated[list[UUID] | None, Query(max_length=100, description="These copies, and no others.")] = None,
    after: Annotated[UUID | None, Query(description="Copies behind this one; without `copy_id`.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Most copies wanted; without `copy_id`."), PlainDigits] = 100,
) -> ReportedAvailabilities:
    """Name copies, or ask for all that do not simply stand at home, in the order of their ids, page by page.

    This is lending's own word, whatever the status of the copy. A copy that is named and not in the answer was never
    spoken of, and counts as available at home.
    """
    if copy_id:
        found = await stock.circulation.reported_of(copy_id)
    else:
        found = await stock.circulation.away(after=after, limit=limit)
    return ReportedAvailabilities(items=found)
