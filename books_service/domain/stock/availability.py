"""Where a copy can be had: what circulation last said of it, seen through the status that the library gives it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from books_service.domain.stock.copy_status import CopyStatus


class Availability(StrEnum):
    """What somebody who wants the copy finds."""

    AVAILABLE = "available"
    ON_LOAN = "on_loan"
    ON_HOLD_SHELF = "on_hold_shelf"
    IN_TRANSIT = "in_transit"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class CopyAvailability:
    """A copy's availability, and until when it is out."""

    availability: Availability
    due_at: datetime | None = None

    @classmethod
    def of(cls, status: CopyStatus, circulation: Self | None) -> Self:
        """Combine the library's word with circulation's (None: the copy was never out).

        A copy that is not lent is unavailable, wherever it stands, unless a borrower still has it.
        """
        reported = circulation or cls(Availability.AVAILABLE)
        if reported.availability is Availability.ON_LOAN:
            return reported
        return cls(reported.availability if status.lendable else Availability.UNAVAILABLE)
