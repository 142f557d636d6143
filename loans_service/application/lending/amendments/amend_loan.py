"""What staff note on a loan: another due date, a copy that is lost, claimed to be returned, or found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.application.lending.amendments.charge_borrower import charge_loss, refund_loss
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.return_copy import Scan, take_in
from loans_service.application.lending.views import LoanView
from loans_service.application.neighbours import Catalogue
from loans_service.domain.circulating_copy import CopyKey, CopyStatus
from loans_service.domain.fines.fine import OtherCurrency
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.lendable_copy import CopyNotFound
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_refusals import (
    ClaimedReturned,
    LoanLost,
    LoanNotFound,
    LoanNotOpen,
    NothingToFind,
)
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.money import Money
from loans_service.domain.rights import CHANGE_LOANS
from loans_service.domain.rules.due_date import InvalidDueDate, requested_due_date
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, OutOfDate, refuse_if_stale, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Amendment:
    """Which loan, why, and by whom; `by_member` is the member id of that person.

    `version` is the one that the caller has read; None amends any version. `branch` is where it is done, if known.
    """

    loan_id: UUID
    why: str = ""
    by: str = SYSTEM
    by_member: UUID | None = None
    version: int | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDateChange(Amendment):
    """The new due date of a loan."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss(Amendment):
    """What the lost copy costs; None: ask books."""

    price: Money | None = None


@dataclass(frozen=True, slots=True)
class Discovery(Amendment):
    """Where a missed copy was found: with its borrower, or in `branch` of the library."""

    with_borrower: bool = False


async def amend(
    command: Amendment,
    change: Callable[[Loan, datetime, UnitOfWork], Awaitable[None]],
    *,
    work: UnitOfWork,
    queries: LoanQueries,
    clock: Clock,
) -> LoanView:
    """Change a loan in its own transaction, under the lock of its book."""
    view = await queries.loan(command.loan_id)
    if view is None:
        raise LoanNotFound
    async with work as uow:
        uow.branch = command.branch
        await uow.lock(book_id=view.book_id)
        loan = await uow.loans.get(command.loan_id)
        if loan is None:
            raise LoanNotFound
        authorise(CHANGE_LOANS, loan.branch)
        refuse_if_stale(command.version, loan.version, thing="loan")
        now = clock.now()
        await change(loan, now, uow)
        view = LoanView.of(loan, now=now)
        await uow.commit(answer=view)
    return view


async def price_today(loan_id: UUID, queries: LoanQueries, catalogue: Catalogue) -> Money | None:
    """Ask books what the copy of a loan costs now; None if it does not know, or does not answer."""
    view = await queries.loan(loan_id)
    if view is None:
        return None
    try:
        return (await catalogue.lendable_copy(CopyKey(copy_id=view.copy_id))).price
    except (CopyNotFound, NeighbourUnavailable):
        return None


async def lose(
    loan: Loan,
    *,
    why: str,
    uow: UnitOfWork,
    now: datetime,
    price: Money | None = None,
    bill_at: datetime | None = None,
) -> None:
    """Declare the copy of a loan lost and charge for it, at once or at `bill_at`. Raises LoanNotOpen.

    Repeating it changes nothing, but that what was to be charged later is charged at once.
    """
    was_lost = loan.lost_at is not None
    loan.declare_lost(why=why, now=now, bill_at=bill_at)
    if not was_lost:
        await uow.copies.note_status(loan.copy, CopyStatus.LOST)
    if bill_at is None and (loan.bill() or not was_lost):
        await charge_loss(loan, uow=uow, now=now, price=price, why=why)


@refuses(LoanNotFound, LoanNotOpen, LoanLost, ClaimedReturned, InvalidDueDate, FourEyes, OutOfDate)
@dataclass(frozen=True, slots=True)
class ChangeDueDate:
    """Set another due date: after this moment, within 366 days, and only while the borrower has the copy.

    Nobody of the staff does so for a loan of their own.
    """

    unit_of_work: LoansWorkFactory
    queries: LoanQueries
    clock: Clock

    async def __call__(self, command: DueDateChange, receipt: Receipt | None = None) -> LoanView:
        async def change(loan: Loan, now: datetime, _: UnitOfWork) -> None:
            expect_four_eyes(loan.member_id, by_member=command.by_member)
            loan.change_due_date(requested_due_date(command.due_at, now=now).due_at, why=command.why, now=now)

        work = self.unit_of_work(receipt, by=command.by)
        return await amend(command, change, work=work, queries=self.queries, clock=self.clock)


