"""What circulation said of copies, as it told it: for circulation itself, which compares it with what it knows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReportedAvailability:
    """What circulation last said of a copy. `book_id` is None for a copy that is not in the catalogue."""

    copy_id: UUID
    book_id: UUID | None
    availability: str
    due_at: datetime | None


class CirculationViews(Protocol):
    """Looks up what circulation last said, in the order of the copies' ids."""

    async def reported_of(self, copy_ids: Collection[UUID]) -> list[ReportedAvailability]:
        """Return what was said of these copies; nothing of those that were never spoken of."""
        ...

    async def away(self, *, after: UUID | None, limit: int) -> list[ReportedAvailability]:
        """Return up to `limit` copies behind `after` that are anything but available."""
        ...
