"""Take a copy back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loans_service.application.fines.fine_views import FineView
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.pass_copy_on import nobodys_turn, turns_in
from loans_service.application.lending.charge_borrower import charge_lateness, take_loss_back
from loans_service.application.lending.views import LoanView, ReturnView
from loans_service.application.neighbours import Catalogue, CopyKey
from loans_service.application.ports import UnitOfWork
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.lendable_copy import CopyNotFound
from loans_service.domain.lending.loan import Loan, LoanStatus
from loans_service.domain.lending.loan_refusals import LoanNotOpen, NothingToFind
from loans_service.domain.lending.staff_only import moment_of_return
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable


@dataclass(frozen=True, slots=True)
class ReturnCopy:
    """A scan at the return desk. `branch` defaults to the copy's own, `returned_at` to now; earlier only `by_staff`.

    `found` is the loan whose copy was missed and turned up, if that is what the scan is about, and `why` a word on it.
    """

    copy: CopyKey
    branch: str | None = None
    returned_at: datetime | None = None
    found: UUID | None = None
    why: str = ""
    by_staff: bool = False


def _whole(done: ReturnView) -> object:
    return done


async def return_copy(
    scan: ReturnCopy,
    *,
    uow: UnitOfWork,
    catalogue: Catalogue,
    clock: Clock,
    answer: Callable[[ReturnView], object] = _whole,
) -> ReturnView:
    """Return a copy.

    - The loan is closed where it stands: no other service is needed for a copy that was ever lent or captured.
    - The copy goes to the first hold that it can fill: on the hold shelf where that is fetched, elsewhere on its way
      there. Only then books is asked whether the copy may still be lent; without an answer it may.
    - With nobody waiting, a copy that comes back in another branch is sent home; a scan at home ends its transit.
    - A copy that comes back late is charged for, by the rule and the branch's open days; the price of a lost one that
      turns up in time is given back.
    - A second scan changes nothing and says so with `loan: null`; it gives nobody more time to fetch the copy.
    - A copy that was never lent is looked up in the catalogue, so that a wrong barcode is noticed.
    """
    async with uow:
        copy = await uow.copies.find(scan.copy)
        done = None if copy is None else await _take_in(scan, copy, uow, clock, lendable=None)
        if done is not None:
            await uow.commit(answer=answer(done))
            return done
    copy, lendable = await _ask_books(scan, copy, catalogue)
    async with uow:
        done = await _take_in(scan, copy, uow, clock, lendable=lendable)
        if done is None:
            raise AssertionError("books was asked already")
        await uow.commit(answer=answer(done))
    return done


async def _take_in(
    scan: ReturnCopy, copy: CirculatingCopy, uow: UnitOfWork, clock: Clock, *, lendable: bool | None
) -> ReturnView | None:
    """Take the copy in; None, with nothing done, when books is to be asked first whether it is lent."""
    await uow.lock(book_id=copy.book_id)
    now = clock.now()  # only now is it our turn
    returned_at = moment_of_return(scan.returned_at, now=now, by_staff=scan.by_staff)
    branch = scan.branch or copy.home_branch
    loan = await uow.loans.ended_by_scan(copy.copy_id)
    if scan.found is not None:
        _expect_missed(loan, scan.found)
    record = await uow.copies.circulation_record_of(copy)
    held_by, queue = await uow.holds.for_copy(copy, now=now)
    turns = await turns_in(branch, copy, queue, uow=uow, now=now) if held_by or queue.holds else nobodys_turn(now)
    if lendable is None and (held_by is None or held_by.has_passed(now)) and turns.next:
        return None
    if lendable is False:
        turns = replace(turns, next=None)
    hold = record.receive(branch, held_by=held_by, turns=turns, was_out=loan is not None)
    fine = None
    if loan is not None:
        loan.bring_back(record.next_stop, returned_at=returned_at, now=now, why=scan.why)
        if loan.lost_at is not None:
            await take_loss_back(loan, lost_at=loan.lost_at, uow=uow, now=now)
        fine = await charge_lateness(loan, uow=uow, now=now)
    return ReturnView(
        loan=None if loan is None else LoanView.of(loan),
        next=record.next_stop,
        hold=None if hold is None else HoldView.of(hold),
        fine=None if fine is None else FineView.of(fine),
    )


def _expect_missed(loan: Loan | None, loan_id: UUID) -> None:
    if loan is None or loan.id != loan_id:
        raise LoanNotOpen
    if loan.status is LoanStatus.OPEN:
        raise NothingToFind


async def _ask_books(
    scan: ReturnCopy, known: CirculatingCopy | None, catalogue: Catalogue
) -> tuple[CirculatingCopy, bool]:
    """Return the copy as books knows it, and whether it may be lent; what is known must do when books is silent."""
    try:
        told = await catalogue.lendable_copy(scan.copy)
    except CopyNotFound:
        if known is None:
            raise
        return known, False
    except NeighbourUnavailable:
        if known is None:
            raise
        return known, True
    return told.as_circulating(), not told.refusals
