"""A copy as circulation knows it, and where it stands for everybody to see."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CirculatingCopy:
    """The copy as books described it last: enough to take it back when no other service answers."""

    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    home_branch: str
    item_type: str


def same_branch(one: str | None, other: str | None) -> bool:
    """Tell whether two codes mean the same branch: books tells them apart whatever their case."""
    return one is not None and other is not None and one.upper() == other.upper()


class Availability(StrEnum):
    """Where a copy stands in circulation, as everybody may know it."""

    AVAILABLE = "available"
    ON_LOAN = "on_loan"
    ON_HOLD_SHELF = "on_hold_shelf"
    IN_TRANSIT = "in_transit"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    """The whole present state of one copy in circulation."""

    copy_id: UUID
    book_id: UUID
    availability: Availability
    due_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CopyState:
    """Where a copy stands, and until when it is out. `book_id` is None where whoever says it does not know."""

    copy_id: UUID
    availability: str
    due_at: datetime | None = None
    book_id: UUID | None = field(default=None, compare=False)

    @classmethod
    def at_home(cls, copy_id: UUID) -> "CopyState":
        """Return what holds for a copy of which nothing else is said."""
        return cls(copy_id, Availability.AVAILABLE)


class NextStop(StrEnum):
    """Where a copy goes after a scan."""

    SHELF = "shelf"
    HOLD_SHELF = "hold_shelf"
    TRANSIT = "transit"
