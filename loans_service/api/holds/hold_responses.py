"""The forms that a hold takes in more than one route."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from pydantic.config import JsonDict

from loans_service.application.holds.hold_views import HoldView
from loans_service.domain.holds.hold import HoldStatus
from shared.web.cursors import Listing

HoldStatusWanted = HoldStatus | Literal["active"]
"""What a list is narrowed down to: one status, or those in which somebody still waits for something."""

A_HOLD: JsonDict = {
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
    "version": 1,
}


class QueueResponse(Listing[HoldView]):
    """A page of those who wait for a book, the next one first, and how many wait in all."""

    book_id: Annotated[UUID, Field(examples=["01a20e28-0ed8-759a-b944-fc4ab3285b0d"])]
    waiting: Annotated[int, Field(examples=[1])]
