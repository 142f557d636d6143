"""What a return is decided by."""

from dataclasses import dataclass
from datetime import datetime

from loans_service.domain.circulating_copy import TURNS_UP, CirculatingCopy, CopyStatus
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.lending.loan import Loan


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """What is on record of a copy that is scanned: its open loan, where it is, and whether anybody waits for its book.

    `status` is what books last told of it, if it did. The moment counts from when it is our turn: later than whatever
    was done to this copy while we waited.
    """

    copy: CirculatingCopy
    now: datetime
    loan: Loan | None
    record: CirculationRecord
    has_waiting_holds: bool
    status: str | None

    @property
    def was_missed(self) -> bool:
        """Whether books takes it for missing or lost, and puts it back into service when it is seen."""
        return self.status in TURNS_UP

    @property
    def may_be_lent(self) -> bool:
        """Whether it serves anybody, as far as is known. What is seen again is missed no more."""
        return self.was_missed or self.status in (None, CopyStatus.IN_SERVICE)

    @property
    def unusual_status(self) -> str | None:
        """What books says of it, unless it is simply in service."""
        return None if self.status == CopyStatus.IN_SERVICE else self.status

    @property
    def notice(self) -> str | None:
        """A word on that to the desk."""
        status = self.unusual_status
        if status is None:
            return None
        if self.was_missed:
            return f"This copy counted as {status}. It is being put back into service."
        words = status.replace("_", " ")
        return f"The catalogue says of this copy: {words}. Put it aside for whoever keeps the stock."
