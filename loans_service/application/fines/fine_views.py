"""Fines as they are shown, and the filters for listing them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from loans_service.application.tills.till_views import ReceiptView
from loans_service.domain.fines.fine import Fine, FineStatus
from loans_service.domain.fines.payment import PaymentInParts
from loans_service.domain.money import Money
from shared.kernel.from_attributes import from_attributes

Amount = Money
"""Money in commands and views."""

_AMOUNTS = ("amount", "owed", "paid", "waived", "refunded")


def in_money(fine: Any) -> dict[str, Money]:
    """Return the amounts of a fine, or of a table row, by name."""
    return {name: Money(getattr(fine, name), fine.currency) for name in _AMOUNTS}


@dataclass(frozen=True, slots=True)
class FineView:
    """A fine, or a charge by hand, which has no `loan_id`. `version` counts its changes.

    `branch` is where it was lent, or charged by hand; null for what is of none.
    `reason` is `overdue`, `reminder`, `lost`, `processing`, `rental`, `deposit`, `collection` or one of the policy's
    kinds of charge. `sent_to_collection_at` is when a collection agency was given it, null if none was.
    `refunded` is what the library gave back, or still has to: it was paid for a copy that was found, or as a deposit.
    """

    fine_id: UUID
    loan_id: UUID | None
    member_id: UUID
    reason: str
    status: FineStatus
    amount: Money
    owed: Money
    paid: Money
    waived: Money
    refunded: Money
    charged_at: datetime
    version: int
    sent_to_collection_at: datetime | None = field(default=None, kw_only=True)  # absent from answers stored before
    branch: str | None = field(default=None, kw_only=True)  # so is this

    @classmethod
    def of(cls, fine: Fine) -> Self:
        """Show `fine` as it stands."""
        return from_attributes(fine, cls, fine_id=fine.id, **in_money(fine))


@dataclass(frozen=True, slots=True)
class PaidFineView(FineView):
    """A fine after a payment, and the receipt for it."""

    receipt: ReceiptView | None = None  # answers that were stored before there were receipts have none


@dataclass(frozen=True, slots=True)
class FinedLoanView:
    """What was lent, and from when until when. `returned_at` is null unless the copy came back.

    `version` is that of the loan, which may change while its fine does not.
    """

    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    checked_out_at: datetime
    due_at: datetime
    returned_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class ListedFineView(FineView):
    """A fine with the loan that it is for; a charge by hand is for none."""

    loan: FinedLoanView | None


@dataclass(frozen=True, slots=True)
class PostingView:
    """A line of the ledger.

    `by` is an account or `system`. Borrowers read `staff` instead of an account, and then no `why`.
    """

    posting: str
    amount: Money
    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class FineInFull(ListedFineView):
    """A fine with its ledger, oldest line first."""

    ledger: list[PostingView]

    @property
    def mark(self) -> str:
        """What the ETag adds to the version: the version of the loan, which changes by itself."""
        return "" if self.loan is None else f"l{self.loan.version}"


@dataclass(frozen=True, slots=True)
class FineFilter:
    """Which fines to list; None does not restrict."""

    member_id: UUID | None = None
    loan_id: UUID | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionFilter:
    """How old debts must be, what those must come to in minor units, and where something was lent; None: anywhere."""

    older_than_days: int
    at_least: int
    branch: str | None


@dataclass(frozen=True, slots=True)
class CollectableView:
    """What of a member's debts can be sent to a collection agency: how much, how many, since when, and for what fee."""

    member_id: UUID
    owed: Money
    fines: int
    oldest_charged_at: datetime
    fee: Money | None


@dataclass(frozen=True, slots=True)
class CollectionView:
    """What a collection agency has to collect from a member, and since when. `fee` is null if none was charged now."""

    member_id: UUID
    owed: Money
    fee: Money | None
    fine_ids: tuple[UUID, ...]
    sent_to_collection_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentView(PaymentInParts):
    """One payment over several fines: what each got, oldest first, and what is owed after it.

    The receipt says what became credit. It is null in lists, where its `number` stands, and of payments that were taken
    before there were receipts.
    """

    receipt: ReceiptView | None = None


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """Days on which nothing was lent because a copy came back late; the last one is `ends_on`."""

    loan_id: UUID | None
    starts_on: date
    ends_on: date
    days: int
    made_at: datetime
    lifted_at: datetime | None
