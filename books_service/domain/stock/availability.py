"""Where a copy can be had: what circulation last said of it, seen through the status that the library gives it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.stands import AT_HOME, ReportedStands


class Availability(StrEnum):
    """What somebody who wants the copy finds. `requested` stands on the shelf, but is to be pulled for a hold."""

    AVAILABLE = "available"
    REQUESTED = "requested"
    ON_LOAN = "on_loan"
    ON_HOLD_SHELF = "on_hold_shelf"
    IN_TRANSIT = "in_transit"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class CopyAvailability:
    """A copy's availability, until when it is out, and to which branch it is on its way.

    `stands` and `scanned_at` are as circulation reports them: where it is, and when it was last scanned.
    """

    availability: Availability
    due_at: datetime | None = None
    transit_to: str | None = None
    stands: ReportedStands = AT_HOME
    scanned_at: datetime | None = None

    @classmethod
    def of(cls, status: CopyStatus, circulation: Self | None) -> Self:
        """Combine the library's status with circulation's report (None: the copy was never out).

        A copy that is not lent is unavailable, wherever it stands, unless a borrower still has it.
        """
        reported = circulation or cls(Availability.AVAILABLE)
        if reported.availability is Availability.ON_LOAN:
            return replace(reported, transit_to=None)
        if not status.lendable:
            return replace(reported, availability=Availability.UNAVAILABLE, due_at=None, transit_to=None)
        is_moving = reported.availability is Availability.IN_TRANSIT
        return replace(reported, due_at=None, transit_to=reported.transit_to if is_moving else None)


@dataclass(frozen=True, slots=True)
class Report:
    """What circulation reported of one copy, and the sequence number of the report."""

    copy_id: UUID
    availability: CopyAvailability
    sequence: int
