"""Settle a fine by payment or waiver."""

from dataclasses import dataclass, field
from uuid import UUID

from loans_service.application.fines.fine_views import FineView, PaidFineView
from loans_service.application.fines.settling import SettlesLoss, lock_lost_loans
from loans_service.application.fines.take_money import TakeMoney
from loans_service.application.tills.book_receipt import AtTill
from loans_service.application.tills.till_views import ReceiptView
from loans_service.domain.fines.fine import (
    FineNotFound,
    FineNotOwed,
    OtherCurrency,
    PaymentExceedsOwed,
    WaiverExceedsOwed,
)
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.money import Money
from loans_service.domain.rights import WAIVE
from loans_service.domain.tills.payout import NotEnoughCredit
from loans_service.domain.tills.till import OtherCurrencyOfTill, TillClosed, TillNotFound
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Payment:
    """How much is paid for a fine, where, and who takes it: `by` is the account, `by_member` that person's member id.

    `version` is the one that the caller has read, None if any will do.
    """

    fine_id: UUID
    amount: Money
    at: AtTill = field(default_factory=AtTill)
    by: str = SYSTEM
    by_member: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """How much of a fine is forgiven (None: all that is left), and why; `by_member` is the member id of who acts."""

    fine_id: UUID
    why: str
    amount: Money | None = None
    by: str = SYSTEM
    by_member: UUID | None = None
    version: int | None = None


@refuses(
    *(FineNotFound, FineNotOwed, PaymentExceedsOwed, OtherCurrency, FourEyes, OutOfDate),
    *(NotEnoughCredit, TillNotFound, TillClosed, OtherCurrencyOfTill),
)
@dataclass(frozen=True, slots=True)
class PayFine:
    """Take a payment for a fine, of the whole or a part, and give a receipt for it.

    - Two desks that take money for one fine are served one after the other; more than is owed is never taken.
    - Each payment has a till: the one that is named, else that of the branch, else the own one of the machine or
      account. By `credit` it is paid from what the library owes the member.
    - What is given back later is a posting of its own, with a receipt of its own.
    - Nobody of the staff takes a payment from themselves.
    - With the last thing owed for a lost copy its loan closes: `lost_and_paid`.
    """

    unit_of_work: LoansWorkFactory
    take: TakeMoney
    clock: Clock

    async def __call__(self, command: Payment, receipt: Receipt | None = None) -> PaidFineView:
        async with self.unit_of_work(receipt, by=command.by) as uow:
            await uow.fines.lock_debtor_of(command.fine_id)
            lost = await lock_lost_loans(uow, fine_id=command.fine_id)
            fine = await uow.fines.get(command.fine_id)
            if fine is None:
                raise FineNotFound
            expect_four_eyes(fine.member_id, by_member=command.by_member)
            refuse_if_stale(command.version, fine.version, thing="fine")
            now, parts = self.clock.now(), [(fine, command.amount)]
            given = await self.take(
                parts, lost=lost, member_id=fine.member_id, at=command.at, uow=uow, by=command.by, now=now
            )
            view = from_attributes(FineView.of(fine), PaidFineView, receipt=ReceiptView.of(given))
            await uow.commit(answer=view)
        return view


@refuses(FineNotFound, FineNotOwed, WaiverExceedsOwed, OtherCurrency, FourEyes, OutOfDate)
@dataclass(frozen=True, slots=True)
class WaiveFine:
    """Forgive what is left of a fine, or the `amount` given, for a reason that is kept.

    - Nobody forgives what they owe themselves.
    - With the last thing owed for a lost copy its loan closes: `lost_and_paid`.
    """

    unit_of_work: LoansWorkFactory
    settle_loss: SettlesLoss
    clock: Clock

    async def __call__(self, command: Waiver, receipt: Receipt | None = None) -> FineView:
        async with self.unit_of_work(receipt, by=command.by) as uow:
            await uow.fines.lock_debtor_of(command.fine_id)
            lost = await lock_lost_loans(uow, fine_id=command.fine_id)
            fine = await uow.fines.get(command.fine_id)
            if fine is None:
                raise FineNotFound
            lent = None if fine.loan_id is None else await uow.loans.get(fine.loan_id)
            authorise(WAIVE, fine.branch if lent is None else lent.branch)
            expect_four_eyes(fine.member_id, by_member=command.by_member)
            refuse_if_stale(command.version, fine.version, thing="fine")
            now = self.clock.now()
            fine.waive(command.amount, why=command.why, now=now)
            for loan in lost:
                await self.settle_loss(loan.loan_id, uow=uow, now=now)
            view = FineView.of(fine)
            await uow.commit(answer=view)
        return view
