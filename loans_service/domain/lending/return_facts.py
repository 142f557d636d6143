"""The facts that decide a return."""

from dataclasses import dataclass
from datetime import datetime

from loans_service.domain.circulating_copy import TURNS_UP, CirculatingCopy, CopyStatus
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.lending.loan import Loan


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """What is stored of a scanned copy: its open loan, its circulation record, and whether holds wait for its book.

    `status` is what books last reported, None if nothing, and `staff_note` what staff write of the copy there. `now` is
    taken once the lock is held: it is later than everything that was done to this copy while the return waited.
    """

    copy: CirculatingCopy
    now: datetime
    loan: Loan | None
    record: CirculationRecord
    has_waiting_holds: bool
    status: str | None
    staff_note: str | None = None

    @property
    def was_missed(self) -> bool:
        """Whether books counts it as missing or lost, and puts it back into service when it is scanned."""
        return self.status in TURNS_UP

    @property
    def may_be_lent(self) -> bool:
        """Whether it may fill a hold, as far as is known; a copy that turns up is no longer missing."""
        return self.was_missed or self.status in (None, CopyStatus.IN_SERVICE)

    @property
    def unusual_status(self) -> str | None:
        """The status from books, None if the copy is in service."""
        return None if self.status == CopyStatus.IN_SERVICE else self.status

    @property
    def notice(self) -> str | None:
        """A sentence about the status for the desk, if it needs one."""
        status = self.unusual_status
        if status is None:
            return None
        if self.was_missed:
            return f"This copy counted as {status}. It is being put back into service."
        words = status.replace("_", " ")
        return f"The catalogue says of this copy: {words}. Put it aside for whoever keeps the stock."
