"""A copy as circulation knows it, and where it stands for everybody to see."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CirculatingCopy:
    """The copy as books described it last: enough to take it back when no other service answers.

    `shelf_mark` is where it stands on its shelf; None where books told none, or nobody asked. Books says by which
    `shelf_mark_key` it is filed.
    """

    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    home_branch: str
    item_type: str
    shelf_mark: str | None = field(default=None, compare=False)
    shelf_mark_key: str = field(default="", compare=False)

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


class StandsWhy(StrEnum):
    """Why a copy is where it is. Temporary: staff put it there for a while."""

    HOME = "home"
    FLOATED = "floated"
    TEMPORARY = "temporary"
    IN_TRANSIT = "in_transit"
    ON_LOAN = "on_loan"
    HOLD_SHELF = "hold_shelf"


@dataclass(frozen=True, slots=True)
class Stands:
    """In which branch a copy is, why, and since when, as far as that is known.

    One that travels stands in the branch that it left, until it arrives; one on loan, in the branch that lent it.
    """

    branch: str | None
    why: StandsWhy
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    """The whole present state of one copy in circulation.

    `transit_to` is where it travels; `scanned_at` is when somebody had it in hand, if that is what happened.
    """

    copy_id: UUID
    book_id: UUID
    availability: Availability
    due_at: datetime | None
    at: datetime
    stands: Stands
    transit_to: str | None = None
    scanned_at: datetime | None = None


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


TURNS_UP = frozenset({CopyStatus.MISSING, CopyStatus.LOST})
"""A copy of such a status is put back into service by books when somebody has it in hand."""

ENDS_WAITING = frozenset({CopyStatus.WITHDRAWN, CopyStatus.REFERENCE_ONLY})
"""Whoever waits for a copy of such a status waits in vain."""
TAKES_NO_HOLDS = ENDS_WAITING | {CopyStatus.LOST}
"""For a copy of such a status nobody begins to wait. A lost one may turn up: who waits already keeps their place."""


@dataclass(frozen=True, slots=True)
class CopyState:
    """How a copy stands, and until when it is out. `book_id` is None where whoever says it does not know."""

    copy_id: UUID
    availability: str
    due_at: datetime | None = None
    book_id: UUID | None = field(default=None, compare=False)
    transit_to: str | None = None
    stands: Stands | None = None

    @classmethod
    def at_home(cls, copy_id: UUID) -> "CopyState":
        """Return what holds for a copy of which nothing else is said."""
        return cls(copy_id, Availability.AVAILABLE, stands=Stands(None, StandsWhy.HOME))

    def agrees_with(self, other: "CopyState") -> bool:
        """Tell whether both say the same, however they write the codes of branches.

        Where a copy is at home the catalogue alone decides, and the branch that lent one tells nobody where it is now.
        """
        return _compared(self) == _compared(other)


def _compared(state: CopyState) -> tuple[object, ...]:
    branch, why = (None, None) if state.stands is None else (state.stands.branch, state.stands.why)
    if why in (StandsWhy.HOME, StandsWhy.ON_LOAN):
        branch = None
    codes = (None if code is None else code.upper() for code in (branch, state.transit_to))
    return state.availability, state.due_at, why, *codes


class NextStop(StrEnum):
    """Where a copy goes after a scan."""

    SHELF = "shelf"
    HOLD_SHELF = "hold_shelf"
    TRANSIT = "transit"


@dataclass(frozen=True, slots=True)
class CopyKey:
    """How somebody at the desk names a copy: exactly one of the two."""

    copy_id: UUID | None = None
    barcode: str | None = None
