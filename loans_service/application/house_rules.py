"""The rules that count at a branch, and what a check-out is decided by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.application.views import CalendarView, PolicyTableView
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.calendar import Calendar
from loans_service.domain.hold_queue import Claim
from loans_service.domain.money import Money
from loans_service.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What counts at one branch: the policy in force and the branch's calendar."""

    policy: Policy
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a check-out is decided by, as it stands: the rules, what copy and member have already, and who waits.

    `held` are the active holds that bear on it, in their order; `away`: the copy is on a hold shelf or on its way;
    `owed` is what the member owes.
    """

    rules: HouseRules
    open_loans: tuple[OpenLoan, ...]
    held: tuple[Claim, ...]
    away: bool
    owed: Money | None = None


class Rulebook(Protocol):
    """The policies and calendars on record, for one transaction."""

    async def in_force(self, *, branch: str) -> HouseRules:
        """Return what counts at this branch now. A branch without a calendar is always open, in the library's zone."""
        ...

    async def circumstances(
        self, *, branch: str, copy_id: UUID, book_id: UUID, member_id: UUID, now: datetime
    ) -> Circumstances:
        """Return all that a check-out is decided by, in one look. After `lock_out_others` it stays true."""
        ...

    async def policy(self, version: int) -> Policy:
        """Return the policy that a loan names. Raises PolicyNotFound."""
        ...

    async def lock_to_change(self) -> None:
        """Wait for all who act under the present rules; let nobody begin until this transaction ends."""
        ...

    async def newest_policy(self) -> PolicyTableView: ...

    async def calendar(self, branch: str) -> CalendarView | None: ...

    async def add_policy(self, table: PolicyTableView) -> None:
        """Keep a new version. Raises OutOfDate when there is one with this number."""
        ...

    async def keep_calendar(self, calendar: CalendarView) -> None:
        """Keep a calendar in place of the one before. Raises OutOfDate when a first one is not the first."""
        ...
