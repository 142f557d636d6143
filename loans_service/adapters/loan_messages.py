"""What circulation tells the world: domain events as published messages. This is the wire contract."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from loans_service.domain.circulating_copy import AvailabilityChanged
from loans_service.domain.loan import CopyCheckedOut, CopyReturned, LoanEvent
from shared.persistence.outbox import Message

CHECKED_OUT = "loans.loan.checked_out"
RETURNED = "loans.loan.returned"
AVAILABILITY_CHANGED = "loans.copy.availability_changed"

MUST_ARRIVE = frozenset({AVAILABILITY_CHANGED})
"""Types that somebody certainly listens to: without a queue they wait instead of being dropped."""


def message(event: LoanEvent) -> Message:
    """Return the message that tells of `event`; its subject is the copy."""
    match event:
        case CopyCheckedOut(loan=loan, at=at):
            data = {
                **_loan_facts(event),
                "checked_out_at": _time(loan.checked_out_at),
                "due_at": _time(loan.due_at),
                "renewals": loan.renewals,
            }
            return Message(CHECKED_OUT, str(loan.copy.copy_id), at, data)
        case CopyReturned(loan=loan, at=at):
            data = {
                **_loan_facts(event),
                "checked_out_at": _time(loan.checked_out_at),
                "due_at": _time(loan.due_at),
                "renewals": loan.renewals,
                "returned_at": _time(at),
                "next": str(loan.next_stop),
            }
            return Message(RETURNED, str(loan.copy.copy_id), at, data)
        case AvailabilityChanged(copy_id=copy_id, book_id=book_id, availability=availability, due_at=due_at, at=at):
            data = {"copy_id": str(copy_id), "book_id": str(book_id), "availability": str(availability)}
            if due_at is not None:
                data["due_at"] = _time(due_at)
            return Message(AVAILABILITY_CHANGED, str(copy_id), at, data)


def _loan_facts(event: CopyCheckedOut | CopyReturned) -> dict[str, Any]:
    loan = event.loan
    return {
        "loan_id": str(loan.id),
        "copy_id": str(loan.copy.copy_id),
        "book_id": str(loan.copy.book_id),
        "member_id": str(loan.member_id),
        "branch": loan.branch,
        "item_type": loan.copy.item_type,
    }


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

SCHEMAS: dict[str, dict[str, Any]] = {
    CHECKED_OUT: _schema(_LOAN),
    RETURNED: _schema({**_LOAN, "returned_at": _TIME, "next": {"enum": ["shelf", "hold_shelf", "transit"]}}),
    AVAILABILITY_CHANGED: _schema(
        {
            "copy_id": _ID,
            "book_id": _ID,
            "availability": {"enum": ["available", "on_loan", "on_hold_shelf", "in_transit", "unavailable"]},
        },
        {"due_at": _TIME},
    ),
}
