"""What circulation needs from outside."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from loans_service.application.views import CalendarView, LoanViews, PolicyTableView, RuleViews
from loans_service.domain.borrower import OpenLoan, Standing
from loans_service.domain.calendar import Calendar
from loans_service.domain.calendar_document import HolidaysOf
from loans_service.domain.lendable_copy import LendableCopy
from loans_service.domain.loan import Loan
from loans_service.domain.policy import Policy
from loans_service.domain.simulation import PastLoan
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class CopyKey:
    """How somebody at the desk names a copy: exactly one of the two."""

    copy_id: UUID | None = None
    barcode: str | None = None


@dataclass(frozen=True, slots=True)
class MemberKey:
    """How somebody at the desk names a member: exactly one of the two."""

    member_id: UUID | None = None
    card_number: str | None = None


class Catalogue(Protocol):
    """Books, asked one question."""

    async def lendable_copy(self, key: CopyKey) -> LendableCopy:
        """May this copy be lent? Raises CopyNotFound, or NeighbourUnavailable when nobody answers."""
        ...


class MemberDirectory(Protocol):
    """Members, asked one question."""

    async def standing(self, key: MemberKey) -> Standing:
        """May this member borrow? Raises MemberNotFound, or NeighbourUnavailable when nobody answers."""
        ...


class Loans(Protocol):
    """The loans on record."""

    def add(self, loan: Loan) -> None: ...

    async def open_loans(self, *, copy_id: UUID, member_id: UUID | None = None) -> tuple[OpenLoan, ...]:
        """Return the open loan of this copy, if any, and all of this member."""
        ...

    async def latest_of(self, key: CopyKey) -> Loan | None:
        """Return the open loan of a copy, else its newest, as it is now and locked; None if never lent."""
        ...


class PastLoans(Protocol):
    """All loans that were ever made, for those who ask about many."""

    def batches(self, *, since: datetime, until: datetime, most: int) -> AsyncIterator[list[PastLoan]]:
        """Yield up to `most` loans that were made between two moments, newest first, some hundred at a time."""
        ...


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What counts at one branch: the policy in force and the branch's calendar."""

    policy: Policy
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a check-out is decided by, as it stands: the rules, and what copy and member have already."""

    rules: HouseRules
    open_loans: tuple[OpenLoan, ...]


class Rulebook(Protocol):
    """The policies and calendars on record, for one transaction."""

    async def in_force(self, *, branch: str) -> HouseRules:
        """Return what counts at this branch now. A branch without a calendar is always open, in the library's zone."""
        ...

    async def circumstances(self, *, branch: str, copy_id: UUID, member_id: UUID) -> Circumstances:
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


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` undoes everything."""

    @property
    def loans(self) -> Loans: ...

    @property
    def rulebook(self) -> Rulebook: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def lock_out_others(self, *, copy_id: UUID, member_id: UUID | None = None) -> None:
        """Wait until no other transaction works with this borrower or copy; keep others out until this one ends.

        The rules, too, stay as they are until then.
        Read what a rule looks at only afterwards: what was read before may be old.
        """
        ...

    async def commit(self, *, answer: object | None = None) -> None:
        """Keep the changes, their events and the receipt of `answer`.

        Raises CopyOnLoan when another desk was faster.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases are given; chosen in main.py."""

    unit_of_work: Callable[[Receipt | None], UnitOfWork]
    views: LoanViews
    rules: RuleViews
    past: PastLoans
    catalogue: Catalogue
    members: MemberDirectory
    clock: Clock
    zone: ZoneInfo
    currency: str
    holidays_of: HolidaysOf
