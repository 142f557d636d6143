"""Hand over what the library owes a member."""

from dataclasses import dataclass, field
from uuid import UUID

from loans_service.application.tills.book_receipt import AtTill, BookReceipt, Entry
from loans_service.application.tills.till_views import PaidOutView, PayoutView, ReceiptView
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.tills.payout import CreditPaidOut, NotByCredit, Payout, PayoutNotDue, PayoutNotFound
from loans_service.domain.tills.till import Method, OtherCurrencyOfTill, TillClosed, TillNotFound
from loans_service.domain.tills.till_receipt import ReceiptKind, ReceiptLine
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class HandOver:
    """Which payout is handed over, how and where; `by_member` is the member id of who acts."""

    payout_id: UUID
    at: AtTill = field(default_factory=AtTill)
    note: str = ""
    by: str = SYSTEM
    by_member: UUID | None = None


@refuses(PayoutNotFound, PayoutNotDue, NotByCredit, TillNotFound, TillClosed, OtherCurrencyOfTill, FourEyes)
@dataclass(frozen=True, slots=True)
class PayOut:
    """Hand over all that is left of what the library owes a member, and give a receipt for it.

    - What was used as credit meanwhile is not handed over.
    - Nobody of the staff pays themselves out.
    """

    unit_of_work: LoansWorkFactory
    book: BookReceipt
    clock: Clock

    async def __call__(self, command: HandOver, receipt: Receipt | None = None) -> PaidOutView:
        if command.at.method is Method.CREDIT:
            raise NotByCredit
        async with self.unit_of_work(receipt, by=command.by) as uow:
            payout = await _locked(command.payout_id, uow)
            expect_four_eyes(payout.member_id, by_member=command.by_member)
            handed = payout.pay_out()
            line = ReceiptLine(payout.fine_id, payout.reason, handed)
            entry = Entry(ReceiptKind.PAYOUT, (line,), payout.member_id, why=command.note)
            now = self.clock.now()
            booked = await self.book(entry, at=command.at, uow=uow, by=command.by, now=now)
            uow.publish(CreditPaidOut(payout, handed, booked.number, now))
            view = from_attributes(PayoutView.of(payout), PaidOutView, receipt=ReceiptView.of(booked))
            await uow.commit(answer=view)
        return view


async def _locked(payout_id: UUID, uow: UnitOfWork) -> Payout:
    """Return a payout, locked behind the member to whom it is due, whatever is merged. Raises PayoutNotFound."""
    locked = None
    while (member_id := await uow.payouts.member_of(payout_id)) not in (None, locked):
        await uow.fines.lock_debtor(locked := member_id)
    payout = await uow.payouts.get(payout_id)
    if payout is None:
        raise PayoutNotFound
    return payout
