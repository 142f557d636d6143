"""A copy as circulation knows it, and where it stands for everybody to see."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CirculatingCopy:
    """The copy as books described it last: enough to take it back when no other service answers.

    `shelf_mark` is where it stands on its shelf; None where books told none, or nobody asked.
    """

    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    home_branch: str
    item_type: str
    shelf_mark: str | None = field(default=None, compare=False)

    @property
    def barcode_key(self) -> str:
        """By what the copy is found, however its barcode is written."""
        return barcode_key(self.barcode)


def barcode_key(text: str) -> str:
    """Return what is the same for every way to write one barcode: books tells them apart by this, too."""
    return text.replace(" ", "").upper()


def same_branch(one: str | None, other: str | None) -> bool:
    """Tell whether two codes mean the same branch: books tells them apart whatever their case."""
    return one is not None and other is not None and one.upper() == other.upper()


class Availability(StrEnum):
    """Where a copy stands in circulation, as everybody may know it. Requested: on its shelf, but to be pulled."""

    AVAILABLE = "available"
    REQUESTED = "requested"
    ON_LOAN = "on_loan"
    ON_HOLD_SHELF = "on_hold_shelf"
    IN_TRANSIT = "in_transit"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    """The whole present state of one copy in circulation.

    `transit_to` is where it travels; `seen_in` is the branch where somebody had it in hand in that moment, if anybody
    had.
    """

    copy_id: UUID
    book_id: UUID
    availability: Availability
    due_at: datetime | None
    at: datetime
    transit_to: str | None = None
    seen_in: str | None = None


@dataclass(frozen=True, slots=True)
class CopyNotOnShelf:
    """A desk did not find a copy: it was to be pulled for a hold, or its borrower says that it was returned."""

    copy: CirculatingCopy
    branch: str
    hold_id: UUID | None
    at: datetime


class CopyStatus(StrEnum):
    """What books says of a copy, as far as circulation concludes something from it. There are other words."""

    IN_SERVICE = "in_service"
    MISSING = "missing"
    WITHDRAWN = "withdrawn"
    LOST = "lost"
    REFERENCE_ONLY = "reference_only"


ENDS_WAITING = frozenset({CopyStatus.WITHDRAWN, CopyStatus.REFERENCE_ONLY})
"""Whoever waits for a copy of such a status waits in vain."""
TAKES_NO_HOLDS = ENDS_WAITING | {CopyStatus.LOST}
"""For a copy of such a status nobody begins to wait. A lost one may turn up: who waits already keeps their place."""


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
