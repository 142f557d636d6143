"""The events of lending that members are told of. What came with an import is told to nobody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from members_service.application.notices.hear_what_is_noted import HearWhatIsNoted
from members_service.application.notices.note_occurrences import NoteOccurrences, OccurrenceNews
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from shared.messaging.bus import Listener, Subscription
from shared.messaging.envelope import Incoming
from shared.messaging.payloads import EventData

NAME = "members.notices"

_A_DAY, _A_WEEK = timedelta(days=1), timedelta(days=7)


class LoanPayload(EventData):
    """What is read of events of loans; other fields may come and go."""

    loan_id: UUID
    copy_id: UUID
    book_id: UUID
    member_id: UUID
    branch: str
    due_at: datetime
    stage: int | None = None
    stages: int | None = None
    by_itself: bool | None = None
    not_renewed: list[str] | None = None
    recalled: bool | None = None


class HoldPayload(EventData):
    """What is read of events of holds."""

    hold_id: UUID
    book_id: UUID
    member_id: UUID
    copy_id: UUID | None = None
    volume: str | None = None
    position: int | None = None
    pickup_branch: str | None = None
    pickup_until: datetime | None = None
    reason: str | None = None


class AmountPayload(EventData):
    """An amount of money in minor units."""

    amount: int
    currency: str


class FinePayload(EventData):
    """What is read of events of fines."""

    fine_id: UUID
    loan_id: UUID | None
    member_id: UUID
    reason: str
    amount: AmountPayload
    branch: str | None = None
    receipt: str | None = None
    credit: bool | None = None


class PayoutPayload(EventData):
    """What is read of events of payouts."""

    payout_id: UUID
    member_id: UUID
    amount: AmountPayload
    receipt: str


_LOANS = ("due_soon", "overdue", "renewed", "due_date_changed", "declared_lost", "checked_out", "returned")
_HOLDS = ("placed", "ready", "no_longer_ready", "expired", "cancelled")
_FINES = ("charged", "paid", "refunded")
_SHAPES: dict[str, type[EventData]] = (
    {f"loans.loan.{one}": LoanPayload for one in _LOANS}
    | {f"loans.hold.{one}": HoldPayload for one in _HOLDS}
    | {f"loans.fine.{one}": FinePayload for one in _FINES}
    | {"loans.payout.paid": PayoutPayload}
)
_MAY_SAY: dict[str, frozenset[NoticeKind]] = {
    "loans.loan.due_soon": frozenset({NoticeKind.DUE_SOON, NoticeKind.DUE_TODAY, NoticeKind.NOT_RENEWED}),
    "loans.loan.overdue": frozenset({NoticeKind.OVERDUE}),
    "loans.loan.renewed": frozenset({NoticeKind.RENEWED}),
    "loans.loan.due_date_changed": frozenset({NoticeKind.RECALLED, NoticeKind.DUE_DATE_CHANGED}),
    "loans.loan.declared_lost": frozenset({NoticeKind.LOST}),
    "loans.loan.checked_out": frozenset({NoticeKind.RECEIPT}),
    "loans.loan.returned": frozenset({NoticeKind.RECEIPT}),
    "loans.hold.placed": frozenset({NoticeKind.HOLD_PLACED}),
    "loans.hold.ready": frozenset({NoticeKind.HOLD_READY}),
    "loans.hold.no_longer_ready": frozenset({NoticeKind.HOLD_ENDED}),
    "loans.hold.expired": frozenset({NoticeKind.HOLD_ENDED}),
    "loans.hold.cancelled": frozenset({NoticeKind.HOLD_ENDED}),
    "loans.fine.charged": frozenset({NoticeKind.CHARGED}),
    "loans.fine.paid": frozenset({NoticeKind.RECEIPT}),
    "loans.fine.refunded": frozenset({NoticeKind.REFUNDED}),
    "loans.payout.paid": frozenset({NoticeKind.REFUNDED}),
}
SCHEMAS: dict[str, dict[str, Any]] = {type_: shape.json_schema() for type_, shape in _SHAPES.items()}


def types_for(kinds: frozenset[NoticeKind]) -> frozenset[str]:
    """Return the types whose events may have to be told as one of these kinds."""
    return frozenset(type_ for type_, may_say in _MAY_SAY.items() if may_say & kinds)


def notice_listener(note: NoteOccurrences, hear: HearWhatIsNoted) -> Listener:
    """Return the listener that makes notices of what happens in lending; it hears no more than `hear` wants."""

    async def handle_together(events: Sequence[Incoming]) -> None:
        if news := [one for event in events if (one := _news(event))]:
            await note(news, listener=NAME)

    async def handle(event: Incoming) -> None:
        await handle_together([event])

    async def choose(subscription: Subscription) -> None:
        await hear(subscription, types_for)

    return Listener(NAME, tuple(SCHEMAS), handle, handle_together, choose)


def _news(event: Incoming) -> OccurrenceNews | None:
    payload = _SHAPES[event.type].from_event(event)
    occurrence = None if event.imported else _occurrence(event, payload)
    return None if occurrence is None else OccurrenceNews(event.id, occurrence)


def _occurrence(event: Incoming, payload: EventData) -> Occurrence | None:
    what = event.type.rpartition(".")[2]
    match payload:
        case LoanPayload():
            return _of_loan(what, payload, event.time)
        case HoldPayload():
            return _of_hold(what, payload, event.time)
        case FinePayload():
            return _of_fine(what, payload, event)
        case PayoutPayload():
            facts = _of_money(payload.amount, payload.receipt)
            return _of_posting(NoticeKind.REFUNDED, payload.member_id, payload.payout_id, event, facts)
    return None


def _of_loan(what: str, loan: LoanPayload, at: datetime) -> Occurrence | None:
    due = loan.due_at.isoformat()
    kind, occasion, until = {
        "due_soon": (NoticeKind.NOT_RENEWED if loan.not_renewed else NoticeKind.DUE_SOON, due, loan.due_at),
        "overdue": (NoticeKind.OVERDUE, due, None),
        "renewed": (NoticeKind.RENEWED if loan.by_itself else None, due, at + _A_WEEK),
        "due_date_changed": (NoticeKind.RECALLED if loan.recalled else NoticeKind.DUE_DATE_CHANGED, due, None),
        "declared_lost": (NoticeKind.LOST, "", None),
        "checked_out": (NoticeKind.RECEIPT, what, at + _A_DAY),
        "returned": (NoticeKind.RECEIPT, what, at + _A_DAY),
    }[what]
    if kind is None:
        return None
    facts: dict[str, Any] = {"copy_id": str(loan.copy_id), "book_id": str(loan.book_id)}
    facts |= {} if what == "returned" else {"due_at": due}  # what is back is due no more, and is said to be returned
    facts |= {} if loan.stages is None else {"stages": loan.stages}
    if loan.not_renewed:
        facts["why_not"] = loan.not_renewed[0]
    return Occurrence(
        loan.member_id,
        kind,
        loan.loan_id,
        at,
        occasion=occasion,
        stage=loan.stage or 0,
        branch=loan.branch,
        valid_until=until,
        facts=facts,
    )


def _of_hold(what: str, hold: HoldPayload, at: datetime) -> Occurrence | None:
    until = None if hold.pickup_until is None else hold.pickup_until.isoformat()
    kind, occasion, valid = {
        "placed": (NoticeKind.HOLD_PLACED, "", at + _A_DAY),
        "ready": (NoticeKind.HOLD_READY, until or "", hold.pickup_until),
        "no_longer_ready": (NoticeKind.HOLD_ENDED, at.isoformat(), None),
        "expired": (NoticeKind.HOLD_ENDED, what, None),
        "cancelled": (None if hold.reason is None else NoticeKind.HOLD_ENDED, what, None),  # else the member knows
    }[what]
    if kind is None:
        return None
    facts: dict[str, Any] = {"book_id": str(hold.book_id)}
    facts |= {} if hold.copy_id is None else {"copy_id": str(hold.copy_id)}
    facts |= {} if until is None else {"fetch_until": until}
    facts |= {} if hold.position is None else {"waiting": hold.position}
    facts |= {} if hold.volume is None else {"volume": hold.volume}
    facts |= {"why_not": hold.reason or what} if kind is NoticeKind.HOLD_ENDED else {}
    return Occurrence(
        hold.member_id,
        kind,
        hold.hold_id,
        at,
        occasion=occasion,
        branch=hold.pickup_branch,
        valid_until=valid,
        facts=facts,
    )


def _of_fine(what: str, fine: FinePayload, event: Incoming) -> Occurrence:
    kind = {"charged": NoticeKind.CHARGED, "paid": NoticeKind.RECEIPT, "refunded": NoticeKind.REFUNDED}[what]
    facts = _of_money(fine.amount, fine.receipt) | {"reason": fine.reason}
    facts |= {"credit": True} if fine.credit else {}
    return _of_posting(kind, fine.member_id, fine.fine_id, event, facts, branch=fine.branch)


def _of_money(amount: AmountPayload, receipt: str | None) -> dict[str, Any]:
    facts = {"amount": amount.amount, "currency": amount.currency}
    return facts if receipt is None else {**facts, "receipt": receipt}


def _of_posting(
    kind: NoticeKind,
    member_id: UUID,
    subject_id: UUID,
    event: Incoming,
    facts: dict[str, Any],
    *,
    branch: str | None = None,
) -> Occurrence:
    until = event.time + _A_DAY if kind is NoticeKind.RECEIPT else None
    return Occurrence(member_id, kind, subject_id, event.time, event.id, branch=branch, valid_until=until, facts=facts)
