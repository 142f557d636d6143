"""Tills, receipts and payouts as they are shown."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import UUID

from loans_service.domain.money import Money
from loans_service.domain.tills.payout import Payout, PayoutReason
from loans_service.domain.tills.till import Method, MovementKind, Till, TillKind
from loans_service.domain.tills.till_receipt import ReceiptKind, TillReceipt
from shared.kernel.from_attributes import from_attributes

Amount = Money
"""Money in commands and views."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """The session of a till that is open: since when, and opened by which account."""

    session_id: UUID
    opened_at: datetime
    opened_by: str


@dataclass(frozen=True, slots=True)
class TillView:
    """A till. `desk`: it is opened with a count; `own`: that of a branch, a machine or an account, always open.

    `session` is null while it is closed. What has to be in the drawer is not shown: it is counted first.
    """

    till: str
    kind: TillKind
    branch: str | None
    name: str
    session: SessionView | None

    @classmethod
    def of(cls, till: Till) -> Self:
        """Show `till` as it stands."""
        session = None if till.session is None else from_attributes(till.session, SessionView)
        return cls(till.code, till.kind, till.branch, till.name, session)


@dataclass(frozen=True, slots=True)
class ReceiptLineView:
    """What a part of a receipt is for: a fine by its reason, or `credit`. `given_back`: what was refunded of it.

    `fine_id` is null for credit, and once it is forgotten whose fine it was.
    """

    fine_id: UUID | None
    reason: str
    amount: Money
    given_back: Money


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt. A `payment` was taken, a `void`, `refund` or `payout` given back: `reverses` names the payment.

    `number` is the till, the year, and a serial without gaps. `by` is an account; borrowers read `staff` instead, and
    then no `why`. `member_id` is null once it is forgotten who paid. `paid_by` is who paid for them as guardian
    or proxy.
    """

    number: str
    kind: ReceiptKind
    at: datetime
    till: str
    branch: str | None
    method: Method
    total: Money
    lines: list[ReceiptLineView]
    member_id: UUID | None
    reverses: str | None
    by: str
    why: str
    paid_by: UUID | None

    @classmethod
    def of(cls, receipt: TillReceipt) -> Self:
        """Show `receipt`."""
        currency = receipt.total.currency
        lines = [
            from_attributes(line, ReceiptLineView, given_back=Money(line.given_back, currency))
            for line in receipt.lines
        ]
        return from_attributes(receipt, cls, lines=lines)


@dataclass(frozen=True, slots=True)
class ReceiptFilter:
    """Which receipts to list, by the days in the library's time zone; None does not restrict."""

    from_day: date | None = None
    until_day: date | None = None
    branch: str | None = None
    till: str | None = None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PayoutView:
    """A sum that the library owes a member. `used` was set against charges, `paid` handed over, `due` is left."""

    payout_id: UUID
    member_id: UUID | None
    reason: PayoutReason
    fine_id: UUID | None
    amount: Money
    used: Money
    paid: Money
    due: Money
    made_at: datetime

    @classmethod
    def of(cls, payout: Payout) -> Self:
        """Show `payout` as it stands."""
        currency = payout.amount.currency
        sums = {"used": payout.used, "paid": payout.paid, "due": payout.left}
        return from_attributes(payout, cls, **{name: Money(amount, currency) for name, amount in sums.items()})


@dataclass(frozen=True, slots=True)
class PaidOutView(PayoutView):
    """A payout that was handed over, and its receipt."""

    receipt: ReceiptView


@dataclass(frozen=True, slots=True)
class OpenedView(TillView):
    """A till that was opened. `difference`: how much more was counted than was left in it; negative if it is less."""

    difference: Money


@dataclass(frozen=True, slots=True)
class CountView:
    """What had to be there of one method since the till was opened, what was counted, and the difference."""

    method: Method
    expected: Money
    counted: Money
    difference: Money


@dataclass(frozen=True, slots=True)
class CashUpView:
    """What a count has found. `opening` was in the drawer at the beginning; the cash that is expected includes it."""

    till: str
    session_id: UUID
    opened_at: datetime
    closed_at: datetime
    opening: Money
    counts: list[CountView]
    note: str


@dataclass(frozen=True, slots=True)
class MovementView:
    """Cash that was put into a drawer or taken out, without a receipt."""

    movement_id: UUID
    till: str
    kind: MovementKind
    amount: Money
    note: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class DrawerView:
    """The cash of a till since its last opening. `agrees`: the parts come to `drawer`."""

    till: str
    opening: Money
    taken: Money
    given_back: Money
    moved: Money
    differences: Money
    drawer: Money
    agrees: bool


@dataclass(frozen=True, slots=True)
class NumbersView:
    """The last serial of a till in a year, and how many receipts there are. `agrees`: none is missing."""

    till: str
    year: int
    last: int
    receipts: int
    agrees: bool


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What all fines come to. `agrees`: charged - waived = owed + settled."""

    charged: Money
    waived: Money
    owed: Money
    settled: Money
    agrees: bool


@dataclass(frozen=True, slots=True)
class TakenView:
    """What came and went by method. `agrees`: settled = taken + elsewhere - given_back - due.

    `due` is owed to members as credit; `elsewhere` was paid in another system or before there were tills.
    """

    taken: dict[str, Money]
    elsewhere: Money
    given_back: dict[str, Money]
    due: Money
    agrees: bool


@dataclass(frozen=True, slots=True)
class BalanceView:
    """Whether the money adds up, in the library's currency: the ledger, what was taken, each drawer, all numbers."""

    ledger: LedgerView
    money: TakenView
    drawers: list[DrawerView]
    numbers: list[NumbersView]
    agrees: bool
