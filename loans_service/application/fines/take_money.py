"""What all payments share: settled loans close, credit is used, a receipt is given, and what is too much is credit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.application.fines.settling import SettlesLoss
from loans_service.application.tills.book_receipt import AtTill, BookReceipt, Entry
from loans_service.domain.fines.fine import Booked, Fine
from loans_service.domain.fines.payment import LostLoan
from loans_service.domain.money import Money
from loans_service.domain.tills.payout import Payout, PayoutReason, use_credit
from loans_service.domain.tills.till import Method
from loans_service.domain.tills.till_receipt import CREDIT_LINE, ReceiptKind, ReceiptLine, TillReceipt
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class TakeMoney:
    """Post a payment to fines and give a receipt for it. The fines must be locked; the till is locked last.

    The loans of lost copies that were locked close if nothing is owed for them any more.
    """

    settle_loss: SettlesLoss
    book: BookReceipt

    async def __call__(
        self,
        parts: Sequence[tuple[Fine, Money]],
        *,
        lost: Sequence[LostLoan],
        member_id: UUID,
        at: AtTill,
        uow: UnitOfWork,
        by: str,
        now: datetime,
        excess: Money | None = None,
        paid_by: UUID | None = None,
    ) -> TillReceipt:
        """Take the parts, and `excess` as credit. Raises NotEnoughCredit where it is paid from credit."""
        for fine, part in parts:
            fine.pay(part, now=now, booked=Booked.RECEIPT)
        for loan in lost:
            await self.settle_loss(loan.loan_id, uow=uow, now=now)
        if at.method is Method.CREDIT:
            total = Money(sum(part.amount for _, part in parts), parts[0][1].currency)
            use_credit(total, await uow.payouts.due_to(member_id))
        lines = [ReceiptLine(fine.id, fine.reason, part) for fine, part in parts]
        if excess is not None:
            lines.append(ReceiptLine(None, CREDIT_LINE, excess))
        entry = Entry(ReceiptKind.PAYMENT, lines, member_id, paid_by=paid_by)
        receipt = await self.book(entry, at=at, uow=uow, by=by, now=now)
        for fine, _ in parts:
            fine.note_receipt(receipt.number)
        if excess is not None:
            credit = Payout(new_id(), member_id, excess, PayoutReason.OVERPAID, now)
            uow.payouts.add(credit, number=receipt.number)
        return receipt