@refuses(LoanNotFound, LoanNotOpen, OtherCurrency, FourEyes, OutOfDate)
@dataclass(frozen=True, slots=True)
class DeclareLost:
    """Declare the copy of a loan lost.

    - Its price is charged, and the work that it makes. Nobody else can have the copy.
    - The price is that of today: what `price` says, else what the catalogue has. While books does not answer, it is
      what books last told. A copy without one costs what the policy says.
    - How late it is counts until this moment.
    - The loan stays open and counts, but is never overdue; it closes as `lost_and_paid` when all of that is paid or
      forgiven. The price comes back if the copy does in time.
    - Declaring it once more changes nothing, but that what counts as lost by its age and is not charged yet is charged
      now. A copy that was claimed returned may be declared lost.

    Nobody of the staff does so for a loan of their own.
    """

    unit_of_work: LoansWorkFactory
    queries: LoanQueries
    catalogue: Catalogue
    clock: Clock
    currency: str

    async def __call__(self, command: Loss, receipt: Receipt | None = None) -> LoanView:
        if command.price is not None and command.price.currency != self.currency:
            raise OtherCurrency(owed=Money(0, self.currency))
        price = command.price or await price_today(command.loan_id, self.queries, self.catalogue)

        async def give_up(loan: Loan, now: datetime, uow: UnitOfWork) -> None:
            expect_four_eyes(loan.member_id, by_member=command.by_member)
            await lose(loan, why=command.why, uow=uow, now=now, price=price)

        work = self.unit_of_work(receipt, by=command.by)
        return await amend(command, give_up, work=work, queries=self.queries, clock=self.clock)


@refuses(LoanNotFound, LoanNotOpen, LoanLost, FourEyes, OutOfDate)
@dataclass(frozen=True, slots=True)
class ClaimReturned:
    """Note that the borrower says the copy was brought back, though nobody has seen it.

    - The loan stays open, but counts against no limit, and cannot be renewed.
    - Claiming once more changes nothing. A lost copy cannot be claimed returned.
    - `POST /v1/loans/{loan_id}/resolve` ends it. Nobody of the staff notes a claim of their own.
    """

    unit_of_work: LoansWorkFactory
    queries: LoanQueries
    clock: Clock

    async def __call__(self, command: Amendment, receipt: Receipt | None = None) -> LoanView:
        async def claim(loan: Loan, now: datetime, _: UnitOfWork) -> None:
            expect_four_eyes(loan.member_id, by_member=command.by_member)
            loan.claim_returned(why=command.why, now=now)

        work = self.unit_of_work(receipt, by=command.by)
        return await amend(command, claim, work=work, queries=self.queries, clock=self.clock)


@refuses(LoanNotFound, LoanNotOpen, NothingToFind, FourEyes, OutOfDate)
@dataclass(frozen=True, slots=True)
class FindCopy:
    """Note that a copy that is lost or claimed returned was found.

    - In the library: the loan is closed as if the copy had been scanned in `branch`, and goes on from there. So may
      a copy be found whose loan was settled meanwhile.
    - With the borrower: the loan goes on as if nothing had been said.
    - A copy that nobody misses cannot be found.

    Nobody of the staff finds a copy of their own.
    """

    unit_of_work: LoansWorkFactory
    queries: LoanQueries
    clock: Clock

    async def __call__(self, command: Discovery, receipt: Receipt | None = None) -> LoanView:
        def expect_missed_of_another(loan: Loan) -> None:
            expect_four_eyes(loan.member_id, by_member=command.by_member)
            expect_missed(loan)

        async def find(loan: Loan, now: datetime, uow: UnitOfWork) -> None:
            expect_four_eyes(loan.member_id, by_member=command.by_member)
            lost_at = loan.lost_at
            loan.find_with_borrower(why=command.why, now=now)
            if lost_at is not None:
                await uow.copies.note_status(loan.copy, CopyStatus.IN_SERVICE)
                await refund_loss(loan, lost_at=lost_at, found_at=now, uow=uow, now=now)

        work = self.unit_of_work(receipt, by=command.by)
        if command.with_borrower:
            return await amend(command, find, work=work, queries=self.queries, clock=self.clock)
        return await find_in_library(command, expect_missed_of_another, work=work, queries=self.queries)


def expect_missed(loan: Loan) -> None:
    """Raise NothingToFind unless the copy of the loan is missed."""
    if loan.status is LoanStatus.OPEN:
        raise NothingToFind


async def find_in_library(
    command: Amendment,
    may_be_found: Callable[[Loan], None],
    *,
    work: UnitOfWork,
    queries: LoanQueries,
) -> LoanView:
    """Take back the missed copy of a loan as if it had been scanned in its branch, and return the loan.

    Raises LoanNotFound, LoanNotOpen, OutOfDate and what `may_be_found` raises.
    """

    def expect(loan: Loan | None) -> None:
        if loan is None or loan.id != command.loan_id:
            raise LoanNotOpen
        authorise(CHANGE_LOANS, loan.branch)
        refuse_if_stale(command.version, loan.version, thing="loan")
        may_be_found(loan)

    view = await queries.loan(command.loan_id)
    if view is None:
        raise LoanNotFound
    scan = Scan(CopyKey(copy_id=view.copy_id), branch=command.branch, why=command.why, by_member=command.by_member)
    async with work as uow:
        copy = await uow.copies.find_and_lock(scan.copy)
        done = None if copy is None else await take_in(scan, copy, lambda done: done.loan, uow, expect=expect)
    if done is None or done.loan is None:
        raise LoanNotOpen
    return done.loan
