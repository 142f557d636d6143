"""What circulation needs from outside."""

from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from loans_service.application.borrower_views import Accounts
from loans_service.application.consistency_views import Circulation, CopyState, ShownCopies
from loans_service.application.fine_views import FineViews
from loans_service.application.hold_views import HoldViews
from loans_service.application.views import CalendarView, Endings, LoanViews, PastLoans, PolicyTableView, RuleViews
from loans_service.domain.borrower import OpenLoan, Standing
from loans_service.domain.calendar import Calendar
from loans_service.domain.calendar_document import HolidaysOf
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.farewell import BorrowerCleared, Ties
from loans_service.domain.fine import Fine
from loans_service.domain.hold import Hold
from loans_service.domain.hold_queue import Claim, HoldQueue
from loans_service.domain.lendable_copy import LendableBook, LendableCopy
from loans_service.domain.loan import Loan
from loans_service.domain.money import Money
from loans_service.domain.policy import Policy
from loans_service.domain.whereabouts import Whereabouts
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


class Catalogue(ShownCopies, Protocol):
    """Books, asked what may be lent, and what it shows."""

    async def lendable_copy(self, key: CopyKey) -> LendableCopy:
        """May this copy be lent? Raises CopyNotFound, or NeighbourUnavailable when nobody answers."""
        ...

    async def lendable_book(self, book_id: UUID) -> LendableBook:
        """How many copies of this book may be lent? Raises BookNotFound, or NeighbourUnavailable."""
        ...

    async def branch(self, code: str) -> str:
        """Which branch has this code, in capitals or small letters? Returns the code as the library writes it.

        Raises UnknownBranch, or NeighbourUnavailable.
        """
        ...


class MemberDirectory(Protocol):
    """Members, asked one question."""

    async def standing(self, key: MemberKey) -> Standing:
        """May this member borrow? Raises MemberNotFound, or NeighbourUnavailable when nobody answers."""
        ...


class Loans(Protocol):
    """The loans on record."""

    def add(self, loan: Loan) -> None: ...

    async def get(self, loan_id: UUID) -> Loan | None:
        """Return a loan as it is now."""
        ...

    async def open_copies_of(self, member_id: UUID) -> tuple[tuple[UUID, UUID], ...]:
        """Return book and copy of each open loan of a member."""
        ...

    async def open_of(self, copy_id: UUID) -> Loan | None:
        """Return the open loan of a copy as it is now, if it is out."""
        ...


class Holds(Protocol):
    """The holds on record. Lock others out before reading what a rule looks at."""

    def add(self, hold: Hold) -> None: ...

    async def get(self, hold_id: UUID) -> Hold | None: ...

    async def queue_of(self, book_id: UUID) -> HoldQueue:
        """Return all who wait for a book."""
        ...

    async def for_copy(self, copy_id: UUID, *, book_id: UUID) -> tuple[Hold | None, HoldQueue]:
        """Return the hold that this copy is set aside for, and those who wait and whom it would do."""
        ...

    async def active_of(self, member_id: UUID) -> list[Hold]:
        """Return the holds of a member that have not ended."""
        ...


class Fines(Protocol):
    """The fines on record."""

    def add(self, fine: Fine) -> None: ...

    async def get(self, fine_id: UUID) -> Fine | None:
        """Return a fine as it is now; nobody else posts to it until this transaction ends."""
        ...

    async def of_loan(self, loan_id: UUID) -> list[Fine]:
        """Return what was charged for a loan, likewise."""
        ...


class Copies(Protocol):
    """The copies that circulation has seen."""

    async def find(self, key: CopyKey) -> CirculatingCopy | None:
        """Return what is known of a copy from a loan or a hold; None if it was never lent nor set aside."""
        ...

    async def whereabouts_of(self, copy: CirculatingCopy) -> Whereabouts:
        """Return where a copy is that is not on loan; what happens to it then is kept."""
        ...

    async def go_out(self, copy_id: UUID) -> None:
        """Note that a copy leaves the hold shelf, or its way, with a borrower; the loan tells of it."""
        ...

    async def tell_again(self, copy_id: UUID, *, book_id: UUID, now: datetime) -> CopyState:
        """Tell everybody how a copy stands, as if it had come to stand so now. Lock others out before."""
        ...


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


class Farewells(Protocol):
    """The borrowers who leave."""

    async def note(self, member_id: UUID, *, leaving_id: UUID | None, sequence: int) -> None:
        """Remember a wish to leave, or None for somebody who stays, unless later news is known already."""
        ...

    async def keep_history(self, member_id: UUID, *, keep: bool) -> None:
        """Note whether a borrower wants the history of loans to be kept."""
        ...

    async def waiting(self, *, most: int) -> list[UUID]:
        """Return some of those who leave and are not let go yet."""
        ...

    async def lock(self, member_id: UUID) -> UUID | None:
        """Return the wish of somebody who waits to be let go, keeping desks from serving them; None for others."""
        ...

    async def ties(self, member_id: UUID) -> Ties: ...

    async def let_go(self, cleared: BorrowerCleared) -> None:
        """Forget who borrowed what, and tell that it is done."""
        ...


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` undoes everything."""

    @property
    def loans(self) -> Loans: ...

    @property
    def rulebook(self) -> Rulebook: ...

    @property
    def holds(self) -> Holds: ...

    @property
    def copies(self) -> Copies: ...

    @property
    def farewells(self) -> Farewells: ...

    @property
    def fines(self) -> Fines: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        """Note an incoming message in this transaction; False when this listener has done its work before."""
        ...

    async def lock_out_others(self, *, book_id: UUID, member_id: UUID | None = None) -> bool:
        """Wait until nobody else works with this borrower, the copies of this book or its queue; keep others out.

        Tells whether the borrower is known to be leaving. The rules, too, stay as they are until then.
        Read what a rule looks at only afterwards: what was read before may be old.
        """
        ...

    async def commit(self, *, answer: object | None = None) -> None:
        """Keep the changes, their events and the receipt of `answer`.

        Raises CopyOnLoan when another desk was faster.
        """
        ...


class OpensWork(Protocol):
    """Opens transactions. `by` says who acts, for the history of a loan: an account, `borrower` or `system`."""

    def __call__(self, receipt: Receipt | None = None, *, by: str = "system") -> UnitOfWork: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases are given; chosen in main.py."""

    unit_of_work: OpensWork
    views: LoanViews
    rules: RuleViews
    past: PastLoans
    endings: Endings
    holds: HoldViews
    fines: FineViews
    accounts: Accounts
    circulation: Circulation
    catalogue: Catalogue
    members: MemberDirectory
    clock: Clock
    zone: ZoneInfo
    currency: str
    holidays_of: HolidaysOf
