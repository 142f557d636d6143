"""Events of lending become notices."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from members_service.application.notices.note_occurrences import OccurrenceNews
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.listeners.loan_events import NAME, SCHEMAS, notice_listener, types_for
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, UnreadableMessage, parse

_SAMPLES = Path(__file__).parents[2] / "contracts/samples"


class Noted:
    """Stands for `NoteOccurrences`."""

    def __init__(self) -> None:
        self.occurrences: list[Occurrence] = []

    async def __call__(self, news: Sequence[OccurrenceNews], *, listener: str) -> None:
        assert all(one.message_id for one in news)
        assert NAME == listener
        self.occurrences += [one.occurrence for one in news]


def _event(name: str, *, imported: bool = False, **changed: Any) -> Incoming:
    event = json.loads((_SAMPLES / f"{name}.json").read_text())
    event["data"] |= changed
    if imported:
        event["imported"] = "true"
    return parse(json.dumps(event).encode())


def _listener(noted: Noted) -> Listener:
    note: Any = noted
    hear: Any = None  # what is heard is chosen elsewhere
    return notice_listener(note, hear)


async def _kind_of(event: Incoming) -> NoticeKind | None:
    noted = Noted()
    await _listener(noted).handle(event)
    return noted.occurrences[0].kind if noted.occurrences else None


@pytest.mark.parametrize(
    ("name", "changed", "kind"),
    [
        ("loans.loan.due_soon", {"not_renewed": None}, NoticeKind.DUE_SOON),
        ("loans.loan.due_soon", {"not_renewed": ["loan-recalled"]}, NoticeKind.NOT_RENEWED),
        ("loans.loan.overdue", {}, NoticeKind.OVERDUE),
        ("loans.loan.renewed", {"by_itself": True}, NoticeKind.RENEWED),
        ("loans.loan.renewed", {"by_itself": None}, None),
        ("loans.loan.due_date_changed", {"recalled": True}, NoticeKind.RECALLED),
        ("loans.loan.due_date_changed", {"recalled": None}, NoticeKind.DUE_DATE_CHANGED),
        ("loans.loan.declared_lost", {}, NoticeKind.LOST),
        ("loans.loan.checked_out", {}, NoticeKind.RECEIPT),
        ("loans.hold.ready", {}, NoticeKind.HOLD_READY),
        ("loans.hold.cancelled", {"reason": "copy-withdrawn"}, NoticeKind.HOLD_ENDED),
        ("loans.hold.cancelled", {"reason": None}, None),
        ("loans.fine.charged", {}, NoticeKind.CHARGED),
        ("loans.fine.paid", {}, NoticeKind.RECEIPT),
        ("loans.fine.refunded", {}, NoticeKind.REFUNDED),
        ("loans.payout.paid", {}, NoticeKind.REFUNDED),
    ],
)
async def test_each_event_is_told_as_what_it_means_for_the_member(
    name: str, changed: dict[str, Any], kind: NoticeKind | None
) -> None:
    assert kind is await _kind_of(_event(name, **changed))
    assert kind is None or name in types_for(frozenset({kind})), "and members hears of it when that kind is on"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
async def test_what_came_with_an_import_is_told_to_nobody(name: str) -> None:
    assert await _kind_of(_event(name, imported=True)) is None


async def test_an_event_of_another_shape_is_set_aside() -> None:
    with pytest.raises(UnreadableMessage):
        await _kind_of(_event("loans.loan.overdue", due_at="soon"))


async def test_a_receipt_of_what_came_back_says_no_due_date() -> None:
    noted = Noted()

    await _listener(noted).handle(_event("loans.loan.returned"))
    await _listener(noted).handle(_event("loans.loan.checked_out"))

    returned, lent = noted.occurrences
    assert (NoticeKind.RECEIPT, False) == (returned.kind, "due_at" in returned.facts)
    assert "due_at" in lent.facts


async def test_what_is_given_back_says_how_much_by_which_receipt_and_whether_it_is_credit() -> None:
    noted = Noted()
    handle = _listener(noted).handle

    await handle(_event("loans.fine.refunded"))
    await handle(_event("loans.fine.refunded", receipt=None, credit=True))
    await handle(_event("loans.payout.paid"))

    money, credit, handed = [one.facts for one in noted.occurrences]
    assert {"amount": 100, "currency": "EUR", "receipt": "MAIN-2026-000043", "reason": "overdue"} == money
    assert {"amount": 100, "currency": "EUR", "credit": True, "reason": "overdue"} == credit
    assert {"amount": 100, "currency": "EUR", "receipt": "MAIN-2026-000044"} == handed
    assert [None] * 3 == [one.valid_until for one in noted.occurrences]
