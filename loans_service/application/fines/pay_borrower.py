"""Take one payment over several fines of a member."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from loans_service.application.fines.fine_views import PaymentView
from loans_service.application.fines.settling import lock_lost_loans
from loans_service.application.fines.take_money import TakeMoney
from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.application.tills.book_receipt import AtTill
from loans_service.application.tills.till_views import ReceiptView
from loans_service.application.whose_things import acting_for
from loans_service.domain.borrower import (
    BorrowerNotFound,
    CardReplaced,
    CardStopped,
    GuardianNotFound,
    MayNotActFor,
    MemberNotFound,
)
from loans_service.domain.fines.fine import Fine, FineNotFound, FineNotOwed, OtherCurrency, PaymentExceedsOwed
from loans_service.domain.fines.payment import Excess, PaidPart, ReferenceUsed, shared_out
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.money import Money
from loans_service.domain.tills.payout import NotEnoughCredit
from loans_service.domain.tills.till import Method, OtherCurrencyOfTill, TillClosed, TillNotFound
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class BorrowerPayment:
    """How much a member pays, for which fines (None: all that are owed), where, and the reference of the till.

    `by` is the account that takes it, `by_member` the member id of that person. `payer` is the guardian or proxy who
    pays, None for the member.
    """

    member_id: UUID
    amount: Money
    fine_ids: tuple[UUID, ...] | None = None
    reference: str | None = None
    excess: Excess = Excess.REFUSE
    at: AtTill = field(default_factory=AtTill)
    by: str = SYSTEM
    by_member: UUID | None = None
    payer: MemberKey | None = None


@refuses(
    *(BorrowerNotFound, FineNotFound, FineNotOwed, PaymentExceedsOwed, OtherCurrency, ReferenceUsed, FourEyes),
    *(NotEnoughCredit, TillNotFound, TillClosed, OtherCurrencyOfTill),
    *(MemberNotFound, NeighbourUnavailable, CardReplaced, CardStopped, GuardianNotFound, MayNotActFor),
)
@dataclass(frozen=True, slots=True)
class PayBorrower:
    """Take one payment over several fines of a member, oldest first, and give one receipt for it.

    - Without `fine_ids` it goes to whatever the member owes. More than is owed is refused, or with `excess: "credit"`
      kept as the member's credit; then members is asked whether there is such a member.
    - Each payment has a till: the one that is named, else that of the branch, else the own one of the machine or
      account. By `credit` it is paid from what the library owes the member.
    - A `reference`, of a till or a payment provider, counts once: the same payment again under it changes nothing and
      is answered as before; another payment under it is refused.
    - With the last thing owed for a lost copy its loan closes: `lost_and_paid`.
    - Nobody of the staff takes a payment from themselves, nor as who pays for somebody else.
    - With `payer` a guardian or proxy pays, named by the own card: members is asked whether they may, and the receipt
      says who paid.
    """

    unit_of_work: LoansWorkFactory
    take: TakeMoney
    members: MemberDirectory
    clock: Clock
    currency: str

    async def __call__(self, command: BorrowerPayment, receipt: Receipt | None = None) -> PaymentView:
        if command.excess is Excess.CREDIT:
            if command.amount.currency != self.currency:
                raise OtherCurrency(owed=Money(0, self.currency))
            await self.members.standing(MemberKey(member_id=command.member_id))
        paid_by = None
        if command.payer is not None:
            key = replace(command.payer, acting_for=command.member_id)
            _, paid_by = await acting_for(key, self.members, "pay")
        async with self.unit_of_work(receipt, by=command.by) as uow:
            stays = await uow.erasure_requests.record_that_stays(command.member_id)
            command = replace(command, member_id=stays)
            if not await uow.fines.lock_debtor(command.member_id):
                raise BorrowerNotFound
            for payer in (command.member_id, paid_by):
                if payer is not None:
                    expect_four_eyes(payer, by_member=command.by_member)
            view = await _paid_before(command, uow) or await self._pay(command, paid_by, uow)
            await uow.commit(answer=view)
        return view

    async def _pay(self, command: BorrowerPayment, paid_by: UUID | None, uow: UnitOfWork) -> PaymentView:
        now, amount, member_id = self.clock.now(), command.amount, command.member_id
        lost = await lock_lost_loans(uow, member_id=member_id)
        owing = await uow.fines.owed_by(member_id)
        chosen = await _chosen(command, owing, uow)
        excess = _excess(command, chosen)
        parts = list(shared_out(amount if excess is None else amount - excess, chosen))
        given = await self.take(
            parts,
            lost=lost,
            member_id=member_id,
            at=command.at,
            uow=uow,
            by=command.by,
            now=now,
            excess=excess,
            paid_by=paid_by,
        )
        owed = sum(fine.owed for fine in owing if fine.currency == amount.currency)
        paid, left = tuple(PaidPart(fine.id, part) for fine, part in parts), Money(owed, amount.currency)
        view = PaymentView(member_id, command.reference, amount, paid, left, now, given.number, ReceiptView.of(given))
        if command.reference is not None:
            await uow.fines.note_payment(view)
        return view


def _excess(command: BorrowerPayment, chosen: list[Fine]) -> Money | None:
    """Return what is paid beyond what is owed, if that is to become credit."""
    if command.excess is Excess.REFUSE or command.at.method is Method.CREDIT:
        return None
    amount = command.amount
    owed = Money(sum(fine.owed for fine in chosen if fine.currency == amount.currency), amount.currency)
    return amount - owed if owed < amount else None


async def _chosen(command: BorrowerPayment, owing: list[Fine], uow: UnitOfWork) -> list[Fine]:
    if not owing and (command.excess is Excess.REFUSE or command.fine_ids is not None):
        raise FineNotOwed
    if command.fine_ids is None:
        return owing
    others = set(command.fine_ids) - {fine.id for fine in owing}
    for fine_id in sorted(others):
        fine = await uow.fines.get(fine_id)
        if fine is None or fine.member_id != command.member_id:
            raise FineNotFound
    if others:
        raise FineNotOwed
    return [fine for fine in owing if fine.id in command.fine_ids]


async def _paid_before(command: BorrowerPayment, uow: UnitOfWork) -> PaymentView | None:
    """Return the payment that this one repeats. Raises ReferenceUsed when its reference stands for another."""
    earlier = None if command.reference is None else await uow.fines.payment(command.reference)
    if earlier is None:
        return None
    if (earlier.member_id, earlier.amount) != (command.member_id, command.amount):
        raise ReferenceUsed
    given = None if earlier.number is None else await uow.tills.receipt(earlier.number)
    return from_attributes(earlier, PaymentView, receipt=None if given is None else ReceiptView.of(given))
