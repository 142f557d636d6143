"""The receipt of money that was taken or given back at a till, and how much of it may still be given back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from loans_service.domain.money import Money
from loans_service.domain.tills.till import Method
from shared.kernel.errors import Conflict, InvalidValue, NotAllowed, NotFound, Refused

CREDIT_LINE = "credit"
"""The reason of a line for what was paid beyond what was owed."""


class ReceiptKind(StrEnum):
    """What a receipt is for. All but a payment give money back."""

    PAYMENT = "payment"
    VOID = "void"
    REFUND = "refund"
    PAYOUT = "payout"

    @property
    def sign(self) -> int:
        """1 for what comes in, -1 for what goes out."""
        return 1 if self is ReceiptKind.PAYMENT else -1


class ReceiptNotFound(NotFound):
    """There is no such receipt, or not for this caller."""

    code = "receipt-not-found"
    detail = "There is no receipt with this number, or it is not yours to see."


class NotAPayment(Conflict):
    """The receipt is itself for money that was given back."""

    code = "receipt-not-a-payment"
    detail = "This receipt is for money that was given back. Only a payment is undone or refunded."


class AlreadyGivenBack(Conflict):
    """Nothing of the payment is left to be given back."""

    code = "already-given-back"
    detail = "Nothing of this payment is left to give back. It was refunded before, or is owed to the member as credit."


class TakenByAnother(NotAllowed):
    """A payment is undone by whoever took it."""

    code = "taken-by-another"
    detail = "Somebody else took this payment. They may undo it, or you refund it."


class SessionOver(Conflict):
    """The session in which the payment was taken is over."""

    code = "session-over"
    detail = "The till was cashed up since this payment was taken. Refund it instead."


class RefundExceedsPaid(Refused):
    """More is to be given back than is left of the payment."""

    code = "refund-exceeds-paid"

    def __init__(self, *, left: Money) -> None:
        super().__init__(
            "This is more than is left of the payment. Give back at most the amount given here, or leave `amount` out.",
            left=left.figures(),
        )


class PayerForgotten(Conflict):
    """Nobody knows any more who paid."""

    code = "payer-forgotten"
    detail = "It was forgotten who paid this. Nothing can be given back for it."


class CreditSpent(Conflict):
    """What was paid too much was credit, and was used since."""

    code = "credit-spent"
    detail = "A part of this payment became credit, which was used since. Refund what is left of it."


class CreditStaysCredit(InvalidValue):
    """A payment from credit is not given back as money."""

    code = "credit-stays-credit"
    detail = "This was paid from credit and becomes credit again. Leave `method` out; pay the credit out if it is due."
    field = "method"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What a part of a receipt is for: a fine with its reason, or credit. `given_back` counts what was refunded."""

    fine_id: UUID | None
    reason: str
    amount: Money
    given_back: int = 0

    @property
    def left(self) -> int:
        """How much of it was not given back."""
        return self.amount.amount - self.given_back

    @property
    def is_known(self) -> bool:
        """Whether it is known which fine it was for; of a fine that was forgotten it is not."""
        return self.fine_id is not None or self.reason == CREDIT_LINE


@dataclass(frozen=True, slots=True)
class TillReceipt:
    """Money that was taken or given back at a till, once and for all; only its lines count what is refunded of them.

    `reverses` is the number of the payment that a void or refund gives back. `member_id` is None once forgotten.
    `paid_by` is the guardian or proxy who paid for that member.
    """

    number: str
    kind: ReceiptKind
    till: str
    session_id: UUID
    branch: str | None
    method: Method
    total: Money
    lines: tuple[ReceiptLine, ...]
    member_id: UUID | None
    at: datetime
    by: str
    reverses: str | None = None
    why: str = ""
    paid_by: UUID | None = None

    def expect_payer(self) -> UUID:
        """Return who paid. Raises NotAPayment for another kind of receipt, and PayerForgotten."""
        if self.kind is not ReceiptKind.PAYMENT:
            raise NotAPayment
        if self.member_id is None:
            raise PayerForgotten
        return self.member_id

    def expect_untouched(self) -> None:
        """Raise AlreadyGivenBack unless all of it can be undone."""
        if any(line.given_back for line in self.lines):
            raise AlreadyGivenBack

    def expect_undone_by(self, by: str, *, session_id: UUID | None) -> None:
        """Raise TakenByAnother or SessionOver: only who took a payment undoes it, and only in the same session."""
        if by != self.by:
            raise TakenByAnother
        if session_id != self.session_id:
            raise SessionOver

    def way_back(self, method: Method | None) -> Method:
        """Return how it is given back, by default as it was paid. Raises CreditStaysCredit."""
        if self.method is Method.CREDIT and method not in (None, Method.CREDIT):
            raise CreditStaysCredit
        return method or self.method

    def given_back(
        self, amount: Money | None, *, at_most: Mapping[UUID | None, int]
    ) -> tuple[tuple[int, ReceiptLine], ...]:
        """Return how much of which line is given back, the last line first, with the position of each.

        `at_most` says how much each fine, and the credit under None, still allows. Without an `amount`, all of that.
        Raises AlreadyGivenBack when nothing is left, and RefundExceedsPaid.
        """
        limits = [min(line.left, at_most.get(line.fine_id, 0)) if line.is_known else 0 for line in self.lines]
        left = Money(sum(limits), self.total.currency)
        if left.amount == 0:
            raise AlreadyGivenBack
        if amount is not None and (amount.currency != left.currency or amount.amount > left.amount):
            raise RefundExceedsPaid(left=left)
        return tuple(self._taken_from(limits, left.amount if amount is None else amount.amount))

    def _taken_from(self, limits: list[int], amount: int) -> Iterator[tuple[int, ReceiptLine]]:
        for position in reversed(range(len(self.lines))):
            part = min(amount, limits[position])
            if part > 0:
                line = self.lines[position]
                yield position, ReceiptLine(line.fine_id, line.reason, Money(part, self.total.currency))
                amount -= part
