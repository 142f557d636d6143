"""What a check-out is decided by, beside what books and members say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.application.rules.circulation_rules import CirculationRules
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.hold_queue import Claim, HoldQueue
from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar


@dataclass(frozen=True, slots=True)
class CapturedElsewhere:
    """Another copy, captured for the member: where it is, the calendar that counts there, and who waits for it."""

    record: CirculationRecord
    calendar: Calendar
    queue: HoldQueue


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a check-out is decided by, as it stands: the rules, what copy and member have already, and who waits.

    `held` are the active holds that bear on it, in their order, `own` those of the member among them. `away` is where
    the copy is, on a hold shelf or on its way; `other` the copy that is captured for the member instead of this one.
    `owed` is what the member owes.
    """

    rules: CirculationRules
    open_loans: tuple[OpenLoan, ...]
    held: tuple[Claim, ...]
    own: Mapping[UUID, Hold]
    away: CirculationRecord | None
    other: CapturedElsewhere | None
    owed: Money | None = None


class Desk(Protocol):
    """Where copies are lent. What it sees of holds and copies is kept when it changes."""

    async def circumstances(
        self, *, branch: str, timezone: str, copy_id: UUID, book_id: UUID, member_id: UUID, now: datetime
    ) -> Circumstances:
        """Return all that a check-out is decided by, in one look. After `lock` it stays true.

        `timezone` counts where the branch has no calendar.
        """
        ...
