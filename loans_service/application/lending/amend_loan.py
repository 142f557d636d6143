"""What staff note on a loan: another due date, a copy that is lost, claimed to be returned, or found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.application.lending.charge_borrower import charge_loss, take_loss_back
from loans_service.application.lending.return_copy import Scan, take_in
from loans_service.application.lending.show_loans import show_loan
from loans_service.application.lending.views import LoanView, LoanViews
from loans_service.application.neighbours import CopyKey
from loans_service.application.ports import UnitOfWork
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_refusals import LoanNotFound, LoanNotOpen
from loans_service.domain.rules.due_date import requested_due_date
from shared.kernel.clock import Clock

Amendment = Callable[[Loan, datetime, UnitOfWork], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class AmendLoan:
    """Which loan, and why."""

    loan_id: UUID
    why: str = ""


async def change_due_date(
    command: AmendLoan, due_at: datetime, *, uow: UnitOfWork, views: LoanViews, clock: Clock
) -> LoanView:
    """Set another due date: after this moment, within 366 days, and only while the borrower has the copy."""

    async def change(loan: Loan, now: datetime, _: UnitOfWork) -> None:
        loan.change_due_date(requested_due_date(due_at, now=now).due_at, why=command.why, now=now)

    return await _amend(command, change, uow=uow, views=views, clock=clock)


async def declare_lost(command: AmendLoan, *, uow: UnitOfWork, views: LoanViews, clock: Clock) -> LoanView:
    """Declare the copy of a loan lost.

    - The loan stays open and counts until the copy is found; nobody else can have it.
    - Its price is charged, and the work that it makes.
    - Declaring it once more changes nothing. A copy that was claimed returned may be declared lost.
    """

    async def give_up(loan: Loan, now: datetime, uow: UnitOfWork) -> None:
        await lose(loan, why=command.why, uow=uow, now=now)

    return await _amend(command, give_up, uow=uow, views=views, clock=clock)


async def lose(loan: Loan, *, why: str, uow: UnitOfWork, now: datetime) -> None:
    """Give the copy of a loan up and charge for it; once more changes nothing. Raises LoanNotOpen."""
    known = loan.lost_at is not None
    loan.declare_lost(why=why, now=now)
    if not known:
        await charge_loss(loan, uow=uow, now=now, why=why)


async def claim_returned(command: AmendLoan, *, uow: UnitOfWork, views: LoanViews, clock: Clock) -> LoanView:
    """Note that the borrower says the copy was brought back, though nobody has seen it.

    - The loan stays open, but counts against no limit, and cannot be renewed.
    - Claiming once more changes nothing. A lost copy cannot be claimed returned.
    """

    async def claim(loan: Loan, now: datetime, _: UnitOfWork) -> None:
        loan.claim_returned(why=command.why, now=now)

    return await _amend(command, claim, uow=uow, views=views, clock=clock)


async def find_copy(
    command: AmendLoan,
    *,
    with_borrower: bool,
    branch: str | None,
    uow: UnitOfWork,
    views: LoanViews,
    clock: Clock,
) -> LoanView:
    """Note that a copy that is lost or claimed returned was found.

    - In the library: the loan is closed as if the copy had been scanned in `branch`, and goes on from there.
    - With the borrower: the loan goes on as if nothing had been said.
    - A copy that nobody misses cannot be found.
    """

    async def find(loan: Loan, now: datetime, uow: UnitOfWork) -> None:
        lost_at = loan.lost_at
        loan.find_with_borrower(why=command.why, now=now)
        if lost_at is not None:
            await take_loss_back(loan, lost_at=lost_at, uow=uow, now=now)

    if with_borrower:
        return await _amend(command, find, uow=uow, views=views, clock=clock)
    shown = await show_loan(command.loan_id, only_of=None, views=views)
    scan = Scan(CopyKey(copy_id=shown.copy_id), branch=branch, found=command.loan_id, why=command.why)
    async with uow:
        known = await uow.copies.find(scan.copy)
        done = None if known is None else await take_in(scan, known, lambda done: done.loan, uow)
    if done is None or done.loan is None:
        raise LoanNotOpen
    return done.loan


async def _amend(command: AmendLoan, amend: Amendment, *, uow: UnitOfWork, views: LoanViews, clock: Clock) -> LoanView:
    shown = await show_loan(command.loan_id, only_of=None, views=views)
    async with uow:
        await uow.lock(book_id=shown.book_id)
        loan = await uow.loans.get(command.loan_id)
        if loan is None:
            raise LoanNotFound
        await amend(loan, clock.now(), uow)
        view = LoanView.of(loan)
        await uow.commit(answer=view)
    return view
