"""A copy as circulation knows it, and where it publicly stands."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CirculatingCopy:
    """The copy as books described it last: enough to take it back when no other service answers.

    `shelf_mark` is where it stands on its shelf, None if it has none or books was not asked for it. It is filed by its
    `shelf_mark_key`. `location` is the shelf, room or collection where it belongs, if that is known. `volume_key` tells
    which volume it is: what books gives for all spellings of one; None if it has none, or that is not known.
    """

    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    home_branch: str
    item_type: str
    shelf_mark: str | None = field(default=None, compare=False)
    shelf_mark_key: str = field(default="", compare=False)
    volume_key: str | None = field(default=None, compare=False, kw_only=True)
    location: str | None = field(default=None, compare=False, kw_only=True)

    @property
    def barcode_key(self) -> str:
        """The key under which the copy is found, however its barcode is written."""
        return barcode_key(self.barcode)


def barcode_key(text: str) -> str:
    """Return the key that all spellings of a barcode share; books distinguishes barcodes by the same key."""
    return text.replace(" ", "").upper()


def same_branch(one: str | None, other: str | None) -> bool:
    """Return whether two codes mean the same branch. Case does not count, as in books."""
    return one is not None and other is not None and one.upper() == other.upper()


class Availability(StrEnum):
    """Where a copy stands in circulation, as it is published. Requested: on its shelf, but to be pulled."""

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
    """The branch that a copy is in, why it is there, and since when if that is known.

    A copy in transit stands in the branch that it left until it arrives; one on loan, in the branch that lent it.
    """

    branch: str | None
    why: StandsWhy
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    """The whole present state of one copy in circulation.

    `transit_to` is the branch it travels to; `scanned_at` is set if the event is a scan.
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
    """A desk did not find a copy that was to be pulled for a hold, or that its borrower claims to have returned."""

    copy: CirculatingCopy
    branch: str
    hold_id: UUID | None
    at: datetime


class CopyStatus(StrEnum):
    """The statuses of copies on which circulation acts. Books has others."""

    IN_SERVICE = "in_service"
    MISSING = "missing"
    WITHDRAWN = "withdrawn"
    LOST = "lost"
    REFERENCE_ONLY = "reference_only"


TURNS_UP = frozenset({CopyStatus.MISSING, CopyStatus.LOST})
"""Books puts a copy with such a status back into service when it is scanned."""

ENDS_WAITING = frozenset({CopyStatus.WITHDRAWN, CopyStatus.REFERENCE_ONLY})
"""A hold for a copy with such a status can never be filled."""
TAKES_NO_HOLDS = ENDS_WAITING | {CopyStatus.LOST}
"""A copy with such a status takes no new holds. A lost one may turn up, so existing holds for it keep their place."""


@dataclass(frozen=True, slots=True)
class CopyState:
    """Where a copy stands, and when it is due if it is on loan. `book_id` is None if the source does not know it."""

    copy_id: UUID
    availability: str
    due_at: datetime | None = None
    book_id: UUID | None = field(default=None, compare=False)
    transit_to: str | None = None
    stands: Stands | None = None

    @classmethod
    def at_home(cls, copy_id: UUID) -> "CopyState":
        """Return the state of a copy that has no record: available at home."""
        return cls(copy_id, Availability.AVAILABLE, stands=Stands(None, StandsWhy.HOME))

    def agrees_with(self, other: "CopyState") -> bool:
        """Return whether both states are the same, whatever the case of branch codes.

        Branches are not compared for a copy at home, which the catalogue alone decides, nor for one on loan.
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
