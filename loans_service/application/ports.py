"""What circulation needs from outside: transactions, and everything else that its use cases are given."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, Self
from uuid import UUID

from loans_service.application.consistency.consistency_views import Circulation, ShownCopies
from loans_service.application.fines.fine_views import FineViews
from loans_service.application.fines.ports import Fines
from loans_service.application.holds.hold_views import HoldViews
from loans_service.application.holds.ports import Copies, Corrections, Holds, RetargetRequests
from loans_service.application.lending.borrower_views import Accounts
from loans_service.application.lending.facts import DeskFacts
from loans_service.application.lending.ports import Loans
from loans_service.application.lending.renewals.renewal_views import RenewalViews
from loans_service.application.lending.views import DueItems, LoanViews
from loans_service.application.moving_in.ports import FormerRecords, Titles
from loans_service.application.neighbours import Catalogue, Guardians, MemberDirectory, Stock
from loans_service.application.privacy.ports import ErasureRequests
from loans_service.application.rules.circulation_rules import Rulebook
from loans_service.application.rules.known_branches import Branches, Categories
from loans_service.application.rules.rule_views import PastLoans, RuleViews
from loans_service.domain.circulating_copy import CopyNotOnShelf
from loans_service.domain.rules.calendar_document import HolidaysOf
from shared.kernel.clock import Clock
from shared.kernel.imports import ImportNotes
from shared.kernel.receipts import Receipt


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` undoes everything."""

    @property
    def loans(self) -> Loans: ...

    @property
    def rulebook(self) -> Rulebook: ...

    @property
    def facts(self) -> DeskFacts: ...

    @property
    def holds(self) -> Holds: ...

    @property
    def copies(self) -> Copies: ...

    @property
    def corrections(self) -> Corrections: ...

    @property
    def targets(self) -> RetargetRequests: ...

    @property
    def erasure_requests(self) -> ErasureRequests: ...

    @property
    def fines(self) -> Fines: ...

    @property
    def former(self) -> FormerRecords: ...

    @property
    def imports(self) -> ImportNotes: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        """Note an incoming message in this transaction; False when this listener has done its work before."""
        ...

    async def lock(self, *, book_id: UUID, member_id: UUID | None = None) -> bool:
        """Wait until nobody else works with this borrower, the copies of this book or its queue; keep others out.

        Tells whether the borrower is known to be leaving. The rules, too, stay as they are until then.
        Read what a rule looks at only afterwards: what was read before may be old.
        """
        ...

    async def lock_books(self, book_ids: Collection[UUID]) -> None:
        """Wait for several books likewise, in the one order in which everybody takes them."""
        ...

    def tell(self, event: CopyNotOnShelf) -> None:
        """Tell of something that changes nothing on record."""
        ...

    async def commit(self, *, answer: object | None = None, imported: bool = False) -> None:
        """Keep the changes, their events and the receipt of `answer`; `imported` marks the events.

        Raises CopyOnLoan when another desk was faster.
        """
        ...


SYSTEM = "system"
"""Who acts where nobody asked for it."""


class OpensWork(Protocol):
    """Opens transactions. `by` says who acts, for the history of a loan: an account, `borrower` or `system`."""

    def __call__(self, receipt: Receipt | None = None, *, by: str = SYSTEM) -> UnitOfWork: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases are given; chosen in main.py."""

    unit_of_work: OpensWork
    views: LoanViews
    rules: RuleViews
    past: PastLoans
    due_items: DueItems
    holds: HoldViews
    fines: FineViews
    accounts: Accounts
    renewals: RenewalViews
    circulation: Circulation
    catalogue: Catalogue
    stock: Stock
    shown: ShownCopies
    branches: Branches
    members: MemberDirectory
    guardians: Guardians
    titles: Titles
    categories: Categories
    clock: Clock
    currency: str
    holidays_of: HolidaysOf
