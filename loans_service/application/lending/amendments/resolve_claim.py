"""Resolve the claim that a copy was returned."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loans_service.application.lending.amendments.amend_loan import Amendment, amend, find_in_library, lose, price_today
from loans_service.application.lending.amendments.charge_borrower import give_deposit_back, settle_loss
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanView
from loans_service.application.neighbours import Catalogue
from loans_service.domain.circulating_copy import CopyNotOnShelf, CopyStatus
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_refusals import LoanNotFound, LoanNotOpen, NothingClaimed
from loans_service.domain.rights import WAIVE
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


class ClaimOutcome(StrEnum):
    """How a claim may end."""

    FOUND_ON_SHELF = "found_on_shelf"
    MISSING = "missing"
    FORGIVEN = "forgiven"
    CHARGED = "charged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution(Amendment):
    """How the claim is resolved; `branch` is where the copy stood on the shelf."""

    outcome: ClaimOutcome


@refuses(LoanNotFound, LoanNotOpen, NothingClaimed, FourEyes, OutOfDate)
@dataclass(frozen=True, slots=True)
class ResolveClaim:
    """End what a borrower claimed to have returned.

    - `found_on_shelf`: the borrower was right, and the copy is there. The loan closes as if it had been scanned in
      `branch`, and costs nothing.
    - `missing`: the borrower is believed, and the library misses the copy: books is told so. The loan closes, and costs
      nothing.
    - `forgiven`: the copy counts as lost with the borrower, who need not pay for it. The loan closes. Who
      forgives has the right to waive.
    - `charged`: the copy counts as lost, and is charged as such, at the price of today. The loan closes when that is
      settled.

    Nobody of the staff ends a claim of their own.
    """

    unit_of_work: LoansWorkFactory
    queries: LoanQueries
    catalogue: Catalogue
    clock: Clock

    async def __call__(self, command: Resolution, receipt: Receipt | None = None) -> LoanView:
        def expect_claim_of_another(loan: Loan) -> None:
            if command.outcome is ClaimOutcome.FORGIVEN:
                authorise(WAIVE, loan.branch)
            expect_four_eyes(loan.member_id, by_member=command.by_member)
            loan.expect_claim()

        async def resolve(loan: Loan, now: datetime, uow: UnitOfWork) -> None:
            expect_claim_of_another(loan)
            if command.outcome is ClaimOutcome.MISSING:
                loan.mark_missing(why=command.why, now=now)
                await give_deposit_back(loan, why=command.why, uow=uow, now=now)
                uow.publish(CopyNotOnShelf(loan.copy, loan.branch, None, now))
                await uow.copies.note_status(loan.copy, CopyStatus.MISSING)
                return
            await lose(loan, why=command.why, uow=uow, now=now, price=price)
            if command.outcome is ClaimOutcome.FORGIVEN:
                await _forgive(loan, command.why, uow, now)

        price = None
        if command.outcome in {ClaimOutcome.FORGIVEN, ClaimOutcome.CHARGED}:
            price = await price_today(command.loan_id, self.queries, self.catalogue)
        work = self.unit_of_work(receipt, by=command.by)
        if command.outcome is not ClaimOutcome.FOUND_ON_SHELF:
            return await amend(command, resolve, work=work, queries=self.queries, clock=self.clock)
        return await find_in_library(command, expect_claim_of_another, work=work, queries=self.queries)


async def _forgive(loan: Loan, why: str, uow: UnitOfWork, now: datetime) -> None:
    for fine in await uow.fines.of_loan(loan.id):
        if fine.status is FineStatus.OWED:
            fine.waive(why=why, now=now)
    await settle_loss(loan.id, uow=uow, now=now)
