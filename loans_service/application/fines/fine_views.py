"""Fines as they are shown, and the questions about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from loans_service.application.told_to_borrowers import as_told
from loans_service.domain.fines.fine import Fine, FineNotFound


@dataclass(frozen=True, slots=True)
class FineView:
    """A fine as it is shown; amounts in minor units of `currency`. `version` counts its postings."""

    fine_id: UUID
    loan_id: UUID
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

    async def fine(self, fine_id: UUID) -> FineView | None: ...

    async def fines(self, wanted: FineFilter, *, limit: int, before: tuple[datetime, UUID] | None) -> list[FineView]:
        """Return fines, newest first, from behind `before` on."""
        ...

    async def postings(self, fine_id: UUID) -> list[PostingView]:
        """Return the ledger of a fine, oldest first."""
        ...


async def show_fine(fine_id: UUID, *, only_of: UUID | None, views: FineViews) -> FineView:
    """Show one fine. With `only_of`, a fine of anybody else is as unknown as one that does not exist."""
    fine = await views.fine(fine_id)
    if fine is None or only_of not in (None, fine.member_id):
        raise FineNotFound
    return fine


async def show_ledger(fine: FineView, *, only_of: UUID | None, views: FineViews) -> list[PostingView]:
    """Show the ledger of a fine. Borrowers are not told which of the staff posted what, nor why."""
    return as_told(await views.postings(fine.fine_id), only_of=only_of)
