"""What the library owes a member: credit until it is set against charges or paid out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from loans_service.domain.money import Money
from shared.kernel.errors import Conflict, InvalidValue, NotFound, Refused


class PayoutReason(StrEnum):
    """How the library came to owe money: a charge was cancelled, too much was paid, a refund was left as credit."""

    CANCELLED = "cancelled"
    OVERPAID = "overpaid"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class CreditPaidOut:
    """So much of a payout was handed over, with a receipt."""

    payout: "Payout"
    amount: Money
    receipt: str
    at: datetime


class PayoutNotFound(NotFound):
    """There is no such payout."""

    code = "payout-not-found"
    detail = "There is no payout with this id. `GET /v1/payouts` lists those that are due."


class PayoutNotDue(Conflict):
    """Nothing is left to be paid out."""

    code = "payout-not-due"
    detail = "Nothing of this is due any more. It was paid out, or used as credit."


class NotEnoughCredit(Refused):
    """More is to be paid from credit than there is."""

    code = "not-enough-credit"

    def __init__(self, *, credit: Money) -> None:
        super().__init__(
            "There is less credit than that. Pay at most the amount given here from credit, and the rest otherwise.",
            credit=credit.figures(),
        )


class NotByCredit(InvalidValue):
    """A payout hands money over."""

    code = "payout-not-by-credit"
    detail = "A payout is credit already. Say how the money is handed over: cash, card, transfer or online."
    field = "method"


@dataclass(slots=True)
class Payout:
    """One sum that the library owes a member. `used` was set against charges, `paid` was handed over."""

    payout_id: UUID
    member_id: UUID
    amount: Money
    reason: PayoutReason
    made_at: datetime
    fine_id: UUID | None = None
    used: int = 0
    paid: int = 0

    @property
    def left(self) -> int:
        """What is still due."""
        return self.amount.amount - self.used - self.paid

    def use(self, amount: int) -> None:
        """Set so much of it against something; at most what is left."""
        if not 0 < amount <= self.left:
            raise ValueError("only what is left of a payout is used")
        self.used += amount

    def pay_out(self) -> Money:
        """Hand over what is left, and return how much. Raises PayoutNotDue."""
        handed = self.left
        if handed == 0:
            raise PayoutNotDue
        self.paid += handed
        return Money(handed, self.amount.currency)


def credit_of(payouts: Sequence[Payout], currency: str) -> int:
    """Return what the library owes by these payouts in a currency."""
    return sum(payout.left for payout in payouts if payout.amount.currency == currency)


def use_credit(amount: Money, payouts: Sequence[Payout]) -> None:
    """Set an amount against payouts, the first first. Raises NotEnoughCredit."""
    credit = credit_of(payouts, amount.currency)
    if amount.amount > credit:
        raise NotEnoughCredit(credit=Money(credit, amount.currency))
    left = amount.amount
    for payout in payouts:
        part = min(left, payout.left) if payout.amount.currency == amount.currency else 0
        if part > 0:
            payout.use(part)
            left -= part
