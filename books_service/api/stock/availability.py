"""The route by which lending compares what is shown of copies with what it knows."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict

from books_service.api.dependencies import UseCases
from books_service.api.shapes import AvailabilityWord
from shared.web.json.strict_json import Moment, PlainDigits, ResponseModel, StrictRoute

router = APIRouter(prefix="/v1/copies/availability", route_class=StrictRoute, tags=["copies"])


class ReportedAvailabilityResponse(ResponseModel):
    """What lending last said of a copy. `book_id` is null for a copy that is not in the catalogue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "copy_id": "01a20f56-d617-79af-96e1-d09abc203819",
                    "book_id": "01a20f56-0b5a-72ae-b315-6757a5c0edd1",
                    "availability": "on_loan",
                    "due_at": "2026-03-22T23:59:59Z",
                }
            ]
        }
    )

    copy_id: UUID
    book_id: UUID | None
    availability: AvailabilityWord
    due_at: Moment | None


class ReportedAvailabilities(ResponseModel):
    """Copies in the order of their ids."""

    items: list[ReportedAvailabilityResponse]


@router.get("", operation_id="list_availability", summary="List what lending last said of copies")
async def show(
    ports: UseCases,
    *,
    copy_id: Annotated[list[UUID] | None, Query(max_length=100, description="These copies, and no others.")] = None,
    after: Annotated[UUID | None, Query(description="Copies behind this one; without `copy_id`.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Most copies wanted; without `copy_id`."), PlainDigits] = 100,
) -> ReportedAvailabilities:
    """Name copies, or ask for all that are anything but available, in the order of their ids, page by page.

    This is lending's own word, whatever the status of the copy. A copy that is named and not in the answer was never
    spoken of, and counts as available.
    """
    if copy_id:
        found = await ports.circulation.reported_of(copy_id)
    else:
        found = await ports.circulation.away(after=after, limit=limit)
    return ReportedAvailabilities(items=[ReportedAvailabilityResponse.of(reported) for reported in found])
