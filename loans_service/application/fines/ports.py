"""What the ledger of fines needs from outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.domain.fines.fine import Fine
from loans_service.domain.money import Money


@dataclass(frozen=True, slots=True)
class LostLoan:
    """An open loan whose copy is lost: it closes when nothing of it is owed any more."""

    loan_id: UUID
    book_id: UUID


@dataclass(frozen=True, slots=True)
class PaidPart:
    """How much of a payment went to a fine."""

    fine_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One payment over several fines: what each got, oldest first, and what is owed after it."""

    member_id: UUID
    reference: str | None
    amount: Money
    paid: tuple[PaidPart, ...]
    owed: Money
    paid_at: datetime


class Fines(Protocol):
    """The fines on record."""

    def add(self, fine: Fine) -> None: ...

    async def get(self, fine_id: UUID) -> Fine | None:
        """Return a fine as it is now; nobody else posts to it until this transaction ends."""
        ...

    async def of_loan(self, loan_id: UUID) -> list[Fine]:
        """Return what was charged for a loan, likewise."""
        ...

    async def owed_by(self, member_id: UUID) -> list[Fine]:
        """Return what a member owes, the oldest first, likewise."""
        ...

    async def lock_debtor(self, member_id: UUID) -> bool:
        """Let nobody else charge or pay for this member until this transaction ends; False when the person is gone."""
        ...

    async def lost_loans_of(self, *, fine_id: UUID | None = None, member_id: UUID | None = None) -> list[LostLoan]:
        """Return the open loans of lost copies that a fine, or the fines of a member, belong to, book after book."""
        ...

    async def payment(self, reference: str) -> PaymentView | None:
        """Return the payment that was noted under this reference."""
        ...

    async def note_payment(self, payment: PaymentView) -> None:
        """Keep a payment under its reference. Raises ReferenceUsed when another desk was faster."""
        ...
