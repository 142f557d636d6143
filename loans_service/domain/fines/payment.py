"""One payment over several fines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from loans_service.domain.fines.fine import Fine, FineStatus, OtherCurrency, PaymentExceedsOwed
from loans_service.domain.money import Money
from shared.kernel.errors import Conflict


class ReferenceUsed(Conflict):
    """The reference stands for another payment."""

    code = "payment-reference-used"
    detail = "This reference stands for another payment. Look that one up, or give this one a reference of its own."


class Excess(StrEnum):
    """What becomes of what is paid beyond what is owed: it is refused, or kept as the member's credit."""

    REFUSE = "refuse"
    CREDIT = "credit"


def shared_out(amount: Money, fines: Sequence[Fine]) -> Iterator[tuple[Fine, Money]]:
    """Yield how much of a payment goes to each fine: the first are paid in full, the last perhaps in part.

    Raises OtherCurrency, and PaymentExceedsOwed when something would be left over.
    """
    owed = Money(sum(fine.owed for fine in fines if fine.currency == amount.currency), amount.currency)
    for fine in fines:
        if fine.currency != amount.currency:
            raise OtherCurrency(owed=Money(fine.owed, fine.currency))
    if amount.amount > owed.amount:
        raise PaymentExceedsOwed(owed=owed)
    left = amount.amount
    for fine in fines:
        part = min(left, fine.owed if fine.status is FineStatus.OWED else 0)
        if part > 0:
            yield fine, Money(part, amount.currency)
            left -= part


@dataclass(frozen=True, slots=True)
class LostLoan:
    """A loan whose copy is lost: it is open until nothing of it is owed any more."""

    loan_id: UUID
    book_id: UUID


@dataclass(frozen=True, slots=True)
class PaidPart:
    """How much of a payment went to a fine."""

    fine_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentInParts:
    """One payment over several fines: what each got, oldest first, and what is owed after it.

    `number` is that of its receipt; those that were taken before there were receipts have none.
    """

    member_id: UUID
    reference: str | None
    amount: Money
    paid: tuple[PaidPart, ...]
    owed: Money
    paid_at: datetime
    number: str | None = None
