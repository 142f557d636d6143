"""Take one payment over several fines of a member."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loans_service.application.fines.fine_views import PaymentView
from loans_service.application.fines.settling import ClosesSettled, lock_lost_loans
from loans_service.domain.borrower import BorrowerNotFound
from loans_service.domain.fines.fine import Fine, FineNotFound, FineNotOwed, OtherCurrency, PaymentExceedsOwed
from loans_service.domain.fines.payment import PaidPart, ReferenceUsed, shared_out
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.money import Money
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class BorrowerPayment:
    """How much a member pays, for which fines (None: all that are owed), and the reference of the till.

    `by` is the account that takes it, `by_member` the member id of that person.
    """

    member_id: UUID
    amount: Money
    fine_ids: tuple[UUID, ...] | None = None
    reference: str | None = None
    by: str = SYSTEM
    by_member: UUID | None = None


@refuses(BorrowerNotFound, FineNotFound, FineNotOwed, PaymentExceedsOwed, OtherCurrency, ReferenceUsed, FourEyes)
@dataclass(frozen=True, slots=True)
class PayBorrower:
    """Take one payment over several fines of a member, oldest first.

    - Without `fine_ids` it goes to whatever the member owes. More than is owed is never taken.
    - A `reference`, of a till or a payment provider, counts once: the same payment again under it changes nothing and
      is answered as before; another payment under it is refused.
    - With the last thing owed for a lost copy its loan closes: `lost_and_paid`.
    - Nobody of the staff takes a payment from themselves.
    """

    unit_of_work: LoansWorkFactory
    close_settled: ClosesSettled
    clock: Clock

    async def __call__(self, command: BorrowerPayment, receipt: Receipt | None = None) -> PaymentView:
        async with self.unit_of_work(receipt, by=command.by) as uow:
            stays = await uow.erasure_requests.record_that_stays(command.member_id)
            command = replace(command, member_id=stays)
            if not await uow.fines.lock_debtor(command.member_id):
                raise BorrowerNotFound
            expect_four_eyes(command.member_id, by_member=command.by_member)
            view = await _paid_before(command, uow) or await self._pay(command, uow)
            await uow.commit(answer=view)
        return view

    async def _pay(self, command: BorrowerPayment, uow: UnitOfWork) -> PaymentView:
        now, amount = self.clock.now(), command.amount
        lost = await lock_lost_loans(uow, member_id=command.member_id)
        owing = await uow.fines.owed_by(command.member_id)
        parts = tuple(_paid_off(amount, await _chosen(command, owing, uow), now))
        for loan in lost:
            await self.close_settled(loan.loan_id, uow=uow, now=now)
        owed = sum(fine.owed for fine in owing if fine.currency == amount.currency)
        left = Money(owed, amount.currency)
        view = PaymentView(command.member_id, command.reference, amount, parts, left, now)
        if command.reference is not None:
            await uow.fines.note_payment(view)
        return view


def _paid_off(amount: Money, fines: list[Fine], now: datetime) -> Iterable[PaidPart]:
    for fine, part in shared_out(amount, fines):
        fine.pay(part, now=now)
        yield PaidPart(fine.id, part)


async def _chosen(command: BorrowerPayment, owing: list[Fine], uow: UnitOfWork) -> list[Fine]:
    if not owing:
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
    return from_attributes(earlier, PaymentView)
