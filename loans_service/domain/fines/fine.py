"""What a member owes for one reason, and every posting to it. Postings are never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from loans_service.domain.money import Money
from shared.kernel.errors import Conflict, NotFound, Refused


class FineReason(StrEnum):
    """What a loan can cost: lateness, a reminder of it, the price of a lost copy, its processing, rental or a deposit.

    A collection costs a fee, and belongs to no loan.
    The kinds of charges that staff make by hand are defined by the policy.
    """

    OVERDUE = "overdue"
    REMINDER = "reminder"
    LOST = "lost"
    PROCESSING = "processing"
    RENTAL = "rental"
    DEPOSIT = "deposit"
    COLLECTION = "collection"


class FineStatus(StrEnum):
    """How a fine stands. It is owed until nothing is left of it; then the last posting says how it ended."""

    OWED = "owed"
    PAID = "paid"
    WAIVED = "waived"


class Posting(StrEnum):
    """What can be posted to a fine. Charges and refunds add to what is owed, payments and waivers take from it."""

    CHARGED = "charged"
    PAID = "paid"
    WAIVED = "waived"
    REFUNDED = "refunded"

    @property
    def sign(self) -> int:
        """1 for what adds to the balance, -1 for what takes from it."""
        return 1 if self in (Posting.CHARGED, Posting.REFUNDED) else -1


class Booked(StrEnum):
    """Where money of a posting is accounted for beside the ledger: by the receipt of a till, or as a payout."""

    RECEIPT = "receipt"
    PAYOUT = "payout"


@dataclass(frozen=True, slots=True)
class FineEvent:
    """A posting to a fine: how much, when, and why if a reason was given.

    `booked` is None where no money moved, or it moved in another system; `receipt` is the number of the receipt of a
    till. `as_credit`: what was given back there is owed to the member instead of handed over.
    """

    posting: Posting
    fine: "Fine"
    amount: Money
    at: datetime
    why: str = ""
    booked: Booked | None = None
    receipt: str | None = None
    as_credit: bool = False

    @property
    def is_credit(self) -> bool:
        """Whether the library owes to the member what it gave back, and did not hand it over."""
        return self.as_credit or self.booked is Booked.PAYOUT


class FineNotFound(NotFound):
    """There is no such fine, or not for this caller."""

    code = "fine-not-found"
    detail = "There is no fine with this id, or it is not yours to see."


class FineNotOwed(Conflict):
    """Nothing is left of the fine."""

    code = "fine-not-owed"
    detail = "Nothing of this fine is owed any more: it was paid or waived before."


class PaymentExceedsOwed(Refused):
    """More is to be paid than is owed."""

    code = "payment-exceeds-owed"

    def __init__(self, *, owed: Money) -> None:
        super().__init__("This is more than is owed. Take at most the amount given here.", owed=owed.figures())


class WaiverExceedsOwed(Refused):
    """More is to be forgiven than is owed."""

    code = "waiver-exceeds-owed"

    def __init__(self, *, owed: Money) -> None:
        super().__init__(
            "This is more than is owed. Forgive at most the amount given here, or leave `amount` out to forgive all.",
            owed=owed.figures(),
        )


class OtherCurrency(Refused):
    """An amount is in another currency than what is owed."""

    code = "other-currency"

    def __init__(self, *, owed: Money) -> None:
        super().__init__(f"This is owed in {owed.currency}. Say the amount in that currency.", owed=owed.figures())


class Fine:
    """A charge; its methods post to it, its attributes are read-only. Amounts are in minor units of one currency.

    Creating one charges `amount`, which must be positive. `reason` is a FineReason or, for a charge by hand, a kind
    from the policy; a charge by hand belongs to no loan. `branch` is that of the loan, or where it was charged.
    """

    def __init__(
        self,
        *,
        id: UUID,
        loan_id: UUID | None,
        member_id: UUID,
        reason: str,
        amount: Money,
        now: datetime,
        why: str = "",
        branch: str | None = None,
    ) -> None:
        self.id = id
        self.loan_id = loan_id
        self.branch = branch
        self.member_id = member_id
        self.reason = reason
        self.amount = amount.amount
        self.currency = amount.currency
        self.paid = 0
        self.waived = 0
        self.refunded = 0
        self.charged_at = now
        self.anonymised_at: datetime | None = None
        self.sent_to_collection_at: datetime | None = None
        self.sent_to_collection_by: str | None = None
        self.why_collected: str | None = None
        self.version = 0
        self._events: list[FineEvent] = []
        self._post(Posting.CHARGED, amount.amount, at=now, why=why)

    @classmethod
    def restored(cls, facts: Mapping[str, Any]) -> Self:
        """Return the fine that was stored with these facts, without recording events."""
        fine = cls.__new__(cls)
        fine.__dict__.update(facts, _events=[])
        return fine

    def pay(self, amount: Money, *, now: datetime, booked: Booked | None = None) -> None:
        """Take a payment, of the whole or a part. Raises FineNotOwed, OtherCurrency and PaymentExceedsOwed."""
        self._expect_owed(amount)
        if amount.amount > self.owed:
            raise PaymentExceedsOwed(owed=self._money(self.owed))
        self.paid += amount.amount
        self._post(Posting.PAID, amount.amount, at=now, booked=booked)

    def waive(self, amount: Money | None = None, *, why: str, now: datetime) -> None:
        """Forgive this amount, or all that is left. Raises FineNotOwed, OtherCurrency and WaiverExceedsOwed."""
        self._expect_owed(amount)
        forgiven = self.owed if amount is None else amount.amount
        if forgiven > self.owed:
            raise WaiverExceedsOwed(owed=self._money(self.owed))
        self.waived += forgiven
        self._post(Posting.WAIVED, forgiven, at=now, why=why)

    @property
    def settled(self) -> int:
        """What was paid and not given back, in minor units."""
        return self.paid - self.refunded

    def take_back(self, amount: Money, *, why: str, now: datetime) -> None:
        """Give back so much of what was paid, at a till: it is owed again. At most what is settled."""
        if amount.currency != self.currency or not 0 < amount.amount <= self.settled:
            raise ValueError("only what was paid is given back")
        self.refunded += amount.amount
        self._post(Posting.REFUNDED, amount.amount, at=now, why=why, booked=Booked.RECEIPT)

    def note_receipt(self, number: str, *, as_credit: bool = False) -> None:
        """Note which receipt was given for what was posted at a till just now; what was given back may be credit."""
        self._events = [
            replace(one, receipt=number, as_credit=as_credit)
            if one.booked is Booked.RECEIPT and one.receipt is None
            else one
            for one in self._events
        ]

    def cancel(self, *, why: str, now: datetime) -> None:
        """Cancel the charge: waive what is owed, and owe the member what was paid. Repeating it changes nothing."""
        waived, paid = self.amount - self.waived, self.settled
        if waived > 0:
            self.waived += waived
            self._post(Posting.WAIVED, waived, at=now, why=why)
        if paid > 0:
            self.refunded += paid
            self._post(Posting.REFUNDED, paid, at=now, why=why, booked=Booked.PAYOUT)

    def send_to_collection(self, *, now: datetime, by: str, why: str = "") -> None:
        """Note that a collection agency has it from now on. Repeating it changes nothing. Raises FineNotOwed."""
        self._expect_owed(None)
        if self.sent_to_collection_at is None:
            self.sent_to_collection_at, self.sent_to_collection_by, self.why_collected = now, by, why or None
            self.version += 1

    def take_events(self) -> list[FineEvent]:
        """Return what was posted since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _expect_owed(self, amount: Money | None) -> None:
        if self.status is not FineStatus.OWED:
            raise FineNotOwed
        if amount is not None and amount.currency != self.currency:
            raise OtherCurrency(owed=self._money(self.owed))

    def _money(self, amount: int) -> Money:
        return Money(amount, self.currency)

    def _post(
        self, posting: Posting, amount: int, *, at: datetime, why: str = "", booked: Booked | None = None
    ) -> None:
        self.owed = self.amount - self.paid - self.waived + self.refunded
        if self.owed > 0:
            self.status = FineStatus.OWED
        else:
            self.status = FineStatus.PAID if posting is Posting.PAID else FineStatus.WAIVED
        self.version += 1
        self._events.append(FineEvent(posting, self, self._money(amount), at, why, booked))
