"""Undo a payment, or refund it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from loans_service.application.fines.settling import SettlesLoss, lock_settled_loans
from loans_service.application.tills.book_receipt import AtTill, BookReceipt, Entry
from loans_service.application.tills.till_views import ReceiptView
from loans_service.domain.fines.fine import Fine
from loans_service.domain.fines.payment import LostLoan
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.money import Money
from loans_service.domain.tills.payout import CreditPaidOut, Payout, PayoutReason
from loans_service.domain.tills.till import Method, OtherCurrencyOfTill, TillClosed, TillNotFound
from loans_service.domain.tills.till_receipt import (
    AlreadyGivenBack,
    CreditSpent,
    CreditStaysCredit,
    NotAPayment,
    PayerForgotten,
    ReceiptKind,
    ReceiptLine,
    ReceiptNotFound,
    RefundExceedsPaid,
    SessionOver,
    TakenByAnother,
    TillReceipt,
)
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt

_UNDONE = "The payment was undone."


@dataclass(frozen=True, slots=True)
class Undoing:
    """The number of the payment to be undone; `by_member` is the member id of who acts."""

    number: str
    by: str = SYSTEM
    by_member: UUID | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """How much of which payment is given back (None: all that is left), why, how (None: as it was paid) and where."""

    number: str
    why: str
    amount: Money | None = None
    method: Method | None = None
    at: AtTill = field(default_factory=AtTill)
    by: str = SYSTEM
    by_member: UUID | None = None


@dataclass(slots=True)
class _Paid:
    """A payment with all that it went to, locked."""

    receipt: TillReceipt
    member_id: UUID
    fines: dict[UUID, Fine]
    credit: Payout | None
    settled: list[LostLoan]

    @property
    def at_most(self) -> dict[UUID | None, int]:
        """How much each of these allows to be given back."""
        theirs: dict[UUID | None, int] = {
            fine.id: fine.settled for fine in self.fines.values() if fine.member_id == self.member_id
        }
        return theirs | {None: self.credit.left if self.credit else 0}

    def take_back(self, parts: tuple[tuple[int, ReceiptLine], ...], *, why: str, now: datetime) -> None:
        """Post what is given back."""
        for _, part in parts:
            if part.fine_id is not None:
                self.fines[part.fine_id].take_back(part.amount, why=why, now=now)
            elif self.credit is not None:
                self.credit.use(part.amount.amount)


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Post what is given back of a payment, and give a receipt for it. What it closed opens again."""

    settle_loss: SettlesLoss
    book: BookReceipt

    async def __call__(
        self,
        paid: _Paid,
        parts: tuple[tuple[int, ReceiptLine], ...],
        *,
        kind: ReceiptKind,
        at: AtTill,
        uow: UnitOfWork,
        why: str,
        by: str,
        now: datetime,
    ) -> TillReceipt:
        paid.take_back(parts, why=why, now=now)
        for loan in paid.settled:
            await self.settle_loss(loan.loan_id, uow=uow, now=now)
        await uow.tills.give_back(paid.receipt.number, parts)
        lines = [line for _, line in parts]
        if at.method is Method.CREDIT:
            total = Money(sum(line.amount.amount for line in lines), paid.receipt.total.currency)
            uow.payouts.add(Payout(new_id(), paid.member_id, total, PayoutReason.REFUNDED, now))
        entry = Entry(kind, lines, paid.member_id, paid.receipt.number, why)
        booked = await self.book(entry, at=at, uow=uow, by=by, now=now)
        as_credit = at.method is Method.CREDIT
        for line in lines:
            if line.fine_id is not None:
                paid.fines[line.fine_id].note_receipt(booked.number, as_credit=as_credit)
            elif paid.credit is not None and not as_credit:
                uow.publish(CreditPaidOut(paid.credit, line.amount, booked.number, now))
        return booked


