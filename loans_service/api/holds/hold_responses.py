"""The forms of holds that several routes share."""

from typing import Literal
from uuid import UUID

from loans_service.application.holds.hold_views import HoldView
from loans_service.domain.holds.hold import HoldStatus
from shared.web.cursors import Listing

HoldStatusFilter = HoldStatus | Literal["active"]
"""The status by which a list is filtered, or `active` for all active ones."""


class QueueResponse(Listing[HoldView]):
    """A page of those who wait for a book, the next one first, and how many wait in all."""

    book_id: UUID
    waiting: int
