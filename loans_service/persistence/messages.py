"""Domain events as published messages. This is the wire contract."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from loans_service.domain.circulating_copy import (
    Availability,
    AvailabilityChanged,
    CopyNotOnShelf,
    NextStop,
    StandsWhy,
)
from loans_service.domain.fines.fine import FineEvent, Posting
from loans_service.domain.holds.hold import HoldEvent, HoldEventType
from loans_service.domain.lending.loan import Loan, LoanEvent
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.domain.money import Money
from loans_service.domain.privacy.erasure import BorrowerCleared
from loans_service.domain.rules.reminders import stages_of_lateness
from loans_service.domain.tills.payout import CreditPaidOut
from shared.kernel.from_attributes import from_attributes
from shared.messaging.payloads import data_of, schema_of
from shared.persistence.outbox import Message

LOAN_TYPES: dict[LoanEventType, str] = {
    kind: f"loans.loan.{kind}" for kind in LoanEventType if kind is not LoanEventType.TAKEN_OVER
}
"""The types of loan events. A loan that was taken over is published as checked out, marked as imported."""

HOLD_TYPES = {event_type: f"loans.hold.{event_type}" for event_type in HoldEventType}
AVAILABILITY_CHANGED = "loans.copy.availability_changed"
COPY_NOT_FOUND = "loans.copy.not_found"
BORROWER_CLEARED = "loans.borrower.cleared"

MUST_ARRIVE = frozenset({AVAILABILITY_CHANGED, COPY_NOT_FOUND, BORROWER_CLEARED})
"""Types that always have a subscriber: without a queue they wait instead of being dropped."""

FINE_TYPES = {posting: f"loans.fine.{posting}" for posting in Posting}
CREDIT_PAID_OUT = "loans.payout.paid"

CirculationEvent = (
    LoanEvent | HoldEvent | AvailabilityChanged | CopyNotOnShelf | FineEvent | CreditPaidOut | BorrowerCleared
)


@dataclass(frozen=True, kw_only=True)
class LoanPayload:
    loan_id: UUID
    copy_id: UUID
    book_id: UUID
    member_id: UUID
    branch: str
    item_type: str
    checked_out_at: datetime
    due_at: datetime
    renewals: Annotated[int, Field(ge=0)]
    overridden: list[str]
    returned_at: datetime | None = None
    next: NextStop | None = None
    stage: Annotated[int, Field(ge=1)] | None = None
    stages: Annotated[int, Field(ge=1, description="How many reminders of lateness there are.")] | None = None
    by_itself: Annotated[bool, Field(description="True: the loan renewed itself.")] | None = None
    not_renewed: (
        Annotated[
            tuple[str, ...], Field(description="Why a loan that renews itself did not: the codes of the refusals.")
        ]
        | None
    ) = None
    recalled: Annotated[bool, Field(description="True: it is due earlier since somebody waits.")] | None = None


@dataclass(frozen=True, kw_only=True)
class HoldPayload:
    hold_id: UUID
    book_id: UUID
    member_id: UUID
    copy_id: UUID | None = None
    volume: str | None = None
    position: Annotated[int, Field(ge=1)] | None = None
    pickup_branch: str | None = None
    pickup_until: datetime | None = None
    reason: Annotated[str, Field(description="The code of why the library cancelled it.")] | None = None


@dataclass(frozen=True, kw_only=True)
class AmountPayload:
    amount: Annotated[int, Field(ge=1)]
    currency: str


@dataclass(frozen=True, kw_only=True)
class FinePayload:
    fine_id: UUID
    loan_id: UUID | None
    member_id: UUID
    reason: str
    amount: AmountPayload
    branch: Annotated[str, Field(description="The branch of the loan; a charge by hand has none.")] | None = None
    receipt: Annotated[str, Field(description="The number of the receipt that a till gave.")] | None = None
    credit: (
        Annotated[bool, Field(description="True: it was not handed over; the library owes it to the member.")] | None
    ) = None


@dataclass(frozen=True, kw_only=True)
class CreditPaidOutPayload:
    payout_id: UUID
    member_id: UUID
    amount: AmountPayload
    receipt: str


@dataclass(frozen=True, kw_only=True)
class StandsPayload:
    branch: Annotated[
        str | None,
        Field(description="Of one that travels, the branch that it left; of one on loan, the branch that lent it."),
    ]
    location: Annotated[str | None, Field(description="Circulation knows of none; at home, the catalogue does.")]
    why: StandsWhy
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class AvailabilityPayload:
    copy_id: UUID
    book_id: UUID
    availability: Availability
    due_at: datetime | None = None
    transit_to: Annotated[str, Field(description="The branch that it travels to.")] | None = None
    scanned: Annotated[bool, Field(description="True: somebody had it in hand at that moment.")] | None = None
    scanned_at: Annotated[datetime, Field(description="When somebody had it in hand, for each scan.")] | None = None
    stands: StandsPayload


@dataclass(frozen=True, kw_only=True)
class CopyNotFoundPayload:
    copy_id: UUID
    book_id: UUID
    barcode: str
    branch: str
    hold_id: UUID | None = None


@dataclass(frozen=True)
class BorrowerPayload:
    member_id: UUID
    leaving_id: UUID


_HOME_COMING = ("returned_at", "next")
_SOMETIMES = ("stage", "stages", "by_itself", "not_renewed", "recalled")
"""Fields of a few types of loan events."""

_NEVER: dict[HoldEventType, tuple[str, ...]] = {
    HoldEventType.NO_LONGER_READY: ("position", "pickup_until", "reason"),
}

_BOOK, _COPY = UUID("01a20e28-0ed8-759a-b944-fc4ab3285b0d"), UUID("01a20e28-0edd-7560-b2c0-5199a4e5b02d")
_ADA = UUID("01a20e28-0f3d-748b-97af-a3e33bce55d0")
_LEAVING = UUID("01a20f31-52c6-7b5c-9f13-a4d2e6082c17")
_LENT, _DUE = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 23, 23, 59, 59, tzinfo=UTC)
_BACK, _FETCHED_BY = datetime(2026, 3, 20, 16, 30, tzinfo=UTC), datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)
_A_LOAN = LoanPayload(
    loan_id=UUID("01a20e28-1086-7c88-b465-26674d79d3b0"),
    copy_id=_COPY,
    book_id=_BOOK,
    member_id=_ADA,
    branch="MAIN",
    item_type="book",
    checked_out_at=_LENT,
    due_at=_DUE,
    renewals=0,
    overridden=[],
)
_A_HOLD = HoldPayload(hold_id=UUID("01a20e28-2b5c-7a10-9c3e-5d1f0a7b4c21"), book_id=_BOOK, member_id=_ADA)
_ON_THE_SHELF = replace(_A_HOLD, copy_id=_COPY, pickup_branch="MAIN")
_A_FINE = FinePayload(
    fine_id=UUID("01a20e28-1091-7c1a-9b57-7cb0a1d1c0de"),
    loan_id=_A_LOAN.loan_id,
    member_id=_ADA,
    reason="overdue",
    amount=AmountPayload(amount=240, currency="EUR"),
    branch="MAIN",
)
_RECEIPT = "MAIN-2026-000042"
_HOLDS = {
    HoldEventType.PLACED: replace(_A_HOLD, position=1),
    HoldEventType.READY: replace(_ON_THE_SHELF, pickup_until=_FETCHED_BY),
    HoldEventType.NO_LONGER_READY: _ON_THE_SHELF,
}
"""Events of this type always have what their sample has; the others, no more than each hold has."""

SCHEMAS: dict[str, dict[str, Any]] = {
    **{type_: schema_of(_A_LOAN, never=_SOMETIMES) for type_ in LOAN_TYPES.values()},
    LOAN_TYPES[LoanEventType.DUE_SOON]: schema_of(
        replace(_A_LOAN, not_renewed=("renewal-limit-reached",)), never=("stage", "stages", "by_itself", "recalled")
    ),
    LOAN_TYPES[LoanEventType.RENEWED]: schema_of(
        replace(_A_LOAN, by_itself=True), never=("stage", "stages", "not_renewed", "recalled")
    ),
    LOAN_TYPES[LoanEventType.DUE_DATE_CHANGED]: schema_of(
        replace(_A_LOAN, recalled=True), never=("stage", "stages", "by_itself", "not_renewed")
    ),
    LOAN_TYPES[LoanEventType.OVERDUE]: schema_of(
        replace(_A_LOAN, stage=1, stages=3), always={"stage", "stages"}, never=(*_HOME_COMING, *_SOMETIMES[2:])
    ),
    LOAN_TYPES[LoanEventType.RETURNED]: schema_of(
        replace(_A_LOAN, returned_at=_BACK, next=NextStop.SHELF), always=_HOME_COMING, never=_SOMETIMES
    ),
    **{
        type_: schema_of(sample, always=data_of(sample), never=_NEVER.get(event, ()))
        for event, type_ in HOLD_TYPES.items()
        for sample in (_HOLDS.get(event, _A_HOLD),)
    },
    **{FINE_TYPES[one]: schema_of(_A_FINE, never=("receipt", "credit")) for one in (Posting.CHARGED, Posting.WAIVED)},
    FINE_TYPES[Posting.PAID]: schema_of(replace(_A_FINE, receipt=_RECEIPT), never=("credit",)),
    FINE_TYPES[Posting.REFUNDED]: schema_of(replace(_A_FINE, receipt=_RECEIPT, credit=False), always={"credit"}),
    CREDIT_PAID_OUT: schema_of(
        CreditPaidOutPayload(
            payout_id=UUID("01a20e28-5d7e-7f04-8a66-0c3b9e51f2d8"),
            member_id=_ADA,
            amount=_A_FINE.amount,
            receipt="MAIN-2026-000043",
        )
    ),
    AVAILABILITY_CHANGED: schema_of(
        AvailabilityPayload(
            copy_id=_COPY,
            book_id=_BOOK,
            availability=Availability.ON_LOAN,
            due_at=_DUE,
            scanned=True,
            scanned_at=_LENT,
            stands=StandsPayload(branch="MAIN", location=None, why=StandsWhy.ON_LOAN, since=_LENT),
        )
    ),
    COPY_NOT_FOUND: schema_of(
        CopyNotFoundPayload(copy_id=_COPY, book_id=_BOOK, barcode="30000000000019", branch="MAIN")
    ),
    BORROWER_CLEARED: schema_of(BorrowerPayload(member_id=_ADA, leaving_id=_LEAVING)),
}


def message(event: CirculationEvent) -> Message | None:
    """Return the message for `event`, or None if it is not published.

    Its subject is the copy; of a hold, the book; of a fine, a payout or a borrower, the member.
    """
    match event:
        case LoanEvent(type=kind, loan=loan, at=at):
            return _message_of(LOAN_TYPES.get(kind), loan.copy.copy_id, at, _of_loan(event))
        case HoldEvent(type=turn, hold=hold, at=at):
            return _message_of(HOLD_TYPES[turn], hold.book_id, at, _of_hold(event))
        case FineEvent(posting=posting, fine=fine, at=at):
            return _message_of(FINE_TYPES[posting], fine.member_id, at, _of_fine(event))
        case CreditPaidOut(payout=payout, at=at) as handed:
            return _message_of(CREDIT_PAID_OUT, payout.member_id, at, _of_credit(handed))
        case AvailabilityChanged(copy_id=copy_id, at=at) as changed:
            return _message_of(AVAILABILITY_CHANGED, copy_id, at, _of_copy(changed))
        case CopyNotOnShelf(copy=copy, branch=branch, hold_id=hold_id, at=at):
            missed = CopyNotFoundPayload(
                copy_id=copy.copy_id, book_id=copy.book_id, barcode=copy.barcode, branch=branch, hold_id=hold_id
            )
            return _message_of(COPY_NOT_FOUND, copy.copy_id, at, missed)
        case BorrowerCleared(member_id=member_id, leaving_id=leaving_id, at=at):
            return _message_of(BORROWER_CLEARED, member_id, at, BorrowerPayload(member_id, leaving_id))


def _message_of(type_: str | None, subject: UUID, at: datetime, payload: object) -> Message | None:
    return None if type_ is None else Message(type_, str(subject), at, data_of(payload))


def _of_loan(event: LoanEvent) -> LoanPayload:
    loan = event.loan
    is_recalled = event.type is LoanEventType.DUE_DATE_CHANGED and loan.recalled_at == event.at
    return from_attributes(
        loan,
        LoanPayload,
        loan_id=loan.id,
        copy_id=loan.copy.copy_id,
        book_id=loan.copy.book_id,
        item_type=loan.copy.item_type,
        returned_at=loan.returned_at if loan.settled_at is None else None,
        next=loan.next_stop,
        stage=event.stage or None,
        stages=_stages(loan) if event.stage else None,
        by_itself=event.by_itself or None,
        not_renewed=event.not_renewed or None,
        recalled=is_recalled or None,
        overridden=list(loan.override_codes),
    )


def _stages(loan: Loan) -> int:
    return stages_of_lateness(length=loan.due_at - loan.checked_out_at, reminders=loan.terms.reminders)


def _of_copy(changed: AvailabilityChanged) -> AvailabilityPayload:
    stands = from_attributes(changed.stands, StandsPayload, location=None)
    return from_attributes(changed, AvailabilityPayload, scanned=True if changed.scanned_at else None, stands=stands)


def _of_hold(event: HoldEvent) -> HoldPayload:
    hold = event.hold
    copy_id = event.copy_id or (None if hold.has_target else hold.copy_id) or hold.wanted_copy_id
    return from_attributes(hold, HoldPayload, hold_id=hold.id, copy_id=copy_id, position=event.position)


def _of_fine(event: FineEvent) -> FinePayload:
    fine = event.fine
    return FinePayload(
        fine_id=fine.id,
        loan_id=fine.loan_id,
        member_id=fine.member_id,
        reason=fine.reason,
        amount=_amount(event.amount),
        branch=fine.branch,
        receipt=event.receipt,
        credit=event.is_credit if event.posting is Posting.REFUNDED else None,
    )


def _of_credit(handed: CreditPaidOut) -> CreditPaidOutPayload:
    payout = handed.payout
    return CreditPaidOutPayload(
        payout_id=payout.payout_id,
        member_id=payout.member_id,
        amount=_amount(handed.amount),
        receipt=handed.receipt,
    )


def _amount(money: Money) -> AmountPayload:
    return AmountPayload(amount=money.amount, currency=money.currency)
