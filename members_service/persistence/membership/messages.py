"""Domain events of membership as published messages. This is the wire contract; change it with care.

None of them holds a name, an address or a reason: a service that needs more asks over HTTP.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from members_service.domain.membership.fee import FeeDue, FeeKind
from members_service.domain.membership.member_events import (
    CategoryChanged,
    MemberErased,
    MemberEvent,
    MemberJoined,
    MemberLeaving,
    MemberMerged,
    MemberReinstated,
    MemberRenewed,
    MemberSuspended,
    ReadingHistoryChosen,
)
from members_service.domain.membership.member_record import ReadingHistory
from shared.messaging.payloads import data_of, schema_of
from shared.persistence.outbox import Message

JOINED = "members.member.joined"
RENEWED = "members.member.renewed"
SUSPENDED = "members.member.suspended"
REINSTATED = "members.member.reinstated"
LEAVING = "members.member.leaving"
ERASED = "members.member.erased"
MERGED = "members.member.merged"
CATEGORY_CHANGED = "members.member.category_changed"
HISTORY_CHOSEN = "members.member.reading_history_chosen"


MUST_ARRIVE = frozenset({JOINED, RENEWED, LEAVING, REINSTATED, MERGED, CATEGORY_CHANGED, HISTORY_CHOSEN})
"""Events that lending must receive: without a queue they wait instead of being dropped."""


@dataclass(frozen=True)
class MemberPayload:
    member_id: UUID


@dataclass(frozen=True)
class FeePayload:
    kind: FeeKind
    amount: Annotated[int, Field(description="In minor units.")]
    currency: Annotated[str | None, Field(description="That of the library if absent.")] = None


Fees = Annotated[tuple[FeePayload, ...] | None, Field(description="What the member owes for it; absent when nothing.")]


@dataclass(frozen=True)
class JoinedPayload(MemberPayload):
    category: str
    expires_on: date
    fees: Fees = None


@dataclass(frozen=True)
class RenewedPayload(MemberPayload):
    expires_on: date
    fees: Fees = None


@dataclass(frozen=True)
class SuspendedPayload(MemberPayload):
    until: Annotated[date | None, Field(description="The last day; absent when the end is open.")] = None


@dataclass(frozen=True)
class LeavingPayload(MemberPayload):
    leaving_id: UUID


@dataclass(frozen=True)
class MergedPayload(MemberPayload):
    into: Annotated[UUID, Field(description="Whose all of it is now.")]
    category: Annotated[str, Field(description="Of the one that stays.")]


@dataclass(frozen=True)
class CategoryPayload(MemberPayload):
    category: str


@dataclass(frozen=True)
class HistoryChosenPayload(MemberPayload):
    reading_history: Annotated[ReadingHistory, Field(description="What is to be kept of past loans.")]


_MARY = UUID("01a20e28-0f3d-748b-97af-a3e33bce55d0")

SCHEMAS: dict[str, dict[str, Any]] = {
    JOINED: schema_of(JoinedPayload(_MARY, "adult", date(2027, 3, 2), (FeePayload(FeeKind.ENROLMENT, 500, "EUR"),))),
    RENEWED: schema_of(RenewedPayload(_MARY, date(2028, 3, 2), (FeePayload(FeeKind.MEMBERSHIP, 2000, "EUR"),))),
    SUSPENDED: schema_of(SuspendedPayload(_MARY, date(2026, 6, 30))),
    REINSTATED: schema_of(MemberPayload(_MARY)),
    LEAVING: schema_of(LeavingPayload(_MARY, UUID("01a20f31-52c6-7b5c-9f13-a4d2e6082c17"))),
    ERASED: schema_of(MemberPayload(_MARY)),
    MERGED: schema_of(MergedPayload(_MARY, UUID("0193c2f4-7a10-7cc1-8f2e-5a1d3b9c7e01"), "adult")),
    CATEGORY_CHANGED: schema_of(CategoryPayload(_MARY, "student")),
    HISTORY_CHOSEN: schema_of(HistoryChosenPayload(_MARY, ReadingHistory.KEEP)),
}


def message(event: MemberEvent) -> Message:
    """Return `event` as a message; its subject is the member."""
    type_, payload = _payload_of(event)
    return Message(type_, str(event.member_id), event.at, data_of(payload))


def _payload_of_fees(fees: tuple[FeeDue, ...]) -> Fees:
    return tuple(FeePayload(due.kind, due.fee.amount, due.fee.currency) for due in fees) or None


def _payload_of(event: MemberEvent) -> tuple[str, MemberPayload]:
    match event:
        case MemberJoined(member_id=member_id, category=category, expires_on=expires_on, fees=fees):
            return JOINED, JoinedPayload(member_id, category, expires_on, _payload_of_fees(fees))
        case MemberRenewed(member_id=member_id, expires_on=expires_on, fees=fees):
            return RENEWED, RenewedPayload(member_id, expires_on, _payload_of_fees(fees))
        case MemberSuspended(member_id=member_id, until=until):
            return SUSPENDED, SuspendedPayload(member_id, until)
        case MemberReinstated(member_id=member_id):
            return REINSTATED, MemberPayload(member_id)
        case MemberLeaving(member_id=member_id, leaving_id=leaving_id):
            return LEAVING, LeavingPayload(member_id, leaving_id)
        case MemberErased(member_id=member_id):
            return ERASED, MemberPayload(member_id)
        case MemberMerged(member_id=member_id, into=into, category=category):
            return MERGED, MergedPayload(member_id, into, category)
        case CategoryChanged(member_id=member_id, category=category):
            return CATEGORY_CHANGED, CategoryPayload(member_id, category)
        case ReadingHistoryChosen(member_id=member_id, choice=choice):
            return HISTORY_CHOSEN, HistoryChosenPayload(member_id, choice)