@refuses(
    ReceiptNotFound, NotAPayment, PayerForgotten, AlreadyGivenBack, CreditSpent, TakenByAnother, SessionOver, FourEyes
)
@dataclass(frozen=True, slots=True)
class VoidReceipt:
    """Undo a payment that was taken by mistake: all of it, by who took it, while the till's session is open.

    - It gets a receipt of its own, so that no number is left out. What was paid is owed again; what came from credit is
      credit again. The loan of a lost copy that it closed opens again, and the deposit is taken again.
    - A payment of which something was given back, or whose charge was cancelled since, is refunded for the rest.
    - Nobody of the staff undoes a payment of their own.
    """

    unit_of_work: LoansWorkFactory
    give_back: GiveBack
    clock: Clock

    async def __call__(self, command: Undoing, receipt: Receipt | None = None) -> ReceiptView:
        now = self.clock.now()
        async with self.unit_of_work(receipt, by=command.by) as uow:
            paid = await _locked(command.number, uow, by_member=command.by_member)
            done = paid.receipt
            done.expect_untouched()
            at = AtTill(done.method, till=done.till, branch=done.branch)
            till = await self.give_back.book.locked(at, currency=done.total.currency, uow=uow, now=now)
            done.expect_undone_by(command.by, session_id=till.session.session_id if till.session else None)
            if paid.credit is not None and paid.credit.left < paid.credit.amount.amount:
                raise CreditSpent
            parts = done.given_back(None, at_most=paid.at_most)
            if sum(part.amount.amount for _, part in parts) < done.total.amount:
                raise AlreadyGivenBack
            booked = await self.give_back(
                paid, parts, kind=ReceiptKind.VOID, at=at, uow=uow, why=_UNDONE, by=command.by, now=now
            )
            view = ReceiptView.of(booked)
            await uow.commit(answer=view)
        return view


@refuses(
    *(ReceiptNotFound, NotAPayment, PayerForgotten, AlreadyGivenBack, RefundExceedsPaid, CreditStaysCredit),
    *(TillNotFound, TillClosed, OtherCurrencyOfTill, FourEyes),
)
@dataclass(frozen=True, slots=True)
class RefundReceipt:
    """Give back a payment, or a part of it, for a reason that is kept; with a receipt of its own.

    - What is given back is owed again; forgive it if it should not be. A part comes from the last line first.
    - The loan of a lost copy that was paid for opens again, and its deposit is taken again.
    - It goes back as it was paid, or by `method`; by `credit` it is owed to the member instead.
    - What the library owes the member already, because the charge was cancelled, is paid out and not refunded.
    - Nobody of the staff refunds themselves.
    """

    unit_of_work: LoansWorkFactory
    give_back: GiveBack
    clock: Clock

    async def __call__(self, command: Refund, receipt: Receipt | None = None) -> ReceiptView:
        async with self.unit_of_work(receipt, by=command.by) as uow:
            paid = await _locked(command.number, uow, by_member=command.by_member)
            method = paid.receipt.way_back(command.method)
            parts = paid.receipt.given_back(command.amount, at_most=paid.at_most)
            at = AtTill(method, command.at.till, command.at.branch, command.at.own)
            now = self.clock.now()
            booked = await self.give_back(
                paid, parts, kind=ReceiptKind.REFUND, at=at, uow=uow, why=command.why, by=command.by, now=now
            )
            view = ReceiptView.of(booked)
            await uow.commit(answer=view)
        return view


async def _locked(number: str, uow: UnitOfWork, *, by_member: UUID | None) -> _Paid:
    receipt = await uow.tills.receipt(number)
    if receipt is None:
        raise ReceiptNotFound
    expect_four_eyes(receipt.expect_payer(), by_member=by_member)
    member_id = receipt.expect_payer()
    if not await uow.fines.lock_debtor(member_id):
        raise PayerForgotten
    settled = await lock_settled_loans(uow, number)
    fines: dict[UUID, Fine] = {}
    for fine_id in sorted(line.fine_id for line in receipt.lines if line.fine_id is not None):
        fine = await uow.fines.get(fine_id)
        if fine is not None:
            fines[fine_id] = fine
    credit = await uow.payouts.of_receipt(number)
    locked = await uow.tills.receipt(number, locked=True)
    if locked is None or locked.member_id != member_id:  # merged or forgotten meanwhile
        raise PayerForgotten
    return _Paid(locked, member_id, fines, credit, settled)
