"""What circulation tells the world: domain events as published messages. This is the wire contract."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from loans_service.domain.circulating_copy import Availability, AvailabilityChanged, NextStop
from loans_service.domain.fines.fine import Fine, FineEvent, FineReason, Posting
from loans_service.domain.holds.hold import Hold, HoldEvent, HoldEventType
from loans_service.domain.lending.loan import Loan, LoanEvent, LoanEventType
from loans_service.domain.money import Money
from loans_service.domain.privacy.erasure import BorrowerCleared
from shared.persistence.outbox import Message

LOAN_TYPES = {
    event_type: f"loans.loan.{event_type}"
    for event_type in (
        LoanEventType.CHECKED_OUT,
        LoanEventType.RENEWED,
        LoanEventType.RETURNED,
        LoanEventType.DECLARED_LOST,
        LoanEventType.CLAIMED_RETURNED,
        LoanEventType.FOUND,
        LoanEventType.DUE_SOON,
        LoanEventType.OVERDUE,
    )
}
"""What is published of a loan. A changed due date is told by the availability of its copy."""

HOLD_TYPES = {event_type: f"loans.hold.{event_type}" for event_type in HoldEventType}
AVAILABILITY_CHANGED = "loans.copy.availability_changed"
BORROWER_CLEARED = "loans.borrower.cleared"

MUST_ARRIVE = frozenset({AVAILABILITY_CHANGED, BORROWER_CLEARED})
"""Types that somebody certainly listens to: without a queue they wait instead of being dropped."""

FINE_TYPES = {posting: f"loans.fine.{posting}" for posting in (Posting.CHARGED, Posting.PAID, Posting.WAIVED)}
"""What is published of a fine. A refund follows a waiver and is told by it."""

CirculationEvent = LoanEvent | HoldEvent | AvailabilityChanged | FineEvent | BorrowerCleared


def message(event: CirculationEvent) -> Message | None:
    """Return the message that tells of `event`, or None when it is nobody else's business.

    Its subject is the copy; of a hold, the book; of a fine or a borrower, the member.
    """
    match event:
        case LoanEvent(type=kind, loan=loan, at=at, stage=stage):
            type_ = LOAN_TYPES.get(kind)
            facts = _of_loan(loan) | ({"stage": stage} if stage else {})
            return None if type_ is None else Message(type_, str(loan.copy.copy_id), at, facts)
        case HoldEvent(type=event_type, hold=hold, at=at, position=position):
            return Message(HOLD_TYPES[event_type], str(hold.book_id), at, _of_hold(hold, position))
        case FineEvent(posting=posting, fine=fine, amount=amount, at=at):
            fine_type = FINE_TYPES.get(posting)
            return None if fine_type is None else Message(fine_type, str(fine.member_id), at, _of_fine(fine, amount))
        case AvailabilityChanged(copy_id=copy_id, book_id=book_id, availability=availability, due_at=due_at, at=at):
            data = {"copy_id": str(copy_id), "book_id": str(book_id), "availability": str(availability)}
            return Message(AVAILABILITY_CHANGED, str(copy_id), at, data | _known(due_at=due_at))
        case BorrowerCleared(member_id=member_id, leaving_id=leaving_id, at=at):
            data = {"member_id": str(member_id), "leaving_id": str(leaving_id)}
            return Message(BORROWER_CLEARED, str(member_id), at, data)


def _of_loan(loan: Loan) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "loan_id": str(loan.id),
        "copy_id": str(loan.copy.copy_id),
        "book_id": str(loan.copy.book_id),
        "member_id": str(loan.member_id),
        "branch": loan.branch,
        "item_type": loan.copy.item_type,
        "checked_out_at": _time(loan.checked_out_at),
        "due_at": _time(loan.due_at),
        "renewals": loan.renewals,
    }
    return facts | _known(returned_at=loan.returned_at, next=loan.next_stop)


def _of_hold(hold: Hold, position: int | None) -> dict[str, Any]:
    facts = {"hold_id": str(hold.id), "book_id": str(hold.book_id), "member_id": str(hold.member_id)}
    return facts | _known(
        copy_id=hold.copy_id or hold.wanted_copy_id,
        position=position,
        pickup_branch=hold.pickup_branch,
        pickup_until=hold.pickup_until,
    )


def _of_fine(fine: Fine, amount: Money) -> dict[str, Any]:
    return {
        "fine_id": str(fine.id),
        "loan_id": str(fine.loan_id),
        "member_id": str(fine.member_id),
        "reason": str(fine.reason),
        "amount": amount.figures(),
    }


def _known(**facts: Any) -> dict[str, Any]:
    """Return the facts that are there, as JSON writes them."""
    return {name: _plain(fact) for name, fact in facts.items() if fact is not None}


def _plain(fact: Any) -> Any:
    if isinstance(fact, datetime):
        return _time(fact)
    return fact if isinstance(fact, int) else str(fact)


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _schema(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": True,
    }


_ID = {"type": "string", "format": "uuid"}
_TIME = {"type": "string", "format": "date-time"}
_LOAN = {
    "loan_id": _ID,
    "copy_id": _ID,
    "book_id": _ID,
    "member_id": _ID,
    "branch": {"type": "string"},
    "item_type": {"type": "string"},
    "checked_out_at": _TIME,
    "due_at": _TIME,
    "renewals": {"type": "integer", "minimum": 0},
}

_STOP = {"enum": [str(stop) for stop in NextStop]}
_HOLD = {"hold_id": _ID, "book_id": _ID, "member_id": _ID}
_OF_HOLD = {
    "copy_id": _ID,
    "position": {"type": "integer", "minimum": 1},
    "pickup_branch": {"type": "string"},
    "pickup_until": _TIME,
}
_MORE_TOLD: dict[HoldEventType, tuple[str, ...]] = {
    HoldEventType.PLACED: ("position",),
    HoldEventType.READY: ("copy_id", "pickup_branch", "pickup_until"),
}

_FINE = {
    "fine_id": _ID,
    "loan_id": _ID,
    "member_id": _ID,
    "reason": {"enum": [str(reason) for reason in FineReason]},
    "amount": {
        "type": "object",
        "required": ["amount", "currency"],
        "properties": {"amount": {"type": "integer", "minimum": 1}, "currency": {"type": "string"}},
    },
}

SCHEMAS: dict[str, dict[str, Any]] = {
    **{type_: _schema(_LOAN, {"returned_at": _TIME, "next": _STOP}) for type_ in LOAN_TYPES.values()},
    LOAN_TYPES[LoanEventType.OVERDUE]: _schema({**_LOAN, "stage": {"type": "integer", "minimum": 1}}),
    LOAN_TYPES[LoanEventType.RETURNED]: _schema({**_LOAN, "returned_at": _TIME, "next": _STOP}),
    **{
        type_: _schema(_HOLD | {name: _OF_HOLD[name] for name in _MORE_TOLD.get(event_type, ())}, _OF_HOLD)
        for event_type, type_ in HOLD_TYPES.items()
    },
    **dict.fromkeys(FINE_TYPES.values(), _schema(_FINE)),
    AVAILABILITY_CHANGED: _schema(
        {"copy_id": _ID, "book_id": _ID, "availability": {"enum": [str(word) for word in Availability]}},
        {"due_at": _TIME},
    ),
    BORROWER_CLEARED: _schema({"member_id": _ID, "leaving_id": _ID}),
}
