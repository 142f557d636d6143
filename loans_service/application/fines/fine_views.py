"""Fines as they are shown, and the questions about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from loans_service.domain.fines.fine import Fine
from loans_service.domain.money import Money

Amount = Money
"""Money as commands take it."""


@dataclass(frozen=True, slots=True)
class FineView:
    """A fine as it is shown; amounts in minor units of `currency`. `version` counts its postings.

    `loan_id` is None for what staff charged by hand.
    """

    fine_id: UUID
    loan_id: UUID | None
    member_id: UUID
    reason: str
    amount: int
    paid: int
    waived: int
    refunded: int
    owed: int
    currency: str
    status: str
    charged_at: datetime
    version: int

    @classmethod
    def of(cls, fine: Fine) -> Self:
        """Show `fine` as it stands."""
        return cls(
            fine_id=fine.id,
            loan_id=fine.loan_id,
            member_id=fine.member_id,
            reason=fine.reason,
            amount=fine.amount,
            paid=fine.paid,
            waived=fine.waived,
            refunded=fine.refunded,
            owed=fine.owed,
            currency=fine.currency,
            status=fine.status,
            charged_at=fine.charged_at,
            version=fine.version,
        )


@dataclass(frozen=True, slots=True)
class FinedLoanView:
    """The loan that a fine is for, and what was lent."""

    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    checked_out_at: datetime
    due_at: datetime
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedFineView(FineView):
    """A fine with the loan that it is for, if it is for one."""

    loan: FinedLoanView | None


@dataclass(frozen=True, slots=True)
class PostingView:
    """A line of the ledger: what was posted, how much, when, by whom and why."""

    posting: str
    amount: int
    currency: str
    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class FineFilter:
    """Which fines to list; None asks for no restriction."""

    member_id: UUID | None = None
    loan_id: UUID | None = None
    status: str | None = None


class FineViews(Protocol):
    """Fines, asked about."""

    async def fine(self, fine_id: UUID) -> ListedFineView | None: ...

    async def fines(
        self, wanted: FineFilter, *, limit: int, before: tuple[datetime, UUID] | None
    ) -> list[ListedFineView]:
        """Return fines, newest first, from behind `before` on."""
        ...

    async def postings(self, fine_id: UUID) -> list[PostingView]:
        """Return the ledger of a fine, oldest first."""
        ...
