"""The forms that a hold takes in more than one route."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from loans_service.application.holds.hold_views import HoldView, QueueView, TargetView
from shared.web.cursors import Listing
from shared.web.json.strict_json import Moment, ResponseModel

HoldKindName = Literal["hold", "recall"]
HoldStatusName = Literal["waiting", "in_transit", "ready", "fulfilled", "cancelled", "expired"]

_A_HOLD: JsonDict = {
    "hold_id": "01a20e28-2b5c-7a10-9c3e-5d1f0a7b4c21",
    "book_id": "01a20e28-0ed8-759a-b944-fc4ab3285b0d",
    "title": "Pride and Prejudice",
    "copy_id": None,
    "barcode": None,
    "member_id": "01a20e28-0f3d-748b-97af-a3e33bce55d0",
    "pickup_branch": "MAIN",
    "placed_at": "2026-03-02T10:00:00Z",
    "expires_on": None,
    "not_before": None,
    "comment": None,
    "kind": "hold",
    "status": "waiting",
    "target": {
        "copy_id": "01a20e28-0edd-7560-b2c0-5199a4e5b02d",
        "barcode": "30000000000019",
        "branch": "MAIN",
        "since": "2026-03-02T10:00:00Z",
    },
    "suspended": False,
    "suspended_until": None,
    "position": 1,
    "pickup_until": None,
    "ended_at": None,
    "reason": None,
}


class HoldResponse(ResponseModel):
    """A hold. `copy_id` is the copy that is captured for it, else the one that alone is wanted.

    `target` is the copy that is to be pulled for it while it waits; null while none is free. `reason` is the code of
    why the library cancelled it: `no-lendable-copy`, or `already-held-by-member` where two books became one.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_A_HOLD]})

    hold_id: UUID
    book_id: UUID
    title: str
    copy_id: UUID | None
    barcode: str | None
    member_id: UUID
    pickup_branch: str | None
    placed_at: Moment
    expires_on: date | None
    not_before: date | None
    comment: str | None
    kind: HoldKindName
    status: HoldStatusName
    target: TargetView | None
    suspended: bool
    suspended_until: Moment | None
    position: int | None
    pickup_until: Moment | None
    ended_at: Moment | None
    reason: str | None


class QueueResponse(Listing[HoldResponse]):
    """A page of those who wait for a book, the next one first, and how many wait in all."""

    book_id: Annotated[UUID, Field(examples=["01a20e28-0ed8-759a-b944-fc4ab3285b0d"])]
    waiting: Annotated[int, Field(examples=[1])]


def tag_of_queue(queue: QueueView) -> str:
    """Return what an answer shows beside the order: how its holds stand. Each change of one adds to its version."""
    return f"{sum(hold.version for hold in queue.holds)}s"


def tag_of(hold: HoldView) -> str:
    """Return what an answer shows beside the hold itself: its place, and whether it lets others pass at present."""
    return ("" if hold.position is None else f"{hold.position}p") + ("s" if hold.suspended else "")
