"""Charge what a membership costs, as members says when somebody joins or is renewed."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.domain.fines.fine import Fine, OtherCurrency
from loans_service.domain.money import Money
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class FeeOwed:
    """One fee: its kind, an amount in minor units, and its currency; None: that of the library."""

    kind: str
    amount: int
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class FeesNews:
    """What a member owes for joining, or for being renewed."""

    message_id: str
    member_id: UUID
    fees: tuple[FeeOwed, ...]


@dataclass(frozen=True, slots=True)
class ChargeFees:
    """Charge the fees of a membership, once for each event. They belong to no loan, and are paid as other charges.

    The record into which a member was merged owes them; whoever was erased meanwhile owes nothing. A fee in another
    currency than the library's is not charged: its event waits among those that failed for somebody to see to it.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock
    currency: str

    async def __call__(self, news: FeesNews, *, listener: str) -> None:
        """Raise OtherCurrency for a fee that cannot be charged."""
        if not news.fees:
            return
        if any(fee.currency not in (None, self.currency) for fee in news.fees):
            raise OtherCurrency(owed=Money(0, self.currency))
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=news.message_id):
                return
            member_id, now = await uow.erasure_requests.record_that_stays(news.member_id), self.clock.now()
            if await uow.fines.lock_debtor(member_id):
                for fee in news.fees:
                    amount = Money(fee.amount, self.currency)
                    fine = Fine(id=new_id(), loan_id=None, member_id=member_id, reason=fee.kind, amount=amount, now=now)
                    uow.fines.add(fine)
            await uow.commit()
