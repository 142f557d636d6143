"""Take a copy back."""

from dataclasses import dataclass
from datetime import datetime

from loans_service.application.ports import Catalogue, CopyKey, UnitOfWork
from loans_service.application.views import LoanView, ReturnView
from loans_service.domain.circulating_copy import NextStop
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ReturnCopy:
    """A scan at the return desk. `branch` defaults to the copy's own, `returned_at` to now."""

    copy: CopyKey
    branch: str | None = None
    returned_at: datetime | None = None


async def return_copy(scan: ReturnCopy, *, uow: UnitOfWork, catalogue: Catalogue, clock: Clock) -> ReturnView:
    """Return a copy.

    - The loan is closed where it stands: no other service is needed for a copy that was ever lent.
    - A second scan changes nothing and says so with `loan: null`.
    - A copy that comes back in another branch is sent home; a scan at home ends its transit.
    - A copy that was never lent is looked up in the catalogue, so that a wrong barcode is noticed.
    """
    async with uow:
        loan = await uow.loans.latest_of(scan.copy)
        if loan is not None and not loan.is_open:
            # A closed loan does not keep another desk from lending the copy again while its arrival is noted here.
            await uow.lock_out_others(copy_id=loan.copy.copy_id)
            loan = await uow.loans.latest_of(scan.copy)
        if loan is not None:
            now = clock.now()  # only now is it our turn
            branch = scan.branch or loan.copy.home_branch
            if loan.is_open:
                stop = loan.bring_back(branch=branch, returned_at=scan.returned_at or now, now=now)
                view = ReturnView(LoanView.of(loan), stop)
            else:
                view = ReturnView(None, loan.arrive(branch=branch, now=now))
            await uow.commit(answer=view)
            return view
    await catalogue.lendable_copy(scan.copy)
    return ReturnView(None, NextStop.SHELF)
