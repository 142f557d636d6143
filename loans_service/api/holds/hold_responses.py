"""The forms that a hold takes in more than one route."""

from typing import Literal
from uuid import UUID

from loans_service.application.holds.hold_views import HoldView
from loans_service.domain.holds.hold import HoldStatus
from shared.web.cursors import Listing

HoldStatusFilter = HoldStatus | Literal["active"]
"""What a list is narrowed down to: one status, or those in which somebody still waits for something."""


class QueueResponse(Listing[HoldView]):
    """A page of those who wait for a book, the next one first, and how many wait in all."""

    book_id: UUID
    waiting: int
